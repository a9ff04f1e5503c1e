"""Stops asking a server that is down or does not want us, and probes it now and then. Pure."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from bot.errors import BotError, Limited, Permanent

FAILURES = 5
WINDOW = timedelta(minutes=1)
FIRST, LONGEST = timedelta(seconds=15), timedelta(minutes=10)


class Breaker:
    """Closed: calls pass. Open: calls are refused until a wait is over; then one of them is the probe.

    Every admitted call must be answered with exactly one of `succeeded`, `failed` or `gave_up`.
    """

    def __init__(self) -> None:
        self._failures: deque[datetime] = deque(maxlen=FAILURES)
        self._opens = 0  # how often it has been opened without a success in between
        self._until: datetime | None = None
        self._probing = False
        self._reason: BotError | None = None

    def admit(self, now: datetime) -> None:
        """Let a call pass; else raise Limited, or again what only a person can mend."""
        if self._until is None:
            return
        if now >= self._until and not self._probing:
            self._probing = True
            return
        if isinstance(self._reason, Permanent):
            raise type(self._reason)(str(self._reason))
        left = max(1.0, (self._until - now).total_seconds())
        raise Limited("The model server failed several times; it is left alone for a while.", left)

    def succeeded(self) -> None:
        """The server is well, whatever it said."""
        self._failures.clear()
        self._opens, self._until, self._probing, self._reason = 0, None, False, None

    def failed(self, now: datetime, error: BotError, *, hopeless: bool, jitter: float) -> None:
        """`hopeless` opens at once; otherwise the fifth failure in a minute does, or the failed probe.

        A call that began before the breaker opened and fails after it tells nothing new.
        """
        if self._until is not None and now < self._until and not hopeless:
            return
        self._failures.append(now)
        many = len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW
        if self._until is not None or hopeless or many:
            wait = min(FIRST * 2 ** min(self._opens, 10), LONGEST) * (0.8 + 0.2 * jitter)
            self._opens += 1
            self._until, self._probing, self._reason = now + wait, False, error

    def gave_up(self) -> None:
        """The call was abandoned on our side and says nothing about the server."""
        self._probing = False
