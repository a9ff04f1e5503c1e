"""The freshness lock: what a person decided on is what stands there, or the card asks again, or the review ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.issue import Thread
from bot.domain.review import Draft, Review, Revisit, State
from bot.errors import Gone, Limited
from bot.ports import Clock, Job, JobKind, Store, Tracker, Transaction
from bot.services.hiding import hide
from bot.services.intake import reason_to_leave

log = logging.getLogger(__name__)

SECOND_LOOK = timedelta(seconds=60)
"""An issue is gone when it could not be seen twice, so far apart: one 404 may be a server's bad moment."""

_ASKS_AGAIN = frozenset({State.PENDING, State.APPROVED, State.UNSENT})


@dataclass(frozen=True, slots=True)
class Freshness:
    """Called when something tells of a change, every now and then, and right before a reply is sent."""

    store: Store
    trackers: Mapping[str, Tracker]
    clock: Clock

    async def look(self, review: Review, draft: Draft | None, *, by: str) -> Thread | None:
        """The thread when it is still what was shown; None when the review has moved because it is not.

        Raises Limited when the issue could not be seen for the first time: look again after `retry_after`.
        """
        try:
            thread = await self.trackers[review.key.tracker].thread(review.key)
        except Gone:
            await self._missing(review, by)
            return None
        await self._visible(review)
        if reason := reason_to_leave(thread.issue):
            await self._end(review, reason, by, thread)
            return None
        if draft is not None and review.state in _ASKS_AGAIN and thread.fingerprint() != draft.fingerprint:
            await self._ask_again(review, draft, thread, by)
            return None
        return thread

    async def _missing(self, review: Review, by: str) -> None:
        now = self.clock.now()
        async with self.store.begin() as tx:
            known = await tx.revisit(review.id) or Revisit(review_id=review.id, due_at=now + SECOND_LOOK)
            since = known.missing_since or now
            if known.missing_since is None:
                await tx.save_revisit(replace(known, missing_since=now, due_at=now + SECOND_LOOK))
        if now < since + SECOND_LOOK:
            wait = (since + SECOND_LOOK - now).total_seconds()
            raise Limited("The issue could not be seen; before it counts as gone, it is looked for again.", wait)
        await self._end(review, "gone", by)

    async def _visible(self, review: Review) -> None:
        async with self.store.begin() as tx:
            known = await tx.revisit(review.id)
            if known is not None and known.missing_since is not None:
                await tx.save_revisit(replace(known, missing_since=None))

    async def _end(self, review: Review, reason: str, by: str, thread: Thread | None = None) -> None:
        issue = thread.issue if thread else None
        async with self.store.begin() as tx:
            moved = await tx.move(review, State.OBSOLETE, by=by, at=self.clock.now(), problem=reason, issue=issue)
            await tx.forget_revisit(review.id)
            await tx.enqueue(Job(kind=JobKind.POST, review_id=moved.id, rev=moved.rev))
            if moved.issue.confidential:
                await hide(tx, moved.key, by=by, at=self.clock.now())

    async def _ask_again(self, review: Review, draft: Draft, thread: Thread, by: str) -> None:
        """A new draft number with the same text: an approval of the old card cannot count for the new thread."""
        async with self.store.begin() as tx:
            known = await _known(tx, review, draft)
            renewed = draft.for_thread(thread, at=self.clock.now(), known=known)
            await tx.add_draft(renewed)
            changed = [difference.what for difference in renewed.differences]
            moved = await tx.move(
                review, State.PENDING, by=by, at=self.clock.now(), draft=renewed.number, problem="changed",
                issue=thread.issue, detail={"sha256": renewed.sha256, "changed": changed},
            )  # fmt: skip
            await tx.enqueue(Job(kind=JobKind.POST, review_id=moved.id, rev=moved.rev))
        log.info("%s changed: %s", review.key, ", ".join(changed), extra={"action": "asked_again"})


async def _known(tx: Transaction, review: Review, draft: Draft) -> Draft:
    """The draft whose thread people know: what nobody acted on yet adds up with what comes now."""
    if review.state is not State.PENDING or not draft.since:
        return draft
    return await tx.draft(review.id, draft.since) or draft
