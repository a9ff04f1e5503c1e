"""Cards that somebody deleted, and what a platform asks after a downtime."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.gesture import Bring, Gesture, Missing, Notice, Person, Standing
from bot.domain.review import Review, State
from bot.errors import Overtaken
from bot.services.posting import MOST_LOSSES
from tests.factories import ALICE
from tests.world import World

ITSELF: dict[str, Any] = {"id": "g", "person": Person(id="fake:itself", name="bot"), "chat": "fake", "channel": "team"}


async def handled(world: World, gesture: Gesture) -> Notice:
    return await world.desk.handle(world.chat, gesture)


async def posted(world: World, number: int = 1) -> Review:
    review = await world.review_in(State.PENDING, number=number)
    await world.posting(review.id)
    return review


async def delete(world: World) -> None:
    """Somebody deletes the one card, and the platform says so; then the jobs run."""
    (post_id,) = world.chat.cards
    world.chat.cards.clear()
    world.jobs.clear()
    await handled(world, Missing(**ITSELF, post=post_id))
    for job in list(world.jobs):
        await world.posting(job.review_id)


async def test_a_deleted_card_comes_again_but_not_for_ever(world: World) -> None:
    review = await posted(world)
    for _ in range(MOST_LOSSES):
        await delete(world)
        assert [card.review.id for card in world.chat.cards.values()] == [review.id]
    await delete(world)
    assert world.chat.cards == {}
    assert [e.kind for e in await world.events(review.id)].count("card_lost") == MOST_LOSSES + 1


async def test_a_card_that_was_given_up_can_still_be_brought(world: World) -> None:
    review = await posted(world)
    for _ in range(MOST_LOSSES + 1):
        await delete(world)
    await handled(world, Bring(**{**ITSELF, "person": ALICE}, review_id=review.id))
    await world.posting(review.id)
    assert len(world.chat.cards) == 1


async def test_the_sweep_finds_a_lost_card_whose_job_died(world: World) -> None:
    review = await posted(world)
    (post_id,) = world.chat.cards
    await handled(world, Missing(**ITSELF, post=post_id))
    async with world.store.read() as tx:
        assert [r.id for r in await tx.unposted(world.later())] == [review.id]


async def test_a_message_that_was_no_card_is_nobodys_loss(world: World) -> None:
    await posted(world)
    world.jobs.clear()
    await handled(world, Missing(**ITSELF, post="something else"))
    assert world.jobs == []


async def test_a_save_that_comes_too_late_does_not_revive_a_deleted_card(world: World) -> None:
    """The platform's word may come while the card is being edited."""
    review = await posted(world)
    (post_id,) = world.chat.cards

    async def lose() -> None:
        await handled(world, Missing(**ITSELF, post=post_id))

    world.chat.while_editing = lose
    await world.move(review, State.DISMISSED)
    with pytest.raises(Overtaken):
        await world.posting(review.id)
    async with world.store.read() as tx:
        (post,) = await tx.posts(review.id)
    assert post.id == ""


async def test_what_waits_is_told_page_by_page_with_its_posts(world: World) -> None:
    first = await posted(world)
    await world.review_in(State.DISMISSED, number=2)
    third = await posted(world, number=3)
    cards = (await handled(world, Standing(**ITSELF))).cards
    assert [card.review.id for card in cards] == [first.id, third.id]
    assert [post.id for card in cards for post in card.posts] == list(world.chat.cards)
    assert [c.review.id for c in (await handled(world, Standing(**ITSELF, after=first.id))).cards] == [third.id]
