"""The table of moves, not examples of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.domain.review import IN_MOTION, MOVES, VERDICTS, Draft, DraftStatus, Review, State, Verdict
from bot.errors import IllegalMove
from tests.factories import NOON, make_issue, make_note, make_thread

ENDS = {state for state in State if not MOVES[state]}


def reachable(moves: Mapping[State, frozenset[State]], start: State) -> set[State]:
    seen, todo = {start}, [start]
    while todo:
        for state in moves[todo.pop()] - seen:
            seen.add(state)
            todo.append(state)
    return seen


def make_review(state: State) -> Review:
    return Review(
        id=1, issue=make_issue(), round=1, state=state, rev=3, draft=1, marker="m", created_at=NOON, updated_at=NOON
    )


def test_every_state_is_in_the_table() -> None:
    assert set(MOVES) == set(State)


def test_every_state_is_reachable() -> None:
    assert reachable(MOVES, State.NEW) == set(State)


@pytest.mark.parametrize("state", list(State))
def test_every_state_can_end(state: State) -> None:
    assert reachable(MOVES, state) & ENDS


def test_nothing_is_sent_without_a_person() -> None:
    """Without the arrow PENDING -> APPROVED there is no way to SENT."""
    without = {**MOVES, State.PENDING: MOVES[State.PENDING] - {State.APPROVED}}
    assert State.SENT not in reachable(without, State.NEW)
    assert State.SENDING not in reachable(without, State.NEW)


def test_only_a_verdict_leads_to_approved_or_a_failed_attempt() -> None:
    assert {state for state in State if State.APPROVED in MOVES[state]} == {
        State.PENDING,
        State.UNSENT,
        State.SENDING,
    }


@pytest.mark.parametrize("state", list(State))
def test_a_verdict_that_is_offered_has_its_arrow(state: State) -> None:
    arrows = {
        Verdict.APPROVE: State.APPROVED,
        Verdict.EDIT: State.PENDING,
        Verdict.REGENERATE: State.DRAFTING,
        Verdict.DISMISS: State.DISMISSED,
        Verdict.UNDO: State.PENDING,
    }
    offered = VERDICTS.get(state, frozenset())
    assert {arrows[verdict] for verdict in offered} <= MOVES[state]
    assert all(make_review(state).allows(verdict) is (verdict in offered) for verdict in Verdict)


def test_states_in_motion_wait_for_no_person() -> None:
    assert not IN_MOTION & set(VERDICTS)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("to", list(State))
def test_a_move_is_counted_or_refused(state: State, to: State) -> None:
    review = make_review(state)
    if to in MOVES[state]:
        moved = review.moved(to, at=NOON)
        assert (moved.state, moved.rev) == (to, 4)
    else:
        with pytest.raises(IllegalMove, match=f"{state} cannot become {to}"):
            review.moved(to, at=NOON)


def test_a_draft_offered_again_carries_the_new_thread_and_says_so_once() -> None:
    draft = Draft(review_id=1, number=1, body="b", status=DraftStatus.ANSWER, author="a", at=NOON)
    thread = make_thread(notes=(make_note(),))
    again = draft.for_thread(thread, at=NOON).for_thread(thread, at=NOON)
    assert (again.number, again.body, again.fingerprint) == (3, "b", thread.fingerprint())
    assert again.warnings == ("changed",)
    assert again.sha256 == draft.sha256
