"""Who has which power in a room, from its own state: pure.

Since version 12 the creators of a room stand above all levels. The library does not know that, so it is not asked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_STATE_DEFAULT = 50
_WITHOUT_CREATORS = {str(number) for number in range(1, 12)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """`creators` are those that no level limits."""

    levels: Mapping[str, Any]
    creators: frozenset[str]

    def of(self, user: str) -> float:
        if user in self.creators:
            return math.inf
        users = self.levels.get("users")
        own = users.get(user) if isinstance(users, Mapping) else None
        return _number(own, _number(self.levels.get("users_default"), 0))

    def needed(self, kind: str, *, state: bool = False) -> float:
        """The level that sending such an event takes."""
        default = _number(self.levels.get("state_default"), _STATE_DEFAULT if self.levels else 0)
        if not state:
            default = _number(self.levels.get("events_default"), 0)
        events = self.levels.get("events")
        return _number(events.get(kind) if isinstance(events, Mapping) else None, default)

    def may(self, user: str, kind: str, *, state: bool = False) -> bool:
        return self.of(user) >= self.needed(kind, state=state)


def powers_of(creator: str, create: Mapping[str, Any], levels: Mapping[str, Any]) -> Powers:
    """From the sender and the content of m.room.create, and the content of m.room.power_levels ({}: none was sent)."""
    others = create.get("additional_creators")
    named = {user for user in others if isinstance(user, str)} if isinstance(others, list) else set()
    if version_of(create) in _WITHOUT_CREATORS:
        return Powers(levels=levels or {"users": {creator: 100}, "state_default": 0}, creators=frozenset())
    return Powers(levels=levels, creators=frozenset({creator, *named}))


def version_of(create: Mapping[str, Any]) -> str:
    version = create.get("room_version")
    return version if isinstance(version, str) else "1"


def _number(value: Any, default: float) -> float:
    """Old rooms may hold levels as text."""
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
