"""How far each watched project and group has been read: pure, a small JSON text for the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.trackers.gitlab import payload

_MOST_SEEN = 1_000
"""Rows remembered per source. Beyond that a row comes twice, which intake bears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Watched since `begun`, read up to `at` (both the server's time).

    `seen` holds a stamp per row within the overlap before `at`.
    """

    begun: datetime
    at: datetime
    seen: Mapping[str, str]

    def fresh(self, row: Any) -> bool:
        """Whether this row, as it is now, has not been read yet."""
        identity, stamp = mark(row)
        return self.seen.get(identity) != stamp

    def after(self, rows: list[Any], server_now: datetime, overlap: timedelta) -> Position:
        """The position behind these rows. A row from the future does not carry us past the present."""
        times = [found for found in (updated(row) for row in rows) if found is not None]
        at = max([self.at, *(min(time, server_now) for time in times)])
        seen = {**self.seen, **dict(mark(row) for row in rows)}
        kept = sorted((stamp, name) for name, stamp in seen.items() if _within(stamp, at - overlap))
        return replace(self, at=at, seen={name: stamp for stamp, name in kept[-_MOST_SEEN:]})


def updated(row: Any) -> datetime | None:
    return payload.moment(row.get("updated_at")) if isinstance(row, dict) else None


def dump(positions: Mapping[str, Position]) -> str:
    """One JSON text for all sources."""
    sources = {
        name: {"begun": p.begun.isoformat(), "at": p.at.isoformat(), "seen": dict(p.seen)}
        for name, p in positions.items()
    }
    return json.dumps({"version": 1, "sources": sources}, separators=(",", ":"), sort_keys=True)


def load(cursor: str | None) -> dict[str, Position]:
    """The positions in a cursor; those that cannot be read are absent, and their sources begin anew."""
    try:
        sources = json.loads(cursor or "{}").get("sources", {})
        return {
            name: Position(
                begun=datetime.fromisoformat(entry["begun"]),
                at=datetime.fromisoformat(entry["at"]),
                seen=dict(entry["seen"]),
            )
            for name, entry in sources.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def mark(row: Any) -> tuple[str, str]:
    """Its id, and a stamp that changes with every change we can notice.

    A note within a minute of another leaves `updated_at` alone, so the number of notes is part of it:
    https://gitlab.com/gitlab-org/gitlab-foss/-/blob/master/app/models/concerns/throttled_touch.rb
    """
    if not isinstance(row, dict):
        return "", ""
    time = updated(row)
    return str(row.get("id")), f"{time.isoformat() if time else ''} {row.get('user_notes_count')}"


def _within(stamp: str, since: datetime) -> bool:
    time = payload.moment(stamp.partition(" ")[0])
    return time is not None and time >= since
