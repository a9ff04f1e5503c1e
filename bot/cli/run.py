"""`gepettto run`: the bot itself."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace

from bot.cli.options import add_config, settings

SUMMARY = "run the bot: every tracker and chat that is configured"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    parser.add_argument(
        "--backfill",
        metavar="N",
        type=_count,
        default=0,
        help="on the very first start also draft for the newest N open issues (default: 0)",
    )


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app

    await app.run(loaded, backfill=given.backfill)
    return 0


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise ArgumentTypeError(f"{text!r} is not a number from 0 to 999999")
    return int(text)
