"""`gepettto migrate`: store migrations as a step of their own."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.output import write, write_json
from bot.cli.phrases import PHRASES

SUMMARY = "bring the store to this version's revision"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app

    old, new = await app.migrate(loaded)
    if given.json:
        write_json({"from": old, "to": new})
    elif old == new:
        write(PHRASES(language(), "up_to_date", to=new) + "\n")
    else:
        write(PHRASES(language(), "migrated", old=old or PHRASES(language(), "nothing"), to=new) + "\n")
    return 0
