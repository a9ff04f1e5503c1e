"""The whole path on real parts: engine, store, services; only the tracker, the chat and the model are fakes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.clock import SystemClock
from bot.domain.audience import Audience
from bot.domain.card import Card
from bot.domain.changes import What
from bot.domain.review import State, Verdict
from bot.engine import Engine
from bot.errors import InDoubt, StaleDraft
from bot.ports import JobKind
from bot.services.answering import Answering, Policy
from bot.services.deciding import Deciding
from bot.services.delivery import Delivery
from bot.services.drafting import Drafting
from bot.services.followups import FollowUps
from bot.services.intake import Intake
from bot.services.posting import Posting
from bot.services.retry import Patience
from bot.services.revisiting import Revisiting
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from tests.factories import make_decide, make_match, make_note, make_thread
from tests.fakes import FakeChat, FakeDrafter, FakeStock, FakeTracker

LEASE = timedelta(seconds=2)
GRACE = timedelta(seconds=0.5)


@dataclass
class House:
    """One process: everything but the outside world, which outlives it."""

    store: SqlStore
    engine: Engine
    intake: Intake
    deciding: Deciding


@dataclass
class World:
    tracker: FakeTracker
    chat: FakeChat
    drafter: FakeDrafter
    names: Callable[[], str]


@pytest.fixture
def outside() -> World:
    counter = iter(range(1000))
    return World(FakeTracker(), FakeChat(), FakeDrafter(), lambda: f"name-{next(counter)}")


@asynccontextmanager
async def house(url: str, outside: World) -> AsyncIterator[House]:
    await migrate(url)
    store, clock = SqlStore(url), SystemClock()
    trackers = {outside.tracker.name: outside.tracker}
    answering = Answering(FakeStock(make_match()), [outside.drafter], Policy())
    follow_ups = FollowUps(store, trackers, clock, outside.names, Audience())
    engine = Engine(store, clock, lease=LEASE, sweep_seconds=0.1)
    await engine.start(
        {
            JobKind.DRAFT: Drafting(store, trackers, answering, clock, timedelta(minutes=1), Patience()),
            JobKind.POST: Posting(store, trackers, [outside.chat], clock, outside.names),
            JobKind.DELIVER: Delivery(store, trackers, clock, GRACE, Patience(tries=0), looks=()),
            JobKind.REVISIT: Revisiting(store, trackers, clock, Patience(tries=0), follow_ups),
        }
    )
    try:
        yield House(
            store=store,
            engine=engine,
            intake=Intake(store, outside.tracker, clock, outside.names),
            deciding=Deciding(store, trackers, clock, Policy(), LEASE, LEASE),
        )
    finally:
        await engine.stop()
        await store.close()


def only_card(chat: FakeChat) -> Card:
    (card,) = chat.cards.values()
    return card


async def test_from_a_new_issue_to_one_note(store_url: str, outside: World) -> None:
    outside.tracker.add(make_thread())
    async with house(store_url, outside) as here:
        await here.intake.poll()
        await here.engine.settled()
        shown = only_card(outside.chat)
        assert (shown.state, shown.draft is not None) == (State.PENDING, True)
        await here.deciding.decide(make_decide(), outside.chat)
        await here.engine.settled()
    assert shown.draft is not None
    assert [body for _, body in outside.tracker.replies] == [shown.draft.body]
    after = only_card(outside.chat)
    assert (after.state, after.reply is not None) == (State.SENT, True)


async def test_regenerate_edit_dismiss_undo_approve(sqlite_url: str, outside: World) -> None:
    outside.tracker.add(make_thread())
    async with house(sqlite_url, outside) as here:

        async def decide(verdict: Verdict, draft: int, text: str = "") -> Card:
            gesture = make_decide(verdict, id=outside.names(), draft=draft, text=text)
            await here.deciding.decide(gesture, outside.chat)
            await here.engine.settled()
            return only_card(outside.chat)

        await here.intake.poll()
        await here.engine.settled()
        outside.drafter.text = "A second try."
        assert (await decide(Verdict.REGENERATE, 1, "again")).review.draft == 2
        edited = await decide(Verdict.EDIT, 2, "By hand.")
        assert (edited.review.draft, edited.state) == (3, State.PENDING)
        assert (await decide(Verdict.DISMISS, 3)).state is State.DISMISSED
        assert (await decide(Verdict.UNDO, 3)).state is State.PENDING
        assert (await decide(Verdict.APPROVE, 3)).state is State.SENT
    ((_, body),) = outside.tracker.replies
    assert body.startswith("By hand.")


@pytest.mark.parametrize("committed", [True, False])
async def test_a_note_in_doubt_is_sent_exactly_once(sqlite_url: str, outside: World, committed: bool) -> None:
    outside.tracker.add(make_thread())
    outside.tracker.commits_anyway = committed
    outside.tracker.fail("reply", InDoubt("no answer"))
    async with house(sqlite_url, outside) as here:
        await here.intake.poll()
        await here.engine.settled()
        await here.deciding.decide(make_decide(), outside.chat)
        await until(here, State.SENT)
    assert len(outside.tracker.replies) == 1


async def test_two_people_at_once_are_one_note(store_url: str, outside: World) -> None:
    """discord 1, gitlab 22"""
    outside.tracker.add(make_thread())
    async with house(store_url, outside) as here:
        await here.intake.poll()
        await here.engine.settled()
        clicks = [here.deciding.decide(make_decide(id=f"click-{n}"), outside.chat) for n in range(8)]
        outcomes = await asyncio.gather(*clicks, return_exceptions=True)
        await here.engine.settled()
    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 7
    assert len(outside.tracker.replies) == 1


async def test_a_note_while_the_draft_waits_is_told_and_the_card_asks_again(store_url: str, outside: World) -> None:
    """field 19; gitlab 13, 30: somebody answers, the approver is told, and only the next approval counts."""
    outside.tracker.add(make_thread())
    async with house(store_url, outside) as here:
        await here.intake.poll()
        await here.engine.settled()
        outside.tracker.add(make_thread(notes=(make_note(body="Try turning it off."),), note_count=1))
        await here.intake.poll()
        await here.engine.settled()
        shown = only_card(outside.chat)
        assert shown.draft is not None
        assert [(one.what, one.who, one.after) for one in shown.draft.differences] == [
            (What.NOTE, "Somebody", "Try turning it off.")
        ]
        with pytest.raises(StaleDraft):
            await here.deciding.decide(make_decide(id="old"), outside.chat)
        await here.deciding.decide(make_decide(id="new", draft=2), outside.chat)
        await here.engine.settled()
    assert [body for _, body in outside.tracker.replies] == [shown.draft.body]


async def test_a_reporter_who_writes_again_gets_a_second_card(sqlite_url: str, outside: World) -> None:
    """field 29: and no second reply by itself."""
    issue = outside.tracker.add(make_thread())
    async with house(sqlite_url, outside) as here:
        await here.intake.poll()
        await here.engine.settled()
        await here.deciding.decide(make_decide(), outside.chat)
        await here.engine.settled()
        thread = outside.tracker.threads[issue.key]
        again = make_note(2, author=issue.author, body="And now?")
        outside.tracker.add(replace(thread, issue=replace(issue, note_count=2), notes=(*thread.notes, again)))
        for _ in range(3):
            await here.intake.poll()
            await here.engine.settled()
    assert sorted((card.review.round, card.state) for card in outside.chat.cards.values()) == [
        (1, State.SENT),
        (2, State.PENDING),
    ]
    assert len(outside.tracker.replies) == 1


async def test_a_hundred_issues_at_once(sqlite_url: str, outside: World) -> None:
    for number in range(1, 101):
        outside.tracker.add(make_thread(number))
    async with house(sqlite_url, outside) as here:
        assert await here.intake.poll() == 100
        await here.engine.settled()
        async with here.store.read() as tx:
            _, held = await tx.held("fake", "team", limit=1)
    assert held == 90
    assert len(outside.chat.cards) == 10
    assert {card.state for card in outside.chat.cards.values()} == {State.PENDING}


@pytest.mark.parametrize("steps", range(4))
async def test_a_stop_after_any_step_loses_nothing(sqlite_url: str, outside: World, steps: int) -> None:
    """Each house is a process that ends; the next one carries on from the rows."""
    outside.tracker.add(make_thread())
    async with house(sqlite_url, outside) as here:
        await here.intake.poll()
        if steps > 0:
            await here.engine.settled()
        if steps > 1:
            await here.deciding.decide(make_decide(), outside.chat)
        if steps > 2:
            await here.engine.settled()
    async with house(sqlite_url, outside) as here:
        await here.engine.settled()
        if steps < 2:
            await here.deciding.decide(make_decide(), outside.chat)
        await until(here, State.SENT)
        await here.engine.settled()
    assert len(outside.tracker.replies) == 1
    assert only_card(outside.chat).state is State.SENT


async def until(here: House, state: State) -> None:
    """Wait on the real clock, as long as the test's own limit allows."""
    async with asyncio.timeout(20):
        while True:
            await here.engine.settled()
            async with here.store.read() as tx:
                if (await tx.review(1)).state is state:
                    return
