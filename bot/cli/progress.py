"""How far a long command has come: a bar on a terminal, now and then a line in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int, str], None]
"""Called with how much is done, how much there is in all (0: not known), and what is at hand."""

EVERY = 5.0
"""Seconds between two lines."""


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Shows on standard error what the function it yields is told."""
    if not sys.stderr.isatty():
        yield lines(title, time.monotonic)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from bot.cli.output import one_line

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(title, total=None)
        yield lambda done, total, what: bar.update(
            line, completed=done, total=total or None, description=escape(one_line(what)[:40] or title)
        )


def lines(title: str, now: Callable[[], float]) -> Progress:
    """Plain lines, the first one only after a while: what is quick needs no words."""
    last = now()

    def tell(done: int, total: int, what: str) -> None:
        nonlocal last
        if now() - last >= EVERY:
            last = now()
            from bot.cli.output import one_line

            of = f"/{total}" if total else ""
            sys.stderr.write(f"{title}: {done}{of} {one_line(what)}".rstrip() + "\n")

    return tell
