"""The fakes do what the ports promise, and notice when they are used wrongly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.card import Card, Post
from bot.domain.review import State
from bot.errors import Gone, InDoubt, Temporary, UsageError
from bot.ports import Chat, Drafter, Knowledge, Query, Tracker
from tests.domain.test_review import make_review
from tests.doubles import ManualClock
from tests.factories import ALICE, MALLORY, NOON, make_decide, make_key, make_match, make_thread
from tests.fakes import FakeChat, FakeDrafter, FakeStock, FakeTracker


def test_the_fakes_are_what_the_ports_ask_for() -> None:
    tracker: Tracker = FakeTracker()
    chat: Chat = FakeChat()
    drafter: Drafter = FakeDrafter()
    stock: Knowledge = FakeStock()
    assert (tracker.name, chat.name, drafter.name, stock) == ("fake", "fake", "fake", stock)


async def test_a_tracker_keeps_what_is_sent() -> None:
    tracker = FakeTracker()
    issue = tracker.add(make_thread())
    assert await tracker.locate(issue.url) == issue.key
    with pytest.raises(UsageError):
        await tracker.locate("elsewhere")
    reply = await tracker.reply(issue.key, "text m1", "m1")
    assert [note.body for note in (await tracker.thread(issue.key)).notes] == ["text m1"]
    assert await tracker.find_reply(issue.key, "m1", NOON) is not None
    assert await tracker.find_reply(issue.key, "m2", NOON) is None
    assert reply.note_id == "901"
    with pytest.raises(AssertionError, match="marker"):
        await tracker.reply(issue.key, "text", "m1")
    with pytest.raises(Gone):
        await tracker.thread(make_key(9))


@pytest.mark.parametrize("commits", [True, False])
async def test_a_tracker_in_doubt_may_have_committed(commits: bool) -> None:
    tracker = FakeTracker()
    issue = tracker.add(make_thread())
    tracker.commits_anyway = commits
    tracker.fail("reply", InDoubt("?"), Temporary("busy"))
    with pytest.raises(InDoubt):
        await tracker.reply(issue.key, "m", "m")
    with pytest.raises(Temporary):
        await tracker.reply(issue.key, "m", "m")
    assert len(tracker.replies) == commits


async def test_a_chat_shows_one_card_a_key() -> None:
    chat, card = FakeChat(), Card(review=make_review(State.PENDING))
    first = await chat.post("team", card, "k")
    assert await chat.post("team", card, "k") == first
    with pytest.raises(AssertionError):
        await chat.post("elsewhere", card, "k")
    with pytest.raises(Gone):
        await chat.edit(Post(review_id=1, chat="fake", channel="team", key="k", id="none"), card)
    assert await chat.may_decide(ALICE)
    assert not await chat.may_decide(MALLORY)


async def test_a_chat_ends_when_everybody_left() -> None:
    chat = FakeChat()
    chat.make(make_decide())
    chat.leave()
    assert [gesture.id async for gesture in chat.gestures()] == ["gesture-1"]


async def test_a_stock_remembers_its_queries() -> None:
    stock = FakeStock(make_match(), make_match())
    assert len(await stock.search(Query(title="a"), limit=1)) == 1
    assert stock.queries == [Query(title="a")]


async def test_the_clock_wakes_those_whose_time_has_come() -> None:
    import asyncio

    clock = ManualClock()
    early, late = asyncio.ensure_future(clock.sleep(5)), asyncio.ensure_future(clock.sleep(50))
    await asyncio.sleep(0)
    clock.advance(timedelta(seconds=5))
    await asyncio.sleep(0)
    assert (early.done(), late.done()) == (True, False)
    clock.advance(100)
    await late
