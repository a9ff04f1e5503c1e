"""After a reply: the reporter asks again, and the next round begins. Nothing is ever sent by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.audience import Audience
from bot.domain.issue import Thread
from bot.domain.review import Review
from bot.ports import Clock, Store, Tracker
from bot.services.intake import begin, left_out, reason_to_leave

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Looks at the thread of a review that was SENT. `new_marker` draws the name of the next round."""

    store: Store
    trackers: Mapping[str, Tracker]
    clock: Clock
    new_marker: Callable[[], str]
    audience: Audience

    async def look(self, review: Review) -> None:
        """Begin the next round if the reporter wrote last, asks something, and no person answered."""
        thread = await self.trackers[review.key.tracker].thread(review.key)
        async with self.store.read() as tx:
            reply, latest = await tx.reply(review.id), await tx.latest(review.key)
        if reply is None or latest is None or latest.id != review.id or reason_to_leave(thread.issue):
            return
        outcome = self.audience.follow_up(thread, reply)
        if outcome == "again":
            await self._begin(thread)
        elif outcome:
            log.info("no follow-up for %s: %s", review.key, outcome, extra={"action": "no_follow_up"})

    async def _begin(self, thread: Thread) -> None:
        async with self.store.begin() as tx:
            reason = await left_out(tx, self.audience, thread.issue, self.clock)
            if not reason:
                await begin(tx, thread.issue, marker=self.new_marker(), by="follow_up", clock=self.clock)
        if reason:
            log.info("no follow-up for %s: %s", thread.issue.key, reason, extra={"action": "no_follow_up"})
