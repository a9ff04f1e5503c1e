"""`gepettto answer`: a draft for one issue on standard output; nothing is posted."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.phrases import PHRASES
from bot.errors import UsageError

SUMMARY = "print a draft for one issue; nothing is posted"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument(
        "target", metavar="URL|FILE|-", help="address of an issue, a Markdown file, or - for standard input"
    )


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app
    from bot.cli.proposal import show

    stdin = _issue_from_stdin() if given.target == "-" else None
    show(await app.answer(loaded, given.target, stdin), as_json=given.json)
    return 0


def _issue_from_stdin() -> bytes:
    if sys.stdin.isatty():
        sys.stderr.write(PHRASES(language(), "keyboard") + "\n")
    issue = sys.stdin.buffer.read()
    if not issue.strip():
        raise UsageError("Nothing came in on standard input; send it the text of an issue.")
    return issue
