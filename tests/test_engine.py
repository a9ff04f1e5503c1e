"""Jobs run durably, on our loop, and a failing one neither disappears nor blocks the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.review import Review, Revisit, State
from bot.engine import Engine
from bot.errors import Temporary
from bot.ports import Job, JobKind
from bot.store.database import SqlStore
from bot.store.tables import events
from tests.doubles import ManualClock
from tests.factories import make_issue

Handlers = dict[JobKind, Callable[[int], Awaitable[None]]]


async def nothing(review_id: int) -> None: ...


def handlers(**given: Callable[[int], Awaitable[None]]) -> Handlers:
    return {kind: given.get(kind.value, nothing) for kind in JobKind}


@asynccontextmanager
async def running(store: SqlStore, clock: ManualClock, given: Handlers) -> AsyncIterator[Engine]:
    engine = Engine(store, clock)
    await engine.start(given)
    try:
        yield engine
    finally:
        await engine.stop()


async def add(store: SqlStore, clock: ManualClock, number: int = 1, *, lost: bool = False) -> Review:
    due = clock.now() if lost else clock.now() + timedelta(hours=1)
    async with store.begin() as tx:
        review = await tx.add_review(
            make_issue(number), marker=f"marker-{number}", by="test", at=clock.now(), due_at=due
        )
        await tx.mark_posted(review.id, review.rev)
        if not lost:
            await tx.enqueue(Job(kind=JobKind.DRAFT, review_id=review.id, rev=review.rev))
    return review


async def kinds(store: SqlStore, review_id: int) -> list[str]:
    async with store.engine.connect() as conn:
        query = select(events.c.kind).where(events.c.review_id == review_id).order_by(events.c.id)
        return list((await conn.execute(query)).scalars())


async def test_a_job_runs_after_the_commit_on_our_own_loop(store: SqlStore, clock: ManualClock) -> None:
    ran: list[tuple[int, object]] = []

    async def draft(review_id: int) -> None:
        ran.append((review_id, asyncio.get_running_loop()))

    async with running(store, clock, handlers(draft=draft)) as engine:
        review = await add(store, clock)
        await engine.settled()
    assert ran == [(review.id, asyncio.get_running_loop())]


async def test_what_is_rolled_back_never_runs(sqlite_store: SqlStore, clock: ManualClock) -> None:
    ran: list[int] = []

    async def draft(review_id: int) -> None:
        ran.append(review_id)

    async with running(sqlite_store, clock, handlers(draft=draft)) as engine:

        async def fail() -> None:
            async with sqlite_store.begin() as tx:
                await tx.enqueue(Job(kind=JobKind.DRAFT, review_id=1, rev=1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()
        await engine.settled()
    assert ran == []


@pytest.mark.parametrize("error", [Temporary("the model is down"), ZeroDivisionError("a fault of ours")])
@pytest.mark.filterwarnings("default")
async def test_a_failure_is_recorded_and_the_sweeper_brings_the_row_back(
    sqlite_store: SqlStore, clock: ManualClock, error: Exception
) -> None:
    tries: list[int] = []

    async def draft(review_id: int) -> None:
        tries.append(review_id)
        if len(tries) == 1:
            raise error

    async with running(sqlite_store, clock, handlers(draft=draft)) as engine:
        review = await add(sqlite_store, clock)
        await engine.settled()
        assert await kinds(sqlite_store, review.id) == ["new", "job_failed"]
        clock.advance(timedelta(hours=2))  # which also wakes the sweeper
        await engine.settled()
    assert len(tries) == 2


async def test_a_lost_job_is_made_again_once_a_lease(sqlite_store: SqlStore, clock: ManualClock) -> None:
    ran: list[int] = []

    async def draft(review_id: int) -> None:
        ran.append(review_id)

    async with running(sqlite_store, clock, handlers(draft=draft)) as engine:
        review = await add(sqlite_store, clock, lost=True)
        for _ in range(3):
            await engine.sweep()
        await engine.settled()
    assert ran == [review.id]


async def test_a_card_that_is_behind_is_brought_up_to_date(sqlite_store: SqlStore, clock: ManualClock) -> None:
    shown: list[int] = []
    posted = asyncio.Event()

    async def post(review_id: int) -> None:
        shown.append(review_id)
        async with sqlite_store.begin() as tx:
            await tx.mark_posted(review_id, (await tx.review(review_id)).rev)
        posted.set()

    async with running(sqlite_store, clock, handlers(post=post)) as engine:
        review = await add(sqlite_store, clock)
        async with sqlite_store.begin() as tx:
            await tx.move(review, State.DRAFTING, by="test", at=clock.now())
        clock.advance(timedelta(minutes=1))  # which also wakes the sweeper
        await posted.wait()
        for _ in range(3):
            await engine.sweep()
        await engine.settled()
    assert shown == [review.id]


async def test_a_thread_whose_time_has_come_is_read_again(sqlite_store: SqlStore, clock: ManualClock) -> None:
    ran: list[int] = []

    async def revisit(review_id: int) -> None:
        ran.append(review_id)

    async with running(sqlite_store, clock, handlers(revisit=revisit)) as engine:
        review = await add(sqlite_store, clock)
        async with sqlite_store.begin() as tx:
            await tx.save_revisit(Revisit(review_id=review.id, due_at=clock.now()))
        for _ in range(3):
            await engine.sweep()
        await engine.settled()
    assert ran == [review.id], "once a lease"


# The job of the process that "ended" stays unfinished in this one, and is complained of when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_what_an_earlier_process_left_is_taken_up(store: SqlStore, clock: ManualClock) -> None:
    """The first engine stops while its job still runs, as a process that is ended would."""
    started = asyncio.Event()
    ran: list[int] = []

    async def hangs(review_id: int) -> None:
        started.set()
        await asyncio.Event().wait()

    async def draft(review_id: int) -> None:
        ran.append(review_id)

    first = Engine(store, clock)
    await first.start(handlers(draft=hangs))
    review = await add(store, clock)
    await started.wait()
    await first.stop(limit=0.01)
    async with running(store, clock, handlers(draft=draft)) as engine:
        await engine.settled()
    assert ran == [review.id]


async def test_two_engines_in_one_process_are_refused(sqlite_store: SqlStore, clock: ManualClock) -> None:
    async with running(sqlite_store, clock, handlers()):
        with pytest.raises(RuntimeError, match="one engine"):
            await Engine(sqlite_store, clock).start(handlers())


async def test_without_an_engine_nothing_can_be_enqueued(sqlite_url: str, sqlite_store: SqlStore) -> None:
    store = SqlStore(sqlite_url)
    job: Any = Job(kind=JobKind.POST, review_id=1, rev=1)
    with pytest.raises(RuntimeError, match="no engine"):
        async with store.begin() as tx:
            await tx.enqueue(job)
    await store.close()
