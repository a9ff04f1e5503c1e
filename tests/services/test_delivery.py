"""At most one note, exactly the approved bytes, whatever fails in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.changes import What
from bot.domain.review import State
from bot.errors import Gone, InDoubt, Limited, Permanent, Temporary
from tests.factories import make_note, make_thread
from tests.world import GRACE, World


async def test_what_was_shown_is_what_is_sent(world: World) -> None:
    review = await world.approved()
    draft = await world.draft(review)
    await world.deliver(review.id)
    assert [body for _, body in world.tracker.replies] == [draft.body]
    assert (await world.reload(review)).state is State.SENT
    async with world.store.read() as tx:
        reply = await tx.reply(review.id)
    assert reply is not None
    assert reply.note_id == "901"


async def test_a_second_job_for_the_same_review_sends_nothing(world: World) -> None:
    review = await world.approved()
    await world.deliver(review.id)
    await world.deliver(review.id)
    assert len(world.tracker.replies) == 1


@pytest.mark.parametrize("committed", [True, False])
async def test_after_a_doubt_the_marker_decides(world: World, committed: bool) -> None:
    review = await world.approved()
    world.tracker.commits_anyway = committed
    world.tracker.fail("reply", InDoubt("timed out"))
    await world.deliver(review.id)
    assert (await world.reload(review)).state is State.SENDING
    await world.deliver(review.id)  # too early: only waits
    assert world.tracker.asked.count("find_reply") == 0
    await world.deliver_out_of_doubt(review.id)
    assert (await world.reload(review)).state is State.SENT
    assert len(world.tracker.replies) == 1


async def test_a_crash_right_before_the_request_is_recovered(world: World) -> None:
    review = await world.review_in(State.SENDING)
    await world.deliver_out_of_doubt(review.id)
    assert (await world.reload(review)).state is State.SENT
    assert len(world.tracker.replies) == 1


async def test_a_look_up_that_fails_is_repeated_later(world: World) -> None:
    review = await world.review_in(State.SENDING)
    world.clock.advance(GRACE)
    world.tracker.fail("find_reply", Temporary("down"))
    await world.deliver(review.id)
    after = await world.reload(review)
    assert (after.state, after.failures) == (State.SENDING, 1)
    assert after.due_at is not None
    assert world.tracker.replies == []


async def test_a_limit_is_waited_out(world: World) -> None:
    review = await world.approved()
    world.tracker.fail("reply", Limited("slow down", retry_after=40))
    await world.deliver(review.id)
    after = await world.reload(review)
    assert after.state is State.APPROVED
    assert after.due_at == world.clock.now() + timedelta(seconds=40)
    await world.deliver(review.id)
    assert len(world.tracker.replies) == 1


async def test_after_a_failed_attempt_the_marker_is_looked_for_first(world: World) -> None:
    """A note that turned up late must not be joined by a second one."""
    review = await world.approved()
    world.tracker.fail("reply", Temporary("refused"))
    await world.deliver(review.id)
    draft = await world.draft(review)
    thread = world.tracker.threads[review.key]
    world.tracker.add(make_thread(notes=(*thread.notes, make_note(body=draft.body))))
    await world.deliver(review.id)
    assert (await world.reload(review)).state is State.SENT
    assert world.tracker.replies == []


async def test_a_refusal_for_good_keeps_the_draft_and_says_why(world: World) -> None:
    review = await world.approved()
    world.tracker.fail("reply", Permanent("The issue is locked."))
    await world.deliver(review.id)
    after = await world.reload(review)
    assert (after.state, after.problem, after.draft) == (State.UNSENT, "The issue is locked.", 1)


@pytest.mark.parametrize(("changes", "reason"), [({"open": False}, "closed"), ({"confidential": True}, "confidential")])
async def test_an_issue_that_ended_is_not_answered(world: World, changes: dict[str, Any], reason: str) -> None:
    review = await world.approved()
    world.tracker.add(make_thread(**changes))
    await world.deliver(review.id)
    after = await world.reload(review)
    assert (after.state, after.problem) == (State.OBSOLETE, reason)
    assert world.tracker.replies == []


async def test_an_issue_that_is_gone_is_not_answered(world: World) -> None:
    """gitlab 29, 33: one 404 is no proof; the second one, a minute later, is."""
    review = await world.approved()
    world.tracker.fail("thread", Gone("404"), Gone("404"), Gone("404"))
    await world.deliver(review.id)
    waits = await world.reload(review)
    assert (waits.state, waits.due_at) == (State.APPROVED, world.clock.now() + timedelta(seconds=60))
    world.clock.advance(59)
    await world.deliver(review.id)
    assert (await world.reload(review)).state is State.APPROVED
    world.clock.advance(1)
    await world.deliver(review.id)
    assert (await world.reload(review)).problem == "gone"
    assert world.tracker.replies == []


async def test_an_issue_that_is_back_after_one_404_is_answered(world: World) -> None:
    """gitlab 29."""
    review = await world.approved()
    world.tracker.fail("thread", Gone("404"))
    await world.deliver(review.id)
    await world.deliver(review.id)
    assert (await world.reload(review)).state is State.SENT
    async with world.store.read() as tx:
        revisit = await tx.revisit(review.id)
    assert revisit is not None
    assert revisit.missing_since is None


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"title": "Something else entirely"}, What.TITLE),
        ({"body": "Never mind."}, What.BODY),
        ({"labels": ("bug",)}, What.LABELS),
        ({"locked": True}, What.LOCKED),
        ({"kind": "incident"}, What.KIND),
        ({"notes": (make_note(body="Solved it myself, thanks."),)}, What.NOTE),
    ],
)
async def test_a_changed_thread_asks_again_and_then_sends(world: World, changed: dict[str, Any], what: What) -> None:
    """field 19, gitlab 29, 30."""
    review = await world.approved()
    world.tracker.add(make_thread(**changed))
    await world.deliver(review.id)
    after = await world.reload(review)
    assert (after.state, after.draft, after.problem) == (State.PENDING, 2, "changed")
    draft = await world.draft(after)
    assert "changed" in draft.warnings
    assert [difference.what for difference in draft.differences] == [what]
    assert world.tracker.replies == []
    await world.deliver((await world.approve(after)).id)
    assert (await world.reload(review)).state is State.SENT


async def test_an_approval_outlives_a_tracker_that_is_down(world: World) -> None:
    review = await world.approved()
    world.tracker.fail("thread", *[Temporary("down")] * 20)
    for _ in range(20):
        await world.deliver(review.id)
    assert (await world.reload(review)).state is State.APPROVED
    await world.deliver(review.id)
    assert (await world.reload(review)).state is State.SENT


async def test_a_review_that_is_not_approved_is_never_sent(world: World) -> None:
    for state in (State.PENDING, State.DISMISSED, State.OBSOLETE, State.STUCK, State.UNSENT, State.DRAFTING):
        review = await world.review_in(state)
        await world.deliver(review.id)
    assert world.tracker.replies == []


async def test_of_two_jobs_at_once_one_sends(world: World) -> None:
    review = await world.approved()
    await world.both(world.deliver(review.id), world.deliver(review.id))
    assert len(world.tracker.replies) == 1
