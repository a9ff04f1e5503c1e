"""The data card: what a training set holds, where it comes from, and what was left out. Pure, and without a date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bot.knowledge.training.rows import Row, Tally

_WHAT = (
    "Questions are issues of the configured projects; answers are what their team wrote or approved, and entries of "
    "the FAQ. Confidential, internal and Service Desk text is not part of it. The rights in these texts are their "
    "authors': ask before you pass the files on. Validation is the newest part; no group of near copies is cut."
)


def card(
    label: str,
    form: str,
    origins: Mapping[str, int],
    tally: Tally,
    pairs: Tally,
    rows: Sequence[Row],
    groups: int,
    files: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, Any], str]:
    """As JSON and as Markdown."""
    dated = [row.at for row in rows if row.at is not None]
    found: dict[str, Any] = {
        "form": form,
        "label": label,
        "collected": dict(sorted(origins.items())),
        "filters": [{"kept_if": name, "before": before, "after": after} for name, before, after in tally.steps],
        "preference_filters": [
            {"kept_if": name, "before": before, "after": after} for name, before, after in pairs.steps
        ],
        "replaced": dict(sorted((tally.replaced + pairs.replaced).items())),
        "rows": len(rows),
        "groups": groups,
        "languages": dict(sorted(Counter(row.language or "unknown" for row in rows).items())),
        "from": min(dated).isoformat() if dated else None,
        "to": max(dated).isoformat() if dated else None,
    }
    return found, _markdown(found, files)


def _steps(tally: Tally) -> list[dict[str, Any]]:
    return [{"kept_if": name, "before": before, "after": after} for name, before, after in tally.steps]


def _markdown(found: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
    period = f"{found['from'][:10]} to {found['to'][:10]}" if found["from"] else "no dates"
    lines = [
        "# Data card",
        "",
        f"{found['rows']} rows of the form “{found['form']}” in {found['groups']} groups of near copies, {period}."
        + (f" Only issues with the label {found['label']}." if found["label"] else ""),
        "",
        _WHAT,
        "",
        *_table(("file", "rows", "SHA-256"), [(n, one["rows"], f"`{one['sha256']}`") for n, one in files.items()]),
        *_table(("collected from", "rows"), list(found["collected"].items())),
        *_table(("kept if a row …", "before", "after"), [tuple(step.values()) for step in found["filters"]]),
        *_table(
            ("pairs: kept if a row …", "before", "after"), [tuple(s.values()) for s in found["preference_filters"]]
        ),
        *_table(("replaced by a placeholder", "times"), list(found["replaced"].items())),
        *_table(("language", "rows"), list(found["languages"].items())),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines), ""]
