"""`gepettto learn`: brings the knowledge up to date, with a progress bar on a terminal."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.phrases import PHRASES

if TYPE_CHECKING:
    from rich.text import Text

    from bot.app import LearnReport

SUMMARY = "bring the knowledge up to date from the configured files"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app

    with _progress() as progress:
        report = await app.learn(loaded, progress)
    return show(report, as_json=given.json)


def show(report: LearnReport, *, as_json: bool) -> int:
    """Print what changed; 1 when a file could not be read, though all others were learned."""
    from bot.cli.output import write_json, write_lines

    if as_json:
        write_json(report.as_json())
    else:
        write_lines(*_summary(report, language()))
    if report.unreadable:
        sys.stderr.write(f"gepettto: {PHRASES(language(), 'files_unreadable', count=len(report.unreadable))}\n")
    return 1 if report.unreadable else 0


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """A bar on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total, what: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from bot.cli.output import one_line

    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(PHRASES(language(), "learning"), total=None)
        yield lambda done, total, what: bar.update(
            line, completed=done, total=total, description=escape(one_line(what)[:40])
        )


def _summary(report: LearnReport, spoken: str) -> list[Text]:
    from rich.text import Text

    from bot.cli.output import one_line, table

    counts = {
        "added": report.added,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "unreadable": len(report.unreadable),
    }
    rows = [(Text(str(count).rjust(6)), Text(PHRASES(spoken, name))) for name, count in counts.items()]
    files = [(Text(f"  {one_line(path)}", style="yellow"), Text(one_line(why))) for path, why in report.unreadable]
    return [*table(rows), *(table(files) if files else [])]
