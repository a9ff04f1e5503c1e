"""Which cards change at this moment: a reaction then may mean what stood there before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.ports import Clock

_SETTLING = timedelta(seconds=3)
"""How long a reaction may be under way from a person who had not seen the change yet."""


@dataclass(slots=True)
class Shown:
    """By the message's id: None while it is edited, then when that ended. Old entries are dropped."""

    clock: Clock
    _changed: dict[str, datetime | None] = field(default_factory=dict)

    @contextmanager
    def changing(self, message_id: str) -> Iterator[None]:
        """Around every edit of a card."""
        self._changed[message_id] = None
        try:
            yield
        finally:
            now = self.clock.now()
            self._changed = {key: at for key, at in self._changed.items() if at is None or now - at < _SETTLING}
            self._changed[message_id] = now

    def is_changing(self, message_id: str) -> bool:
        if message_id not in self._changed:
            return False
        at = self._changed[message_id]
        return at is None or self.clock.now() - at < _SETTLING
