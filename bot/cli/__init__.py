"""The command line: one file per sub-command, each parses, calls `app` and prints.

Only the standard library is imported until a sub-command runs, so that `--help` is instant.
"""
