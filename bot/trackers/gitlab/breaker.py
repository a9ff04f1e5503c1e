"""After a 401 nothing more is sent, except one probe now and then: pure, time is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta


class Breaker:
    """Closed at first. Repeated calls with a refused token get accounts and addresses blocked."""

    def __init__(self, probe_every: timedelta) -> None:
        self._probe_every = probe_every
        self._next_probe: datetime | None = None

    @property
    def open(self) -> bool:
        return self._next_probe is not None

    def admit(self, now: datetime) -> bool:
        """Whether a call may be made; while open, one call per period."""
        if self._next_probe is None:
            return True
        if now < self._next_probe:
            return False
        self._next_probe = now + self._probe_every
        return True

    def answered(self, status: int, now: datetime) -> bool:
        """Learn from an answer; True when the breaker has just opened or closed because of it."""
        was_open = self.open
        if status == 401:
            self._next_probe = now + self._probe_every
        elif status < 400:
            self._next_probe = None
        return was_open != self.open

    def reset(self) -> None:
        self._next_probe = None
