"""The services on a real store, with fakes for everything outside."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.audience import Audience
from bot.domain.gesture import Decide, Notice
from bot.domain.issue import IssueKey, Thread
from bot.domain.review import Draft, Review, State, Verdict
from bot.domain.routing import Pace
from bot.ports import Chat, Job, JobKind, Tracker
from bot.services.answering import Answering, Policy
from bot.services.channels import Channels
from bot.services.deciding import Deciding
from bot.services.delivery import Delivery
from bot.services.desk import Desk
from bot.services.drafting import Drafting
from bot.services.followups import FollowUps
from bot.services.intake import Intake
from bot.services.lessons import Lessons
from bot.services.pacing import Pacing
from bot.services.posting import Posting
from bot.services.retry import Patience
from bot.services.revisiting import Revisiting
from bot.store.database import SqlStore
from bot.store.history import SqlArchive
from bot.store.passages import SqlStock
from bot.store.tables import events
from tests.doubles import ManualClock, RecordedJobs
from tests.factories import make_decide, make_match, make_thread
from tests.fakes import FakeChat, FakeDrafter, FakeStock, FakeTracker

GRACE = timedelta(seconds=90)
LOOKS = (timedelta(seconds=2), timedelta(seconds=8), timedelta(seconds=30))

# How a review gets into each state by moves of the table.
PATHS: dict[State, tuple[State, ...]] = {
    State.NEW: (),
    State.DRAFTING: (State.DRAFTING,),
    State.PENDING: (State.DRAFTING, State.PENDING),
    State.APPROVED: (State.DRAFTING, State.PENDING, State.APPROVED),
    State.SENDING: (State.DRAFTING, State.PENDING, State.APPROVED, State.SENDING),
    State.SENT: (State.DRAFTING, State.PENDING, State.APPROVED, State.SENDING, State.SENT),
    State.UNSENT: (State.DRAFTING, State.PENDING, State.APPROVED, State.SENDING, State.UNSENT),
    State.DISMISSED: (State.DRAFTING, State.PENDING, State.DISMISSED),
    State.STUCK: (State.DRAFTING, State.STUCK),
    State.OBSOLETE: (State.OBSOLETE,),
}


@dataclass(frozen=True)
class SeenEvent:
    kind: str
    by: str
    detail: dict[str, Any]


@dataclass
class World:
    """One of everything; `review_in` puts a review into a state as the services would have."""

    store: SqlStore
    clock: ManualClock
    jobs: RecordedJobs
    tracker: FakeTracker = field(default_factory=FakeTracker)
    chat: FakeChat = field(default_factory=FakeChat)
    drafter: FakeDrafter = field(default_factory=FakeDrafter)
    stock: FakeStock = field(default_factory=lambda: FakeStock(make_match()))

    def __post_init__(self) -> None:
        self.names_after("name")
        self._ids = (f"approval-{n}" for n in itertools.count(1))
        self.policy = Policy(footers=(("en", "_footer_"), ("fr", "_pied_")))
        self.trackers: dict[str, Tracker] = dict.fromkeys(("fake", "gitlab", "file"), self.tracker)
        self.use_drafters(self.drafter)
        self.use_chats(self.chat)
        self.delivery = Delivery(self.store, self.trackers, self.clock, GRACE, Patience(tries=0), LOOKS)
        archive = SqlArchive(self.store.engine, SqlStock(self.store.engine))
        self.lessons = Lessons(self.store, self.trackers, archive, self.clock)
        self.use_audience(Audience())

    def names_after(self, beginning: str) -> None:
        """Names that another process would not draw."""
        self._names = (f"{beginning}-{n}" for n in itertools.count(1))

    def new_name(self) -> str:
        return next(self._names)

    def use_drafters(self, *drafters: FakeDrafter) -> None:
        answering = Answering(self.stock, drafters, self.policy)
        lease = timedelta(minutes=10)
        self.drafting = Drafting(self.store, self.trackers, answering, self.clock, lease, Patience())
        self.deciding = Deciding(self.store, self.trackers, self.clock, self.policy, timedelta(seconds=60), lease)
        channels = Channels(self.store, self.trackers, self.clock, self.new_name)
        self.desk = Desk(
            self.store, self.stock, self.trackers, answering, self.deciding, channels, self.clock, self.new_name
        )

    def use_audience(self, audience: Audience) -> None:
        """The services that choose whom to answer."""
        self.intake = Intake(self.store, self.tracker, self.clock, self.new_name, audience)
        follow_ups = FollowUps(self.store, self.trackers, self.clock, self.new_name, audience)
        self.revisiting = Revisiting(self.store, self.trackers, self.clock, Patience(tries=0), follow_ups)

    def use_chats(self, *chats: Chat, pace: Pace | None = None) -> None:
        """The services that show cards, in these chats and at this pace."""
        pace = pace or Pace()
        self.posting = Posting(self.store, self.trackers, chats, self.clock, self.new_name, pace)
        self.pacing = Pacing(self.store, self.trackers, chats, self.clock, self.new_name, pace)

    async def carry_out(self, job: Job) -> None:
        """What the engine would do with it."""
        async with self.store.begin():
            pass  # writers go one by one: whoever made the job has committed it by now
        handlers: dict[JobKind, Callable[[int], Awaitable[None]]] = {
            JobKind.DRAFT: self.drafting,
            JobKind.POST: self.posting,
            JobKind.DELIVER: self.delivery,
            JobKind.REVISIT: self.revisiting,
        }
        await handlers[job.kind](job.review_id)

    def another_posting(self) -> Posting:
        """The same service in another process."""
        return Posting(self.store, self.trackers, [self.chat], self.clock, self.new_name)

    async def latest(self, key: IssueKey) -> Review:
        async with self.store.read() as tx:
            review = await tx.latest(key)
        assert review is not None
        return review

    async def reload(self, review: Review) -> Review:
        async with self.store.read() as tx:
            return await tx.review(review.id)

    async def draft(self, review: Review) -> Draft:
        async with self.store.read() as tx:
            draft = await tx.draft(review.id, review.draft)
        assert draft is not None
        return draft

    async def move(self, review: Review, to: State) -> Review:
        async with self.store.begin() as tx:
            return await tx.move(review, to, by="test", at=self.clock.now())

    async def review_in(
        self, state: State, *, number: int = 1, text: str = "Please restart it.", **issue_fields: Any
    ) -> Review:
        """A review of issue `number` in this state, with a draft that the real drafting service wrote."""
        self.drafter.text = text
        issue = self.tracker.add(make_thread(number, **issue_fields))
        async with self.store.begin() as tx:
            review = await tx.add_review(issue, marker=f"marker-{self.new_name()}", by="test", at=self.clock.now())
        for to in PATHS[state]:
            if to is State.PENDING:
                await self.drafting(review.id)
                review = await self.reload(review)
                continue
            review = await self.move(review, to)
            if to is State.SENDING:
                async with self.store.begin() as tx:
                    await tx.claim_attempt(review.id, number=1, at=self.clock.now())
        self.drafter.prompts.clear()
        return review

    async def approve(self, review: Review) -> Review:
        await self.decide(make_decide(Verdict.APPROVE, id=next(self._ids), review_id=review.id, draft=review.draft))
        return await self.reload(review)

    async def approved(self) -> Review:
        return await self.approve(await self.review_in(State.PENDING))

    async def decide(self, gesture: Decide) -> Notice:
        return await self.deciding.decide(gesture, self.chat)

    async def deliver(self, review_id: int) -> None:
        await self.delivery(review_id)

    async def deliver_out_of_doubt(self, review_id: int) -> None:
        """Time passes, and every look for the marker is made."""
        for wait in (GRACE, *LOOKS):
            self.clock.advance(wait)
            await self.deliver(review_id)

    async def both(self, first: Coroutine[Any, Any, None], second: Coroutine[Any, Any, None]) -> None:
        await asyncio.gather(first, second)

    async def events(self, review_id: int | None) -> list[SeenEvent]:
        async with self.store.engine.connect() as conn:
            rows = await conn.execute(select(events).where(events.c.review_id.is_not_distinct_from(review_id)))
            return [SeenEvent(row.kind, row.by, json.loads(row.detail)) for row in rows]

    def thread(self, review: Review) -> Thread:
        return self.tracker.threads[review.key]

    def later(self) -> datetime:
        return self.clock.now() + timedelta(seconds=1)
