"""`gepettto demo`: the main job on embedded parts only, without account and network."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.cli.options import add_config, settings
from bot.errors import ConfigError

SUMMARY = "try the main job on embedded parts only: no account, no network"

SHIPPED = Path(__file__).parents[2] / "config" / "demo.toml"


def options(parser: ArgumentParser) -> None:
    add_config(parser, default="the one that is shipped")


async def execute(given: Namespace) -> int:
    if given.config is None:
        given.config = _shipped()
    loaded = settings(given, environ={})  # no secrets: the demo must not be able to reach anything
    from bot import app

    await app.demo(loaded)
    return 0


def _shipped() -> Path:
    if not SHIPPED.is_file():
        raise ConfigError(
            f"{SHIPPED}: the demo's files are not here; run it from a checkout, or name one with --config."
        )
    return SHIPPED
