"""What a sync tells, without the library's own types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nio import SyncResponse

from bot.chats.matrix.payload import Event, event_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What a sync tells of one room; with `gap_from` there is more between the last sync and these events."""

    events: tuple[Event, ...]
    gap_from: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One answer of a sync."""

    token: str
    rooms: Mapping[str, Timeline] = field(default_factory=dict)
    invited: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()


def batch_of(response: SyncResponse) -> Batch:
    return Batch(
        token=response.next_batch,
        rooms={room: _timeline(room, info.timeline) for room, info in response.rooms.join.items()},
        invited=frozenset(response.rooms.invite),
        left=frozenset(response.rooms.leave),
    )


def _timeline(room: str, timeline: Any) -> Timeline:
    events = tuple(event for each in timeline.events if (event := event_of(room, each.source)))
    return Timeline(events=events, gap_from=(timeline.prev_batch or "") if timeline.limited else "")
