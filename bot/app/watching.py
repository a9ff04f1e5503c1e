"""The watch over one tracker."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import BotError, Limited, Permanent, Temporary
from bot.ports import Clock
from bot.services.alerts import Troubles
from bot.services.intake import Intake
from bot.services.retry import Patience

log = logging.getLogger(__name__)

_TOLD_AFTER = 5
"""Failures in a row after which people are told of what may still mend itself."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """Asks one tracker for ever; its troubles are logged and waited out, never the end of the bot.

    `looked` is set after the first look, whatever came of it. `failures` counts those since the last success.
    """

    intake: Intake
    interval: float
    clock: Clock
    troubles: Troubles
    backfill: int = 0
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    patience: Patience = field(default_factory=lambda: Patience(tries=0))
    failures: int = 0
    polled_at: datetime | None = None
    polls: Counter[str] = field(default_factory=lambda: Counter(ok=0, failed=0))

    @property
    def name(self) -> str:
        return self.intake.tracker.name

    async def run(self) -> None:
        while True:
            await self.clock.sleep(await self.look())

    async def look(self) -> float:
        """Ask once; how long to wait until the next look, which after a failure may come before its time."""
        try:
            begun = await self.intake.poll(backfill=self.backfill)
        except BotError as error:
            wait = self._pause(error)
            self.failures += 1
            self.polls["failed"] += 1
            await self._tell(error)
        else:
            log.debug("%s: %d new", self.name, begun, extra={"action": "polled"})
            wait, self.failures, self.polled_at = self.interval, 0, self.clock.now()
            self.polls["ok"] += 1
            with suppress(Temporary):  # the store itself; the next look tries again
                await self.troubles.over(f"tracker:{self.name}")
        self.looked.set()
        return wait

    async def _tell(self, error: BotError) -> None:
        if isinstance(error, Permanent) or self.failures >= _TOLD_AFTER:
            with suppress(Temporary):  # the store itself; the log has the error
                await self.troubles.began(f"tracker:{self.name}", str(error))

    def _pause(self, error: BotError) -> float:
        level = logging.ERROR if isinstance(error, Permanent) else logging.WARNING
        log.log(level, "%s cannot be read: %s", self.name, error, extra={"action": "poll_failed"})
        asked = error.retry_after if isinstance(error, Limited) else None
        return (self.patience.wait(self.failures, asked) or self.patience.longest).total_seconds()
