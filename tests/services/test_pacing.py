"""Two hundred issues at once are no flood, quiet hours are quiet, and nothing that waits is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, time, timedelta
from typing import Any

import pytest

from bot.domain.gesture import Bring, Gesture, Notice, Pause
from bot.domain.issue import Thread
from bot.domain.review import Review, State
from bot.domain.routing import Pace, Quiet
from bot.errors import NotAllowed, Refused, Temporary
from bot.ports import JobKind
from tests.factories import ALICE, MALLORY, NOON
from tests.fakes import FakeChat
from tests.world import World

WHO: dict[str, Any] = {"id": "g", "person": ALICE, "chat": "fake", "channel": "team"}


async def issues(world: World, count: int, first: int = 1, **fields: Any) -> list[Review]:
    """So many reviews that wait, each after its posting job."""
    reviews = [await world.review_in(State.PENDING, number=first + n, **fields) for n in range(count)]
    for review in reviews:
        await world.posting(review.id)
    return reviews


async def pace(world: World) -> None:
    """One look, and the posting jobs that it made."""
    world.jobs.clear()
    await world.pacing()
    for job in list(world.jobs):
        assert job.kind is JobKind.POST
        await world.posting(job.review_id)


async def handled(world: World, gesture: Gesture) -> Notice:
    return await world.desk.handle(world.chat, gesture)


def shown(world: World) -> list[int]:
    return [card.review.id for card in world.chat.cards.values()]


async def test_more_than_so_many_at_once_are_listed_in_one_message(world: World) -> None:
    reviews = await issues(world, 13)
    assert shown(world) == [review.id for review in reviews[:10]]
    await pace(world)
    await pace(world)
    assert list(world.chat.digests.values()) == [([review.id for review in reviews[10:]], 3)]


async def test_what_is_held_is_not_swept_as_if_it_had_failed(world: World) -> None:
    await issues(world, 12)
    async with world.store.read() as tx:
        assert await tx.unposted(world.later()) == []


async def test_held_cards_come_in_their_turn_and_the_list_shrinks_with_them(world: World) -> None:
    reviews = await issues(world, 23)
    await pace(world)
    world.clock.advance(timedelta(minutes=11))
    await pace(world)
    assert shown(world) == [review.id for review in reviews[:20]]
    await pace(world)
    assert list(world.chat.digests.values()) == [([review.id for review in reviews[20:]], 3)]
    world.clock.advance(timedelta(minutes=11))
    await pace(world)
    await pace(world)
    assert shown(world) == [review.id for review in reviews]
    assert list(world.chat.digests.values()) == [([], 0)]


async def test_the_next_burst_gets_a_message_of_its_own(world: World) -> None:
    await issues(world, 11)
    await pace(world)
    world.clock.advance(timedelta(minutes=11))
    await pace(world)
    await pace(world)
    await issues(world, 10, first=20)
    await pace(world)
    assert [total for _, total in world.chat.digests.values()] == [0, 1]


async def test_a_list_that_somebody_deleted_comes_again(world: World) -> None:
    await issues(world, 11)
    await pace(world)
    world.chat.digests.clear()
    await issues(world, 1, first=30)
    await pace(world)
    await pace(world)
    assert [total for _, total in world.chat.digests.values()] == [2]


async def test_a_list_that_could_not_be_shown_is_tried_again_with_the_same_key(world: World) -> None:
    await issues(world, 11)
    world.chat.faults.append(Temporary("down"))
    await pace(world)
    async with world.store.read() as tx:
        digest = await tx.digest("fake", "team")
    assert digest is not None
    await pace(world)
    assert world.chat.keys[digest.key] in world.chat.digests


async def test_a_decided_review_leaves_the_list(world: World) -> None:
    *_, last = await issues(world, 11)
    await pace(world)
    await world.move(last, State.DISMISSED)
    await pace(world)
    assert list(world.chat.digests.values()) == [([], 0)]


async def test_quiet_hours_are_quiet_and_then_the_cards_come(world: World) -> None:
    world.use_chats(world.chat, pace=Pace(quiet=Quiet(begin=time(11), end=time(13), zone=UTC)))
    reviews = await issues(world, 2)
    await pace(world)
    assert (world.chat.cards, world.chat.digests) == ({}, {})
    world.clock.advance(timedelta(hours=1))
    await pace(world)
    assert shown(world) == [review.id for review in reviews]


async def test_a_paused_project_waits_and_others_come(world: World) -> None:
    assert "group/project" in (await handled(world, Pause(**WHO, on=True, project="group/project"))).text
    held = await issues(world, 1)
    free = await issues(world, 1, first=2, project_name="other/thing")
    assert shown(world) == [free[0].id]
    await pace(world)
    assert shown(world) == [free[0].id]
    await handled(world, Pause(**{**WHO, "id": "h"}, on=False, project="group/project"))
    await pace(world)
    assert shown(world) == [free[0].id, held[0].id]
    assert [e.kind for e in await world.events(None)] == ["paused", "resumed"]


async def test_a_paused_channel_is_left_alone_and_what_stands_can_be_decided(world: World) -> None:
    (before,) = await issues(world, 1)
    await handled(world, Pause(**WHO, on=True))
    await issues(world, 1, first=2)
    await pace(world)
    assert (shown(world), world.chat.digests) == ([before.id], {})
    assert (await world.approve(before)).state is State.APPROVED


async def test_pausing_twice_and_resuming_what_runs_is_said(world: World) -> None:
    assert "not paused" in (await handled(world, Pause(**WHO, on=False))).text
    await handled(world, Pause(**WHO, on=True))
    assert "already" in (await handled(world, Pause(**WHO, on=True))).text


async def test_a_card_can_be_brought_before_its_turn(world: World) -> None:
    *_, last = await issues(world, 11)
    world.jobs.clear()
    assert "coming" in (await handled(world, Bring(**WHO, review_id=last.id))).text
    assert [job.review_id for job in world.jobs] == [last.id]
    await world.posting(last.id)
    assert last.id in shown(world)
    assert "already" in (await handled(world, Bring(**WHO, review_id=last.id))).text
    with pytest.raises(Refused, match="no review 99"):
        await handled(world, Bring(**WHO, review_id=99))


@pytest.mark.parametrize(
    "gesture", [Bring(**{**WHO, "person": MALLORY}, review_id=1), Pause(**{**WHO, "person": MALLORY}, on=True)]
)
async def test_strangers_neither_pause_nor_bring(world: World, gesture: Gesture) -> None:
    with pytest.raises(NotAllowed):
        await handled(world, gesture)


async def test_the_card_goes_where_its_route_leads(world: World) -> None:
    chat = FakeChat(channels=["security"])
    world.use_chats(chat, pace=Pace(routes={"~security": ["security"]}))
    await issues(world, 1, labels=("security",))
    await issues(world, 1, first=2)
    assert list(chat.places.values()) == ["security", "team"]


async def test_a_card_stays_in_its_channel_when_the_labels_change(world: World) -> None:
    chat = FakeChat(channels=["security"])
    world.use_chats(chat, pace=Pace(routes={"~security": ["security"]}))
    (review,) = await issues(world, 1)
    async with world.store.begin() as tx:
        await tx.refresh(review, world.tracker.add(_labelled(world, review)))
    await world.move(await world.reload(review), State.DISMISSED)
    await world.posting(review.id)
    assert list(chat.places.values()) == ["team"]


def _labelled(world: World, review: Review) -> Thread:
    thread = world.thread(review)
    return replace(thread, issue=replace(thread.issue, labels=("security",)))


async def test_each_channel_has_its_own_count(world: World) -> None:
    chat = FakeChat(channels=["security"])
    world.use_chats(chat, pace=Pace(at_once=1, routes={"~security": ["security"]}))
    await issues(world, 2)
    await issues(world, 2, first=3, labels=("security",))
    assert sorted(chat.places.values()) == ["security", "team"]


async def test_time_of_the_first_try_is_kept_for_the_search(world: World) -> None:
    review = await world.review_in(State.PENDING)
    world.chat.faults.extend([Temporary("in doubt"), Temporary("down")])
    for _ in range(2):
        with pytest.raises(Temporary):
            await world.posting(review.id)
        world.clock.advance(timedelta(hours=1))
    await world.posting(review.id)
    assert world.chat.tried_before == [None, NOON, NOON]
