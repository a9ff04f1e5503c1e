"""`gepettto report`: what was decided, what it cost; with `--audit`, everything that happened to one issue."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.phrases import PHRASES

if TYPE_CHECKING:
    from rich.text import Text

    from bot.app import Event, Figures, Report

SUMMARY = "tell what was decided, how fast and at what cost, or all that happened to one issue"

_COLUMNS = ("period", "project", "begun", "approved", "dismissed", "sent", "acceptance", "edited", "median", "tokens",
            "cost")  # fmt: skip
_LANDED = ("thumbs_up", "thumbs_down", "thanked", "reopened", "answered")
_DEFINED = ("begun", "acceptance", "edited_share", "decision_seconds", "cost")


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument("--since", metavar="DAYS", type=_days, default=30, help="how far to look back (default: 30)")
    parser.add_argument("--project", metavar="P", default="", help="one project only: its path or id")
    parser.add_argument(
        "--audit", metavar="ISSUE", help="every event of one issue: an address, group/project#7, or a review's number"
    )


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 36_500:
        raise ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app

    if given.audit:
        return show_trail(await app.audit(loaded, given.audit), as_json=given.json)
    return show(await app.report(loaded, days=given.since, project=given.project), as_json=given.json)


def show(report: Report, *, as_json: bool) -> int:
    """Print the figures, and beneath them what they mean."""
    from rich.text import Text

    from bot.cli.output import table, write_json, write_lines

    if as_json:
        write_json(report.as_json())
        return 0
    spoken = language()
    head = tuple(Text(PHRASES(spoken, f"column_{name}"), style="bold") for name in _COLUMNS)
    rows = [tuple(Text(cell) for cell in _cells(row, spoken)) for row in report.rows]
    lines = [Text(PHRASES(spoken, "last_days", days=report.days)), *table([head, *rows]), Text("")]
    landed = [(Text(PHRASES(spoken, f"landed_{n}")), Text(str(getattr(report.rows[0], n)))) for n in _LANDED]
    lines += [Text(PHRASES(spoken, "landed"), style="bold"), *table(landed), Text("")]
    defined = [(Text(PHRASES(spoken, f"name_{n}")), Text(PHRASES(spoken, f"defined_{n}"))) for n in _DEFINED]
    write_lines(*lines, *table(defined))
    return 0


def _cells(row: Figures, spoken: str) -> tuple[str, ...]:
    from bot.cli.output import one_line

    return (
        PHRASES(spoken, "all") if row.period == "*" else row.period,
        PHRASES(spoken, "all") if row.project == "*" else one_line(row.project),
        str(row.begun),
        str(row.approved),
        str(row.dismissed),
        str(row.sent),
        _percent(row.acceptance),
        _percent(row.edited_share),
        _duration(row.decision_seconds),
        str(row.prompt_tokens + row.completion_tokens),
        "–" if row.cost is None else f"{row.cost:.4f}",
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def show_trail(trail: Sequence[Event], *, as_json: bool) -> int:
    """Print every event, one line each, oldest first."""
    from bot.cli.output import table, write_json, write_lines

    if as_json:
        write_json([_event_json(event) for event in trail])
    else:
        write_lines(*table([_event_row(event) for event in trail]))
    return 0


def _event_json(event: Event) -> dict[str, object]:
    return {
        "at": event.at.isoformat(),
        "review": event.review_id,
        "by": event.by,
        "kind": event.kind,
        "detail": event.detail,
    }


def _event_row(event: Event) -> tuple[Text, ...]:
    from rich.text import Text

    from bot.cli.output import one_line

    detail = dict(event.detail)
    what = f"{detail.pop('from')} -> {detail.pop('to')}" if event.kind == "moved" else event.kind
    said = "  ".join(f"{name}={value}" for name, value in detail.items() if value not in ("", [], None))
    cells = (f"{event.at:%Y-%m-%d %H:%M:%S}", str(event.review_id), what, event.by, said)
    return tuple(Text(one_line(cell)) for cell in cells)
