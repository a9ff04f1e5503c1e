"""The options that several sub-commands share, and what they mean."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bot import log

if TYPE_CHECKING:
    from bot.settings import Settings


def add_config(parser: ArgumentParser, default: str = "$GEPETTTO_CONFIG, else config/gepettto.toml") -> None:
    parser.add_argument("--config", metavar="FILE", type=Path, help=f"configuration file (default: {default})")


def add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def actions(parser: ArgumentParser, **summaries: str) -> list[ArgumentParser]:
    """A sub-sub-command for each summary; `--config` and `--json` may stand before and behind its name."""
    choice = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    made = []
    for name, summary in summaries.items():
        action = choice.add_parser(name, help=summary, description=f"{summary}.", allow_abbrev=False)
        action.add_argument("--config", metavar="FILE", type=Path, default=SUPPRESS, help="configuration file")
        action.add_argument("--json", action="store_true", default=SUPPRESS, help="print the result as JSON")
        made.append(action)
    return made


def settings(given: Namespace, environ: Mapping[str, str] = os.environ) -> Settings:
    """The configuration that `--config` names; from here on the log speaks as it says."""
    from bot.settings import load

    loaded = load(given.config, environ)
    log.set_up(loaded.log.level)
    return loaded


def language(environ: Mapping[str, str] = os.environ) -> str:
    """The language a person set for this terminal, as an ISO 639-1 code."""
    wish = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or "en"
    return wish[:2].lower()
