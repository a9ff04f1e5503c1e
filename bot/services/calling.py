"""Looks at the issues that webhooks named. Polling stays the truth: whatever is left here, the next poll brings."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import BotError, Limited, Unauthorised
from bot.ports import Called, Caller, Clock, Store
from bot.services.intake import Intake

log = logging.getLogger(__name__)

_MOST_LOOKS = 50
"""Issues looked at one by one; when more are named, one poll brings them all with fewer questions."""

_BREATH_SECONDS = 1.0
"""Between two rounds: one act of a person makes several events, and a burst makes thousands."""

_PAUSE_SECONDS = 5.0
_PATIENCE = timedelta(minutes=2)
"""A server may show an issue later than it delivers its event. What fails for longer is left to the poll."""

_KEEP = timedelta(days=1)
_CLEAN_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class Calling:
    """The other end of the inbox of one tracker. Any number of deliveries for one issue make one look."""

    store: Store
    intake: Intake
    caller: Caller
    clock: Clock
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _cleaned_at: datetime | None = None

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """For ever. Begins with what an earlier process left."""
        self.wake()
        while True:
            await self._wake.wait()
            self._wake.clear()
            pause = await self._round()
            await self.clock.sleep(max(pause, _BREATH_SECONDS))
            if pause:
                self.wake()

    async def _round(self) -> float:
        """Seconds to wait before the next try; 0 when nothing is left."""
        try:
            await self._clean()
            async with self.store.read() as tx:
                called = await tx.called(self.caller.name, _MOST_LOOKS + 1)
                last = await tx.last_delivery()
            return await self._poll(called, last) if len(called) > _MOST_LOOKS else await self._look_at(called)
        except BotError as error:
            log.warning("webhooks wait: %s", error, extra={"action": "hook_failed"})
            return _pause(error)

    async def _poll(self, called: list[Called], last: int) -> float:
        """One poll instead of many looks, and not one after the other; while it fails, only the young wait for it."""
        now = self.clock.now()
        try:
            await self.intake.poll()
        except BotError:
            if any(now - one.at < _PATIENCE for one in called):
                raise
        async with self.store.begin() as tx:
            await tx.finish_deliveries(last, now)
        return _PAUSE_SECONDS

    async def _look_at(self, called: list[Called]) -> float:
        """Each issue once. A limit or a refused token ends the round; what else fails, fails alone."""
        cursor, seen, pause = await self.intake.cursor(), list[Called](), 0.0
        try:
            for one in called:
                if await self._look(one, cursor):
                    seen.append(one)
                else:
                    pause = _PAUSE_SECONDS
        finally:
            async with self.store.begin() as tx:
                for one in seen:
                    await tx.finish_deliveries(one.last, self.clock.now(), one.issue)
        return pause

    async def _look(self, one: Called, cursor: str | None) -> bool:
        """Whether this issue needs no further look."""
        try:
            change = await self.caller.change(one.issue, cursor)
            if change is not None:
                await self.intake.take(change)
        except BotError as error:
            given_up = self.clock.now() - one.at >= _PATIENCE
            if isinstance(error, Limited | Unauthorised) and not given_up:
                raise
            how = "is left to the next poll" if given_up else "is looked at again soon"
            log.log(logging.WARNING if given_up else logging.INFO, "%s %s: %s", one.issue, how, error)
            return given_up
        return True

    async def _clean(self) -> None:
        """Forget old deliveries, also those that were never looked at: polls have been here since."""
        now = self.clock.now()
        if self._cleaned_at is None or now >= self._cleaned_at + _CLEAN_EVERY:
            self._cleaned_at = now
            async with self.store.begin() as tx:
                await tx.forget_deliveries(now - _KEEP)


def _pause(error: BotError) -> float:
    asked = error.retry_after if isinstance(error, Limited) else None
    return max(asked or 0.0, _PAUSE_SECONDS)
