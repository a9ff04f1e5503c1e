"""When the thread of a review is read again."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.review import Review, Revisit
from bot.ports import Clock, Job, JobKind, Transaction

EVERY = timedelta(hours=1)
"""A deleted issue is told by nobody: a draft that waits is compared with its thread so often."""

SOON = timedelta(minutes=1)
"""A review that a job is about to move is looked at again after this."""


SELDOM = timedelta(hours=6)
"""How often people are looked for who react to a reply that was sent; a note is told by the tracker."""


async def revisit_now(tx: Transaction, review: Review, clock: Clock) -> None:
    """Have the thread read at once, and again by the sweep should that fail."""
    await _save(tx, review, clock, SOON)
    await tx.enqueue(Job(kind=JobKind.REVISIT, review_id=review.id, rev=review.rev))


async def revisit_later(tx: Transaction, review: Review, clock: Clock) -> None:
    """Have the thread read within the hour, unless it is to be sooner anyway."""
    if await tx.revisit(review.id) is None:
        await _save(tx, review, clock, EVERY)


async def _save(tx: Transaction, review: Review, clock: Clock, wait: timedelta) -> None:
    known = await tx.revisit(review.id)
    since = known.missing_since if known else None
    await tx.save_revisit(Revisit(review_id=review.id, due_at=clock.now() + wait, missing_since=since))
