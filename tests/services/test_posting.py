"""Every card shows what its review is; nothing is shown twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.gesture import Notice
from bot.domain.review import State, Verdict
from bot.errors import Overtaken, Temporary
from tests.factories import make_decide
from tests.fakes import FakeChat
from tests.world import World


async def test_a_draft_is_posted_once_and_then_edited(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    await world.posting(review.id)
    await world.decide(make_decide(Verdict.DISMISS))
    await world.posting(review.id)
    assert [card.state for card in world.chat.cards.values()] == [State.DISMISSED]


async def test_two_jobs_at_once_post_one_card(world: World) -> None:
    """The sweeper may make a second job while the first one waits for its turn."""
    review = await world.review_in(State.PENDING)
    await world.both(world.posting(review.id), world.posting(review.id))
    assert len(world.chat.cards) == 1


async def test_two_processes_at_once_post_one_card(world: World) -> None:
    review = await world.review_in(State.PENDING)
    first, other = world.posting, world.another_posting()
    outcomes = await asyncio.gather(first(review.id), other(review.id), return_exceptions=True)
    assert len(world.chat.cards) == 1
    assert [type(outcome) for outcome in outcomes if outcome is not None] in ([], [Overtaken])


async def test_an_idle_job_edits_nothing(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    world.chat.faults.append(Temporary("an edit would fail"))
    await world.posting(review.id)
    assert world.chat.faults


@pytest.mark.parametrize("state", [State.NEW, State.DRAFTING, State.OBSOLETE])
async def test_there_is_no_card_before_there_is_something_to_see(world: World, state: State) -> None:
    review = await world.review_in(state)
    await world.posting(review.id)
    assert world.chat.cards == {}


async def test_a_card_that_stands_shows_the_end_too(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    await world.move(review, State.OBSOLETE)
    await world.posting(review.id)
    assert [card.state for card in world.chat.cards.values()] == [State.OBSOLETE]


async def test_a_post_in_doubt_is_repeated_with_the_same_key(world: World) -> None:
    review = await world.review_in(State.PENDING)
    world.chat.faults.append(Temporary("no answer"))
    with pytest.raises(Temporary):
        await world.posting(review.id)
    async with world.store.read() as tx:
        (stored,) = await tx.posts(review.id)
    assert (stored.id, stored.key != "") == ("", True)
    await world.posting(review.id)
    assert list(world.chat.keys) == [stored.key]


async def test_trouble_in_one_chat_does_not_keep_the_card_from_the_other(world: World) -> None:
    other = FakeChat("other")
    world.use_chats(world.chat, other)
    world.chat.faults.append(Temporary("down"))
    review = await world.review_in(State.PENDING)
    with pytest.raises(Temporary):
        await world.posting(review.id)
    assert len(other.cards) == 1
    await world.posting(review.id)
    assert len(world.chat.cards) == 1


async def test_a_deleted_card_comes_back_while_it_can_be_decided(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    world.chat.cards.clear()
    await world.decide(make_decide(Verdict.EDIT, text="Other words."))
    await world.posting(review.id)
    assert [card.review.draft for card in world.chat.cards.values()] == [2]


async def test_a_deleted_card_stays_deleted_when_it_is_over(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    world.chat.cards.clear()
    await world.move(review, State.OBSOLETE)
    await world.posting(review.id)
    assert world.chat.cards == {}


async def test_what_is_posted_is_not_swept_again(world: World) -> None:
    review = await world.review_in(State.PENDING)
    async with world.store.read() as tx:
        assert [r.id for r in await tx.unposted(world.later())] == [review.id]
    await world.posting(review.id)
    async with world.store.read() as tx:
        assert await tx.unposted(world.later()) == []


def test_a_notice_needs_no_card() -> None:
    assert Notice(text="fine").cards == ()
