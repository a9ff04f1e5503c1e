"""`gepettto ask`: the answer to a freeform question on standard output."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.options import add_config, add_json, settings
from bot.errors import UsageError

SUMMARY = "print the answer to a question; nothing is posted"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument("question", metavar="QUESTION", help="the question, in quotes")


async def execute(given: Namespace) -> int:
    question = given.question.encode(errors="surrogateescape").decode(errors="replace")  # a shell passes any bytes
    if not question.strip():
        raise UsageError("The question is empty; put it in quotes after `gepettto ask`.")
    loaded = settings(given)
    from bot import app
    from bot.cli.proposal import show

    show(await app.ask(loaded, question), as_json=given.json)
    return 0
