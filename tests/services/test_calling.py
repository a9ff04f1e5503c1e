"""What a webhook sets off: one look at the issue it names, through the same intake as a poll."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.hook import HookDelivery
from bot.domain.issue import Change, ChangeKind, IssueKey
from bot.domain.review import State
from bot.errors import BotError, Gone, Limited, Permanent, Temporary, Unauthorised
from bot.ports import JobKind
from bot.services.calling import Calling
from bot.store.database import SqlStore
from tests.doubles import ManualClock, RecordedJobs
from tests.factories import make_key, make_thread
from tests.fakes import FakeTracker
from tests.world import World


class Caller:
    """A started `Calling`, and webhooks that call."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calling = Calling(world.store, world.intake, world.tracker, world.clock)
        self.count = 0

    async def call(self, *numbers: int) -> None:
        """A delivery for each of these issues."""
        found = []
        for number in numbers:
            self.count += 1
            key, at = f"delivery-{self.count}", self.world.clock.now()
            found.append(HookDelivery(key=key, issue=make_key(number), received_at=at))
        async with self.world.store.begin() as tx:
            await tx.add_deliveries(found)

    async def round(self) -> float:
        return await self.calling._round()

    async def left(self) -> list[int]:
        async with self.world.store.read() as tx:
            return [one.issue.number for one in await tx.called("fake", 1_000)]

    async def review(self, key: IssueKey) -> object:
        async with self.world.store.read() as tx:
            return await tx.latest(key)

    @property
    def looks(self) -> int:
        return self.world.tracker.asked.count("change")

    @property
    def polls(self) -> int:
        return self.world.tracker.asked.count("changes")


@pytest.fixture
async def caller(world: World) -> Caller:
    """After the first poll."""
    await world.intake.poll()
    world.tracker.asked.clear()
    return Caller(world)


async def test_a_named_issue_becomes_a_review_without_a_poll(caller: Caller, world: World) -> None:
    issue = world.tracker.add(make_thread())
    await caller.call(1)
    assert await caller.round() == 0
    assert (await world.latest(issue.key)).state is State.NEW
    assert [job.kind for job in world.jobs] == [JobKind.DRAFT]
    assert (caller.looks, caller.polls, await caller.left()) == (1, 0, [])


async def test_the_same_event_five_times_makes_one_card(caller: Caller, world: World) -> None:
    """gitlab 1: also under new keys, also when the poll brings it once more."""
    world.tracker.add(make_thread())
    await caller.call(1, 1, 1, 1, 1)
    await caller.round()
    await caller.call(1)
    await caller.round()
    await world.intake.poll()
    assert len(world.jobs) == 1
    assert caller.looks == 2


async def test_only_how_the_issue_is_now_counts(caller: Caller, world: World) -> None:
    """gitlab 2: update before open, close before open."""
    review = await world.review_in(State.PENDING)
    world.tracker.add(make_thread(1, open=False, updated_at=world.clock.now()))
    world.tracker.add(make_thread(2, open=False))
    world.tracker.add(make_thread(3), ChangeKind.UPDATED)
    await caller.call(1, 2, 3)
    await caller.round()
    assert (await world.reload(review)).state is State.OBSOLETE
    assert await caller.review(make_key(2)) is None
    assert await caller.review(make_key(3)) is None


async def test_a_project_that_is_not_watched_is_ignored(caller: Caller, world: World) -> None:
    """gitlab 6"""
    issue = world.tracker.add(make_thread())
    world.tracker.watched.clear()
    await caller.call(1)
    assert await caller.round() == 0
    assert await caller.review(issue.key) is None
    assert await caller.left() == []


async def test_a_burst_is_one_poll(caller: Caller, world: World) -> None:
    """gitlab 7: bounded work for any number of issues, and everything is found."""
    for number in range(1, 301):
        world.tracker.add(make_thread(number))
    await caller.call(*range(1, 301), *range(1, 301))
    assert await caller.round() == 5, "no poll right after a poll"
    assert (caller.looks, caller.polls, await caller.left()) == (0, 1, [])
    assert len(world.jobs) == 300


async def test_while_a_burst_cannot_be_polled_it_waits_but_not_for_ever(caller: Caller, world: World) -> None:
    """gitlab 7, 35"""
    await caller.call(*range(1, 100))
    for _ in range(2):
        world.tracker.fail("changes", Temporary("502"))
        assert await caller.round() == 5.0
    assert len(await caller.left()) == 99
    world.clock.advance(timedelta(minutes=3))
    world.tracker.fail("changes", Temporary("502"))
    await caller.round()
    assert await caller.left() == []


