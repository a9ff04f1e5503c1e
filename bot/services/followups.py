"""After a reply: how it landed, and whether the reporter asks again. Nothing is ever sent by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.audience import Audience
from bot.domain.issue import Reply, Thread
from bot.domain.receipt import LOOKED_FOR, Receipt, Thumbs, receipt_of
from bot.domain.review import Review
from bot.errors import Gone
from bot.ports import Clock, Job, JobKind, Rated, Store, Tracker
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

    async def look(self, review: Review) -> bool:
        """Whether to look again: a reply is followed for two weeks, and until the next round has its own."""
        tracker = self.trackers[review.key.tracker]
        thread = await tracker.thread(review.key)
        async with self.store.read() as tx:
            reply, latest = await tx.reply(review.id), await tx.latest(review.key)
        reason = reason_to_leave(thread.issue)
        if reply is None or latest is None or latest.id != review.id or reason not in {"", "closed"}:
            return False
        await self._take_receipt(review, thread, reply, await _thumbs(tracker, review, reply))
        if not reason:
            await self._follow_up(thread, reply)
        return self.clock.now() < reply.at + LOOKED_FOR

    async def _take_receipt(self, review: Review, thread: Thread, reply: Reply, thumbs: Thumbs) -> None:
        async with self.store.begin() as tx:
            before = await tx.receipt(review.id) or Receipt()
            receipt = receipt_of(thread, reply, thumbs, before)
            if receipt != before:
                await tx.save_receipt(review.id, receipt)
            if receipt.shows(before):
                at = self.clock.now()
                await tx.record("receipt", by="follow_up", at=at, review_id=review.id, detail=receipt.as_shown())
                renewed = await tx.renew(review)
                await tx.enqueue(Job(kind=JobKind.POST, review_id=renewed.id, rev=renewed.rev))

    async def _follow_up(self, thread: Thread, reply: Reply) -> None:
        """Begin the next round if the reporter wrote last, asks something, and no person answered."""
        outcome = self.audience.follow_up(thread, reply)
        if outcome == "again":
            await self._begin(thread)
        elif outcome:
            log.info("no follow-up for %s: %s", thread.issue.key, outcome, extra={"action": "no_follow_up"})

    async def _begin(self, thread: Thread) -> None:
        async with self.store.begin() as tx:
            reason = await left_out(tx, self.audience, thread.issue, self.clock)
            if not reason:
                await begin(tx, thread.issue, marker=self.new_marker(), by="follow_up", clock=self.clock)
        if reason:
            log.info("no follow-up for %s: %s", thread.issue.key, reason, extra={"action": "no_follow_up"})


async def _thumbs(tracker: Tracker, review: Review, reply: Reply) -> Thumbs:
    if not isinstance(tracker, Rated):
        return Thumbs()
    try:
        return await tracker.thumbs(review.key, reply.note_id)
    except Gone:
        return Thumbs()
