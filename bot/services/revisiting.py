"""Reads the thread of a review again, because something changed or because it was long ago."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.review import Draft, Review, Revisit, State
from bot.errors import Gone, Limited, Permanent, Temporary
from bot.ports import Clock, Store, Tracker
from bot.services.followups import FollowUps
from bot.services.freshness import Freshness
from bot.services.retry import Patience
from bot.services.timetable import EVERY, SELDOM, SOON

log = logging.getLogger(__name__)

_OVER = frozenset({State.DISMISSED, State.OBSOLETE})
_WAITING = frozenset({State.PENDING, State.STUCK, State.UNSENT, State.APPROVED})


@dataclass(frozen=True, slots=True)
class Revisiting:
    """The job that keeps what waits for a person true."""

    store: Store
    trackers: Mapping[str, Tracker]
    clock: Clock
    patience: Patience
    follow_ups: FollowUps

    async def __call__(self, review_id: int) -> None:
        async with self.store.read() as tx:
            review = await tx.review(review_id)
            draft = await tx.draft(review.id, review.draft) if review.draft else None
        if review.state in _OVER:
            await self._forget(review)
        elif review.state in _WAITING or review.state is State.SENT:
            await self._look(review, draft)
        else:
            await self._again(review, SOON)

    async def _look(self, review: Review, draft: Draft | None) -> None:
        try:
            if review.state is State.SENT:
                if await self.follow_ups.look(review):
                    await self._again(review, SELDOM)
                else:
                    await self._forget(review)
            else:
                await Freshness(self.store, self.trackers, self.clock).look(review, draft, by="revisiting")
                await self._again(review, EVERY)
        except Gone:
            await self._forget(review)
        except (Temporary, Permanent) as error:
            log.warning("%s cannot be looked at: %s", review.key, error, extra={"action": "revisit_failed"})
            await self._later(review, error)

    async def _forget(self, review: Review) -> None:
        async with self.store.begin() as tx:
            await tx.forget_revisit(review.id)

    async def _later(self, review: Review, error: Temporary | Permanent) -> None:
        async with self.store.read() as tx:
            known = await tx.revisit(review.id)
        failures = known.failures if known else 0
        asked = error.retry_after if isinstance(error, Limited) else None
        wait = self.patience.wait(failures, asked) or self.patience.longest
        await self._again(review, wait, failures=failures + 1, missing=True)

    async def _again(self, review: Review, wait: timedelta, *, failures: int = 0, missing: bool = False) -> None:
        """Look again after `wait`, unless the review has ended; `missing` keeps since when it cannot be seen."""
        async with self.store.begin() as tx:
            if (await tx.review(review.id)).state is State.OBSOLETE:
                return
            known = await tx.revisit(review.id)
            since = known.missing_since if known and missing else None
            due = self.clock.now() + wait
            await tx.save_revisit(Revisit(review_id=review.id, due_at=due, missing_since=since, failures=failures))