async def test_a_lost_hook_is_made_up_for_by_the_poll(caller: Caller, world: World) -> None:
    """gitlab 8: no delivery at all."""
    issue = world.tracker.add(make_thread())
    assert await caller.round() == 0
    assert await caller.review(issue.key) is None
    await world.intake.poll()
    assert (await world.latest(issue.key)).state is State.NEW


async def test_our_own_note_does_not_loop(caller: Caller, world: World) -> None:
    """gitlab 9: the note's event makes us look, and that is all."""
    review = await world.approved()
    await world.deliver(review.id)
    jobs, replies = len(world.jobs), len(world.tracker.replies)
    for _ in range(3):
        await caller.call(1)
        assert await caller.round() == 0
    assert (len(world.jobs), len(world.tracker.replies)) == (jobs, replies)
    after = await world.reload(review)
    assert (after.state, after.round) == (State.SENT, 1)


@pytest.mark.parametrize("error", [Gone("404"), Temporary("502"), Permanent("403")])
async def test_one_that_cannot_be_read_yet_is_tried_again_and_holds_up_no_other(
    caller: Caller, world: World, error: BotError
) -> None:
    """gitlab 21: a server may deliver an event before it shows the issue."""
    first, second = (world.tracker.add(make_thread(number)) for number in (1, 2))
    await caller.call(1, 2)
    world.tracker.fail("change", error)
    assert await caller.round() == 5.0
    assert await caller.left() == [1]
    assert (await world.latest(second.key)).state is State.NEW
    assert await caller.round() == 0
    assert (await world.latest(first.key)).state is State.NEW


async def test_one_that_cannot_be_read_for_minutes_is_left_to_the_poll(
    caller: Caller, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 33"""
    await caller.call(404)
    assert await caller.round() == 5.0
    world.clock.advance(timedelta(minutes=2))
    assert await caller.round() == 0
    assert await caller.left() == []
    assert "left to the next poll" in caplog.text


@pytest.mark.parametrize(
    ("error", "pause"),
    [(Limited("429", 40.0), 40.0), (Limited("429"), 5.0), (Unauthorised("401"), 5.0)],
)
async def test_a_limit_or_a_refused_token_ends_the_round(
    caller: Caller, world: World, error: BotError, pause: float
) -> None:
    """gitlab 34, 36: nobody is asked again before the time, and what was done stays done."""
    for number in range(1, 6):
        world.tracker.add(make_thread(number))
    await caller.call(*range(1, 6))
    await caller.round()
    world.tracker.asked.clear()
    await caller.call(*range(1, 6))
    world.tracker.fail("change", error)
    assert await caller.round() == pause
    assert (caller.looks, await caller.left()) == (1, [1, 2, 3, 4, 5])


async def test_a_look_that_crosses_a_poll_does_not_turn_back_time(caller: Caller, world: World) -> None:
    review = await world.review_in(State.PENDING, title="Newer", updated_at=world.later())
    world.tracker.add(make_thread(title="Older"))
    await caller.call(1)
    await caller.round()
    assert (await world.reload(review)).issue.title == "Newer"


class Watched(FakeTracker):
    """Tells of each look."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = asyncio.Queue[int]()

    async def change(self, key: IssueKey, cursor: str | None) -> Change | None:
        self.looks.put_nowait(key.number)
        return await super().change(key, cursor)


class Sleepy(ManualClock):
    """Tells of each sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.sleeps = asyncio.Queue[float]()

    async def sleep(self, seconds: float) -> None:
        self.sleeps.put_nowait(seconds)
        await super().sleep(seconds)


async def test_it_begins_with_what_an_earlier_process_left_and_wakes_when_called(
    sqlite_store: SqlStore, jobs: RecordedJobs
) -> None:
    tracker, clock = Watched(), Sleepy()
    caller = Caller(World(sqlite_store, clock, jobs, tracker))
    tracker.add(make_thread(1))
    await caller.call(1)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(caller.calling.run())
        assert await tracker.looks.get() == 1
        await caller.call(2)
        caller.calling.wake()
        assert await clock.sleeps.get() == 1, "what comes meanwhile shares the next round"
        clock.advance(1)
        assert await tracker.looks.get() == 2
        assert await clock.sleeps.get() == 5
        clock.advance(5)
        assert await tracker.looks.get() == 2
        running.cancel()


async def test_old_deliveries_are_forgotten_hourly(caller: Caller, world: World) -> None:
    await caller.round()
    await caller.call(404)
    world.clock.advance(timedelta(days=2))
    await caller.round()
    async with world.store.begin() as tx:
        found = HookDelivery(key="delivery-1", issue=make_key(), received_at=world.clock.now())
        assert await tx.add_deliveries([found]) == {"delivery-1"}
