"""Waiting for something to have happened, without sleeping for a guessed time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

GUARD = 10.0
"""Real seconds after which a test that waits in vain ends."""
_UNTOLD = 0.005
"""What the bot does in its own store is told to no server: look again after so many seconds, told or not."""


class Pulse:
    """Beats after every request and every gateway event; whoever waits looks again then."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def beat(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, predicate: Callable[[], object], what: str = "", within: float = GUARD) -> None:
        """AssertionError when it has not come true within so many real seconds."""
        try:
            async with asyncio.timeout(within):
                while not predicate():
                    upcoming = self._next
                    with suppress(TimeoutError):
                        await asyncio.wait_for(upcoming.wait(), _UNTOLD)
        except TimeoutError:
            raise AssertionError(f"waited {within:.0f} s in vain{f' for {what}' if what else ''}") from None
