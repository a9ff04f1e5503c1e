"""APPROVED becomes SENT: at most one note, whatever happens between two lines of this file.

The rule: an attempt row is committed before the request leaves. Whoever finds an attempt without a
result waits out the grace period (longer than any request may live), looks for the marker at the
tracker several times (what was stored may be seen late), and only then claims the next attempt.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate

from bot.domain.issue import Reply
from bot.domain.review import Attempt, Draft, Review, State
from bot.errors import BotError, InDoubt, Limited, Overtaken, Permanent, Temporary, Unauthorised
from bot.ports import Clock, Job, JobKind, Store, Tracker
from bot.services.freshness import Freshness
from bot.services.hiding import hide
from bot.services.outbox import wait_in_line, wake_next
from bot.services.retry import Patience

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """`grace` must exceed the tracker's total time limit for one request; `looks` are the waits between looks."""

    store: Store
    trackers: Mapping[str, Tracker]
    clock: Clock
    grace: timedelta
    patience: Patience
    looks: tuple[timedelta, ...] = (timedelta(seconds=2), timedelta(seconds=8), timedelta(seconds=30))

    async def __call__(self, review_id: int) -> None:
        async with self.store.read() as tx:
            review = await tx.review(review_id)
            draft = await tx.draft(review.id, review.draft)
            attempt = await tx.attempt(review_id)
        if draft is None or review.state not in {State.APPROVED, State.SENDING}:
            return
        if await self._waits_in_line(review):
            return
        tracker = self.trackers[review.key.tracker]
        try:
            if review.state is State.APPROVED:
                await self._first(tracker, review, draft, attempt)
            else:
                await self._in_doubt(tracker, review, draft, attempt)
        except Overtaken:
            log.info("another attempt is under way", extra={"action": "delivery_overtaken"})
        await self._pass_on(review_id)

    async def _waits_in_line(self, review: Review) -> bool:
        now = self.clock.now()
        async with self.store.begin() as tx:
            wait = await wait_in_line(tx, review, now)
            if wait is not None:
                await tx.postpone(review, now + wait, failures=review.failures, problem=review.problem)
        return wait is not None

    async def _pass_on(self, review_id: int) -> None:
        async with self.store.begin() as tx:
            review = await tx.review(review_id)
            if review.state not in {State.APPROVED, State.SENDING}:
                await wake_next(tx, review, self.clock.now())

    async def _first(self, tracker: Tracker, review: Review, draft: Draft, last: Attempt | None) -> None:
        try:
            earlier = await tracker.find_reply(review.key, review.marker, review.created_at) if last else None
            fresh = earlier is not None or await self._still_fresh(review, draft)
        except (Temporary, Permanent) as error:
            await self._wait(review, error)
            return
        if not fresh:
            return
        now = self.clock.now()
        async with self.store.begin() as tx:
            sending = await tx.move(review, State.SENDING, by="delivery", at=now, due_at=now + self.grace,
                                    failures=review.failures)  # fmt: skip
            if earlier is None:
                await tx.claim_attempt(review.id, number=last.number + 1 if last else 1, at=now)
        if earlier is not None:
            await self._sent(sending, earlier, draft)
        else:
            await self._send(tracker, sending, draft)

    async def _in_doubt(self, tracker: Tracker, review: Review, draft: Draft, attempt: Attempt | None) -> None:
        since = attempt.at if attempt else review.updated_at
        quiet = self.clock.now() - since - self.grace
        if quiet < timedelta():
            await self._postpone(review, -quiet, problem=review.problem)
            return
        try:
            found = await tracker.find_reply(review.key, review.marker, review.created_at)
        except (Temporary, Permanent) as error:
            await self._wait(review, error)
            return
        if found is not None:
            await self._sent(review, found, draft)
            return
        if (wait := self._until_next_look(quiet, attempt)) is not None:
            await self._postpone(review, wait, problem=review.problem)
            return
        now = self.clock.now()  # looking may have taken long, and the grace period counts from the claim
        async with self.store.begin() as tx:
            await tx.postpone(review, now + self.grace, failures=review.failures, problem=review.problem)
            await tx.claim_attempt(review.id, number=attempt.number + 1 if attempt else 1, at=now)
        await self._send(tracker, review, draft)

    def _until_next_look(self, quiet: timedelta, attempt: Attempt | None) -> timedelta | None:
        """None when all looks were in vain. After many attempts the pause before the next one grows."""
        points = list(accumulate(self.looks))
        if attempt is not None and attempt.number > 1:
            points.append(self.patience.wait(attempt.number) or self.patience.longest)
        return next((point - quiet for point in points if quiet < point), None)

    async def _still_fresh(self, review: Review, draft: Draft) -> bool:
        """Whether the thread is what the person saw; else the card asks again, or the review ends."""
        freshness = Freshness(self.store, self.trackers, self.clock)
        return await freshness.look(review, draft, by="delivery") is not None

    async def _send(self, tracker: Tracker, review: Review, draft: Draft) -> None:
        try:
            reply = await tracker.reply(review.key, draft.body, review.marker)
        except InDoubt as error:
            log.warning("it is not known whether the note was posted: %s", error, extra={"action": "in_doubt"})
            await self._postpone(review, self.grace, failures=review.failures + 1, problem=str(error))
        except (Temporary, Unauthorised) as error:
            back = await self._move(review, State.APPROVED, problem=str(error), failures=review.failures)
            await self._wait(back, error)
        except Permanent as error:
            await self._move(review, State.UNSENT, problem=str(error))
        else:
            await self._sent(review, reply, draft)

    async def _sent(self, review: Review, reply: Reply, draft: Draft) -> None:
        detail = {"note": reply.note_id, "url": reply.url, "sha256": draft.sha256, "as_shown": reply.body == draft.body}
        async with self.store.begin() as tx:
            await tx.add_reply(review.id, reply)
            moved = await tx.move(review, State.SENT, by="delivery", at=self.clock.now(), detail=detail)
            await tx.enqueue(Job(kind=JobKind.POST, review_id=moved.id, rev=moved.rev))
            if moved.issue.confidential:
                await hide(tx, moved.key, by="delivery", at=self.clock.now())
        log.info("sent to %s", review.key, extra={"action": "sent"})

    async def _move(self, review: Review, to: State, *, problem: str, failures: int = 0) -> Review:
        now = self.clock.now()
        async with self.store.begin() as tx:
            moved = await tx.move(review, to, by="delivery", at=now, problem=problem, failures=failures)
            await tx.enqueue(Job(kind=JobKind.POST, review_id=moved.id, rev=moved.rev))
            if moved.issue.confidential:
                await hide(tx, moved.key, by="delivery", at=now)
        return moved

    async def _wait(self, review: Review, error: BotError) -> None:
        """An approval never expires by itself: the waits grow to the longest and stay there."""
        asked = error.retry_after if isinstance(error, Limited) else None
        wait = self.patience.wait(review.failures, asked) or self.patience.longest
        await self._postpone(review, wait, failures=review.failures + 1, problem=str(error))

    async def _postpone(
        self, review: Review, wait: timedelta, *, failures: int | None = None, problem: str = ""
    ) -> None:
        due = self.clock.now() + wait
        async with self.store.begin() as tx:
            await tx.postpone(review, due, failures=review.failures if failures is None else failures, problem=problem)
            if problem and problem != review.problem:
                await tx.mark_unposted(review.id)
                await tx.enqueue(Job(kind=JobKind.POST, review_id=review.id, rev=review.rev))
