"""What a tracker tells us becomes reviews; asking again changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.audience import DAY, Audience
from bot.domain.issue import ANSWERED_KINDS, Change, ChangeKind, Issue
from bot.domain.review import MOVES, Review, State
from bot.domain.visibility import is_redacted
from bot.ports import Clock, Job, JobKind, Store, Tracker, Transaction
from bot.services.hiding import hide
from bot.services.status import polled
from bot.services.timetable import revisit_now

log = logging.getLogger(__name__)

_POLLED_EVERY = timedelta(minutes=1)
_LEASE = timedelta(minutes=1)
"""A review that is still NEW after this gets another job."""

_FOLLOWED = frozenset({State.NEW, State.DRAFTING, State.PENDING, State.STUCK, State.UNSENT})
_REVISITED = _FOLLOWED | {State.APPROVED, State.SENT}


def reason_to_leave(issue: Issue) -> str:
    """Why this issue gets no draft, as the name of a phrase; empty when it may have one.

    Confidential and Service Desk text fails closed: it reaches neither a chat nor a model.
    """
    if issue.confidential:
        return "confidential"
    if issue.service_desk:
        return "service_desk"
    if issue.author.bot or issue.author.me:
        return "bot"
    if issue.moved:
        return "moved"
    if issue.kind not in ANSWERED_KINDS:
        return "converted"
    return "" if issue.open else "closed"


@dataclass(frozen=True, slots=True)
class Intake:
    """Reads one tracker from its stored cursor on. `new_marker` draws the name of a review.

    Polls come one after the other, since each goes on from the cursor of the one before; so do the transactions of
    a poll and of a webhook, which may bring the same issue.
    """

    store: Store
    tracker: Tracker
    clock: Clock
    new_marker: Callable[[], str]
    audience: Audience = field(default_factory=Audience)
    _polling: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def poll(self, *, backfill: int = 0) -> int:
        """Take in everything new and return how many reviews began; each page is stored with its cursor."""
        begun = 0
        async with self._polling:
            cursor = await self.cursor()
            # What the operator asked for at the first look is not limited.
            audience = self.audience if cursor else replace(self.audience, author_limit=0, daily_limit=0)
            async for page in self.tracker.changes(cursor, backfill=backfill):
                async with self._storing, self.store.begin() as tx:
                    for change in page.changes:
                        begun += await self._take(tx, change, audience)
                    await tx.save_cursor(self.tracker.name, page.cursor, self.clock.now())
            await self._mark_polled()
        return begun

    async def _mark_polled(self) -> None:
        """When a look last came to its end; not more often than people would see."""
        now, name = self.clock.now(), polled(self.tracker.name)
        async with self.store.read() as tx:
            last = await tx.cursor(name)
        if last is None or now >= datetime.fromisoformat(last) + _POLLED_EVERY:
            async with self.store.begin() as tx:
                await tx.save_cursor(name, now.isoformat(), now)

    async def cursor(self) -> str | None:
        """How far this tracker was read."""
        async with self.store.read() as tx:
            return await tx.cursor(self.tracker.name)

    async def take(self, change: Change) -> bool:
        """Take in one change that no poll brought; whether a review began. The cursor stays where it is.

        What was read before a poll stored something newer is left: no poll would bring the newer again.
        """
        async with self._storing, self.store.begin() as tx:
            known = await tx.latest(change.issue.key)
            if known is not None and change.issue.updated_at < known.issue.updated_at:
                return False
            return await self._take(tx, change, self.audience)

    async def _take(self, tx: Transaction, change: Change, audience: Audience) -> bool:
        known = await tx.latest(change.issue.key)
        if known is not None and (reason_to_leave(change.issue) or not _may_return(known)):
            await self._follow(tx, known, change.issue)
            return False
        if change.kind is not ChangeKind.OPENED or reason_to_leave(change.issue):
            return False
        if reason := await left_out(tx, audience, change.issue, self.clock):
            await self._leave(tx, change.issue, reason)
            return False
        await begin(tx, change.issue, marker=self.new_marker(), by=self.tracker.name, clock=self.clock)
        return True

    async def _leave(self, tx: Transaction, issue: Issue, reason: str) -> None:
        """A row that says why there is no draft; a person who fetches the issue begins its next round."""
        by, at = self.tracker.name, self.clock.now()
        review = await tx.add_review(issue, marker=self.new_marker(), by=by, at=at)
        await tx.move(review, State.OBSOLETE, by=by, at=at, problem=reason, issue=issue)
        log.info("%s gets no draft: %s", issue.key, reason, extra={"action": "left_out"})

    async def _follow(self, tx: Transaction, review: Review, issue: Issue) -> None:
        if is_redacted(review.issue):
            return
        reason = reason_to_leave(issue)
        if self.audience.opted_out(issue) and not self.audience.opted_out(review.issue):
            reason = reason or "opted_out"
        if reason and State.OBSOLETE in MOVES[review.state]:
            at = self.clock.now()
            ended = await tx.move(review, State.OBSOLETE, by=self.tracker.name, at=at, problem=reason, issue=issue)
            await tx.enqueue(Job(kind=JobKind.POST, review_id=ended.id, rev=ended.rev))
        elif reason == "confidential":
            await tx.refresh(review, issue)
        elif review.state in _REVISITED and issue != review.issue:
            if review.state in _FOLLOWED:
                await tx.refresh(review, issue)
            await revisit_now(tx, review, self.clock)
        if reason == "confidential":
            await hide(tx, issue.key, by=self.tracker.name, at=self.clock.now())


def _may_return(review: Review) -> bool:
    """Whether what ended this review may be taken back: reopened, made public, converted again."""
    return review.state is State.OBSOLETE and review.problem in {"closed", "confidential", "converted"}


async def left_out(tx: Transaction, audience: Audience, issue: Issue, clock: Clock) -> str:
    """Why an issue that could be answered gets no draft by itself; empty when it gets one."""
    tracker, since = issue.key.tracker, clock.now() - DAY
    if audience.opted_out(issue):
        return "opted_out"
    if audience.author_limit and await tx.begun_since(tracker, since, issue.author.id) >= audience.author_limit:
        return "author_limit"
    if audience.daily_limit and await tx.begun_since(tracker, since) >= audience.daily_limit:
        return "daily_limit"
    return ""


async def begin(tx: Transaction, issue: Issue, *, marker: str, by: str, clock: Clock) -> Review:
    """A new review of this issue, and the job that writes its first draft."""
    now = clock.now()
    review = await tx.add_review(issue, marker=marker, by=by, at=now, due_at=now + _LEASE)
    log.info("a new review of %s", issue.key, extra={"action": "review_new"})
    await tx.enqueue(Job(kind=JobKind.DRAFT, review_id=review.id, rev=review.rev))
    return review
