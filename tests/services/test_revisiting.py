"""What waits for a person stays true, whoever changes the issue. (gitlab 13, 29, 30, 33; field 19)"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.changes import What
from bot.domain.issue import ChangeKind
from bot.domain.review import Review, Revisit, State, Verdict
from bot.errors import Gone, StaleDraft, Temporary
from bot.ports import JobKind
from tests.factories import make_author, make_decide, make_note, make_thread
from tests.world import World


async def told(world: World, **changes: Any) -> None:
    """Somebody changes issue 1, the next poll notices, and the job that it made runs."""
    world.tracker.add(make_thread(**changes), ChangeKind.UPDATED)
    world.jobs.clear()
    await world.intake.poll()
    for job in list(world.jobs):
        if job.kind is JobKind.REVISIT:
            await world.revisiting(job.review_id)


async def revisit_of(world: World, review: Review) -> Revisit | None:
    async with world.store.read() as tx:
        return await tx.revisit(review.id)


async def due(world: World, review: Review) -> datetime:
    revisit = await revisit_of(world, review)
    assert revisit is not None
    return revisit.due_at


CHANGES: list[tuple[dict[str, Any], What]] = [
    ({"title": "Another title"}, What.TITLE),
    ({"body": "Another text."}, What.BODY),
    ({"labels": ("bug",)}, What.LABELS),
    ({"locked": True}, What.LOCKED),
    ({"kind": "incident"}, What.KIND),
    ({"notes": (make_note(body="Try turning it off."),), "note_count": 1}, What.NOTE),
]


@pytest.mark.parametrize("state", [State.PENDING, State.UNSENT, State.APPROVED])
@pytest.mark.parametrize(("changes", "what"), CHANGES)
async def test_a_change_is_told_and_the_card_asks_again(
    world: World, state: State, changes: dict[str, Any], what: What
) -> None:
    """gitlab 13: a note within a minute of another changes only the number of notes."""
    review = await world.review_in(state)
    await told(world, **changes)
    after = await world.reload(review)
    assert (after.state, after.draft, after.problem) == (State.PENDING, 2, "changed")
    draft = await world.draft(after)
    assert [difference.what for difference in draft.differences] == [what]
    assert draft.sha256 == (await world.draft(review)).sha256
    assert world.jobs[-1].kind is JobKind.POST
    with pytest.raises(StaleDraft):
        await world.decide(make_decide(Verdict.APPROVE, draft=1))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"open": False}, "closed"),
        ({"moved": True}, "moved"),
        ({"confidential": True}, "confidential"),
        ({"kind": "task"}, "converted"),
    ],
)
@pytest.mark.parametrize("state", [State.PENDING, State.STUCK, State.UNSENT, State.APPROVED])
async def test_what_cannot_be_answered_any_more_ends(
    world: World, state: State, changes: dict[str, Any], reason: str
) -> None:
    review = await world.review_in(state)
    world.tracker.add(make_thread(**changes))
    await world.revisiting(review.id)
    after = await world.reload(review)
    assert (after.state, after.problem) == (State.OBSOLETE, reason)
    assert await revisit_of(world, review) is None


async def test_our_own_note_and_activity_lines_change_nothing(world: World) -> None:
    """gitlab 9, field 29"""
    review = await world.review_in(State.PENDING)
    ours = make_note(1, author=make_author("gepettto", me=True))
    await told(world, notes=(ours, make_note(2, system=True), make_note(3, internal=True)), note_count=3)
    after = await world.reload(review)
    assert (after.state, after.draft, after.rev) == (State.PENDING, 1, review.rev)


async def test_changes_that_nobody_acted_on_add_up(world: World) -> None:
    """Whoever looks after a night sees all that happened, not only the last of it."""
    review = await world.review_in(State.PENDING)
    await told(world, title="Second title")
    await told(world, title="Third title", labels=("bug",))
    after = await world.reload(review)
    assert after.draft == 3
    title, labels = (await world.draft(after)).differences
    assert (title.before, title.after) == ("How do I restart the service?", "Third title")
    assert labels.after == "bug"


async def test_what_was_decided_on_is_known_and_not_told_again(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await told(world, title="Second title")
    await world.approve(await world.reload(review))
    await told(world, title="Second title", labels=("bug",))
    (difference,) = (await world.draft(await world.reload(review))).differences
    assert difference.what is What.LABELS


async def test_a_person_s_edit_starts_from_what_they_saw(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await told(world, title="Second title")
    await world.decide(make_decide(Verdict.EDIT, draft=2, text="By hand."))
    draft = await world.draft(await world.reload(review))
    assert (draft.number, draft.differences, "changed" in draft.warnings) == (3, (), False)
    await told(world, title="Third title")
    (difference,) = (await world.draft(await world.reload(review))).differences
    assert difference.before == "Second title"


async def test_a_deleted_issue_ends_its_review_after_two_looks(world: World) -> None:
    """gitlab 29, 33: nobody tells of it, so what waits is looked at every hour."""
    review = await world.review_in(State.PENDING)
    assert await due(world, review) == world.clock.now() + timedelta(hours=1)
    world.tracker.fail("thread", Gone("404"), Gone("404"))
    await world.revisiting(review.id)
    assert (await world.reload(review)).state is State.PENDING
    assert await due(world, review) == world.clock.now() + timedelta(seconds=60)
    world.clock.advance(60)
    await world.revisiting(review.id)
    after = await world.reload(review)
    assert (after.state, after.problem) == (State.OBSOLETE, "gone")


async def test_an_issue_that_is_back_waits_on(world: World) -> None:
    review = await world.review_in(State.PENDING)
    world.tracker.fail("thread", Gone("404"))
    await world.revisiting(review.id)
    world.clock.advance(60)
    await world.revisiting(review.id)
    assert (await world.reload(review)).state is State.PENDING
    revisit = await revisit_of(world, review)
    assert revisit is not None
    assert (revisit.missing_since, revisit.due_at) == (None, world.clock.now() + timedelta(hours=1))


async def test_a_tracker_that_is_down_is_asked_again_ever_more_seldom(world: World) -> None:
    """gitlab 35: nothing is decided without having been seen."""
    review = await world.review_in(State.PENDING)
    world.tracker.fail("thread", *[Temporary("down")] * 12)
    waits = []
    for _ in range(12):
        await world.revisiting(review.id)
        waits.append(await due(world, review) - world.clock.now())
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=10)
    assert (await world.reload(review)).state is State.PENDING


@pytest.mark.parametrize("state", [State.NEW, State.DRAFTING, State.SENDING])
async def test_what_a_job_is_about_to_move_is_looked_at_soon(world: World, state: State) -> None:
    review = await world.review_in(state)
    await world.revisiting(review.id)
    assert (await world.reload(review)).state is state
    assert await due(world, review) == world.clock.now() + timedelta(minutes=1)


@pytest.mark.parametrize("state", [State.DISMISSED, State.OBSOLETE])
async def test_what_has_ended_is_left_alone(world: World, state: State) -> None:
    review = await world.review_in(state)
    await world.revisiting(review.id)
    assert await revisit_of(world, review) is None


async def test_what_comes_back_from_dismissed_is_compared_at_once(world: World) -> None:
    """gitlab 31: an undo after a month."""
    review = await world.review_in(State.DISMISSED)
    world.tracker.add(make_thread(title="Another title"), ChangeKind.UPDATED)
    await world.decide(make_decide(Verdict.UNDO))
    assert JobKind.REVISIT in [job.kind for job in world.jobs]
    await world.revisiting(review.id)
    assert (await world.reload(review)).draft == 2


async def test_a_draft_from_before_this_version_asks_again_without_a_difference(world: World) -> None:
    review = await world.review_in(State.PENDING)
    old = replace(await world.draft(review), number=2, seen=None, fingerprint="older")
    async with world.store.begin() as tx:
        await tx.add_draft(old)
        review = await tx.move(review, State.PENDING, by="test", at=world.clock.now(), draft=2)
    await world.revisiting(review.id)
    draft = await world.draft(await world.reload(review))
    assert (draft.number, draft.differences, draft.seen is not None) == (3, (), True)
