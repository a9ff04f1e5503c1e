"""`gepettto check`: proves the configuration, one line per item."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.phrases import PHRASES

if TYPE_CHECKING:
    from rich.text import Text

    from bot.ports import Finding

SUMMARY = "prove the configuration: connections, token, model, store"

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument(
        "--create-hook",
        metavar="URL",
        nargs="?",
        const="",
        type=_address,
        help="also create or repair GitLab's webhooks to the listener at this public address (default: web.url)",
    )


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app

    return show(await app.check(loaded, given.create_hook), as_json=given.json)


def _address(text: str) -> str:
    from bot.settings.kinds import web_address

    try:
        return web_address(text) if text else ""
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def show(findings: Sequence[Finding], *, as_json: bool) -> int:
    """Print the findings; 1 when one of them is a failure."""
    from bot.cli.output import table, write_json, write_lines

    failed = sum(_word(finding) == "fail" for finding in findings)
    if as_json:
        write_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    elif findings:
        write_lines(*table([_row(finding, language()) for finding in findings]))
    if failed:
        sys.stderr.write(f"gepettto: {PHRASES(language(), 'checks_failed', failed=failed, all=len(findings))}\n")
    return 1 if failed else 0


def _word(finding: Finding) -> str:
    if finding.warning:
        return "warn"
    return "ok" if finding.ok else "fail"


def _row(finding: Finding, spoken: str) -> tuple[Text, ...]:
    from rich.text import Text

    from bot.cli.output import one_line

    word = _word(finding)
    detail = " — ".join(one_line(part) for part in (finding.detail, finding.remedy) if part)
    return Text(PHRASES(spoken, word), style=_STYLES[word]), Text(one_line(finding.item)), Text(detail)
