"""`gepettto learn`: brings the knowledge up to date, with a progress bar on a terminal."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.phrases import PHRASES
from bot.cli.progress import progress_bar

if TYPE_CHECKING:
    from rich.text import Text

    from bot.app import LearnReport

SUMMARY = "bring the knowledge up to date: the configured files, and past answers"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app

    with progress_bar(PHRASES(language(), "learning")) as progress:
        report = await app.learn(loaded, progress)
    return show(report, as_json=given.json)


def show(report: LearnReport, *, as_json: bool) -> int:
    """Print what changed; 1 when a file could not be read, though all others were learned."""
    from bot.cli.output import write_json, write_lines

    if as_json:
        write_json(report.as_json())
    else:
        write_lines(*_summary(report, language()))
    problems = [reason for _, reason in report.history.unreadable] if report.history else []
    if report.unreadable:
        problems.append(PHRASES(language(), "files_unreadable", count=len(report.unreadable)))
    for problem in problems:
        sys.stderr.write(f"gepettto: {problem}\n")
    return 1 if problems else 0


def _summary(report: LearnReport, spoken: str) -> list[Text]:
    from rich.text import Text

    from bot.cli.output import one_line, table

    history = report.history
    counts = {
        "added": report.added + (history.added if history else 0),
        "unchanged": report.unchanged + (history.unchanged if history else 0),
        "removed": report.removed + (history.removed if history else 0),
        "unreadable": len(report.unreadable),
    }
    if history:
        counts |= {"replies_learned": report.replies, "issues_seen": history.issues, "issues_read": history.read}
        counts |= {f"left_{reason}": count for reason, count in sorted(history.left_out.items())}
    rows = [(Text(str(count).rjust(6)), Text(PHRASES(spoken, name))) for name, count in counts.items()]
    files = [(Text(f"  {one_line(path)}", style="yellow"), Text(one_line(why))) for path, why in report.unreadable]
    return [*table(rows), *(table(files) if files else [])]
