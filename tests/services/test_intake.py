"""A tracker's changes become reviews, once, and only those that may have a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.issue import ChangeKind
from bot.domain.review import State
from bot.ports import JobKind
from bot.services.intake import reason_to_leave
from tests.factories import make_author, make_issue, make_key, make_thread
from tests.world import World


async def test_a_new_issue_becomes_a_review_and_a_job(world: World) -> None:
    issue = world.tracker.add(make_thread())
    assert await world.intake.poll() == 1
    review = await world.latest(issue.key)
    assert review.state is State.NEW
    assert [(job.kind, job.review_id) for job in world.jobs] == [(JobKind.DRAFT, review.id)]


async def test_the_same_page_again_changes_nothing(world: World) -> None:
    for _ in range(3):
        world.tracker.add(make_thread())
        await world.intake.poll()
    assert len(world.jobs) == 1


async def test_the_cursor_is_stored_with_the_page(world: World) -> None:
    world.tracker.add(make_thread())
    await world.intake.poll()
    async with world.store.read() as tx:
        assert await tx.cursor("fake") == "1"


async def test_an_old_issue_that_is_touched_gets_no_card(world: World) -> None:
    issue = world.tracker.add(make_thread(), ChangeKind.UPDATED)
    assert await world.intake.poll() == 0
    async with world.store.read() as tx:
        assert await tx.latest(issue.key) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"confidential": True}, "confidential"),
        ({"service_desk": True}, "service_desk"),
        ({"author": make_author("alert-bot", bot=True)}, "bot"),
        ({"moved": True}, "moved"),
        ({"kind": "task"}, "converted"),
        ({"open": False}, "closed"),
        ({}, ""),
    ],
)
async def test_who_gets_no_draft(world: World, changes: dict[str, Any], reason: str) -> None:
    issue = replace(make_issue(), **changes)
    assert reason_to_leave(issue) == reason
    world.tracker.add(make_thread(**changes))
    assert await world.intake.poll() == (0 if reason else 1)


@pytest.mark.parametrize("state", [State.NEW, State.DRAFTING, State.PENDING, State.STUCK, State.UNSENT])
async def test_a_closed_issue_ends_its_review(world: World, state: State) -> None:
    review = await world.review_in(state)
    world.tracker.add(make_thread(open=False))
    await world.intake.poll()
    ended = await world.reload(review)
    assert (ended.state, ended.problem) == (State.OBSOLETE, "closed")
    assert world.jobs[-1].kind is JobKind.POST


@pytest.mark.parametrize("state", [State.SENDING, State.SENT, State.DISMISSED])
async def test_a_closed_issue_leaves_what_is_under_way_or_over(world: World, state: State) -> None:
    review = await world.review_in(state)
    world.tracker.add(make_thread(open=False))
    await world.intake.poll()
    assert (await world.reload(review)).state is state


async def test_an_issue_that_turns_confidential_ends_its_review(world: World) -> None:
    review = await world.review_in(State.PENDING)
    world.tracker.add(make_thread(confidential=True))
    await world.intake.poll()
    assert (await world.reload(review)).problem == "confidential"


async def test_a_new_title_is_shown_without_a_move(world: World) -> None:
    review = await world.review_in(State.PENDING)
    world.tracker.add(make_thread(title="A better title"))
    await world.intake.poll()
    after = await world.reload(review)
    assert (after.issue.title, after.rev) == ("A better title", review.rev)
    assert after.key == make_key()


@pytest.mark.parametrize("changes", [{"open": False}, {"confidential": True}, {"kind": "task"}])
async def test_what_is_reopened_made_public_or_converted_back_begins_anew(
    world: World, changes: dict[str, Any]
) -> None:
    """gitlab 29"""
    review = await world.review_in(State.PENDING)
    world.tracker.add(make_thread(**changes))
    await world.intake.poll()
    world.tracker.add(make_thread())
    await world.intake.poll()
    again = await world.latest(review.key)
    assert (again.round, again.state) == (2, State.NEW)
    await world.intake.poll()
    assert (await world.latest(review.key)).id == again.id


async def test_an_old_issue_that_is_reopened_begins_nothing(world: World) -> None:
    review = await world.review_in(State.PENDING)
    steps: tuple[dict[str, Any], ...] = ({"open": False}, {})
    for changes in steps:
        world.tracker.add(make_thread(**changes), ChangeKind.UPDATED)
        await world.intake.poll()
    assert (await world.latest(review.key)).id == review.id
