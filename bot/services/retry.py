"""When to try again: a policy as a value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Waits double from `first` to `longest`; after `tries` failures it is over (0 = never over)."""

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=10)
    tries: int = 6

    def wait(self, failures: int, asked: float | None = None) -> timedelta | None:
        """How long to wait after this many earlier failures, at least the `asked` seconds; None = give up."""
        if self.tries and failures + 1 >= self.tries:
            return None
        own = min(self.first * (1 << min(failures, 20)), self.longest)
        return own if asked is None else min(max(own, timedelta(seconds=asked)), self.longest)
