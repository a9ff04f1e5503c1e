"""`gepettto` and `python -m bot`."""

from __future__ import annotations

import sys

from bot.cli import crash, program


def main() -> int:
    """Run the command line; an error nobody expected ends as a masked traceback and exit code 1."""
    sys.excepthook = crash.report
    return program.main()


if __name__ == "__main__":
    sys.exit(main())
