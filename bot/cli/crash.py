"""The last words of a program that met an error nobody expected."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from bot import log


def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A `sys.excepthook`: the traceback without secrets, and what to do with it. The interpreter then exits with 1."""
    if issubclass(kind, KeyboardInterrupt):
        return
    lines = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(log.secrets.masked(lines))
    sys.stderr.write(
        "gepettto: this is a mistake in GePeTTTo itself; please report it to the project with the lines above,"
        " after taking out what is private.\n"
    )
