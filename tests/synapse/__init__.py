"""A real Matrix server for tests, and people who use it without our client library.

`fixtures` gives a test its `homeserver`; `homeserver.user("alice")` is a fresh account, whose methods are what a person
can do. `server` starts the process, `config` is what it reads. `make synapse` installs it.
"""
