"""The order of approved replies after an outage: oldest first, one at a time in each project."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.review import Review
from bot.ports import Job, JobKind, Transaction

_OWN_TRY = timedelta(hours=1)
"""However long the line is: what keeps the first one may be its own issue's trouble."""


async def wait_in_line(tx: Transaction, review: Review, now: datetime) -> timedelta | None:
    """How long this one leaves the tracker to an older reply that waits out a failure; None when it is its turn."""
    if not await tx.is_behind(review):
        return None
    own_try = review.updated_at + _OWN_TRY * (review.failures + 1)
    return own_try - now if now < own_try else None


async def wake_next(tx: Transaction, review: Review, now: datetime) -> None:
    """The way is free: the next of the project goes at once."""
    following = await tx.next_to_send(review)
    if following is not None:
        await tx.postpone(following, now, failures=following.failures, problem=following.problem)
        await tx.enqueue(Job(kind=JobKind.DELIVER, review_id=following.id, rev=following.rev))
