"""Counts and shares, each by its definition."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.figures import ALL, Case, figures
from bot.domain.review import Decision, Draft, DraftStatus, Review, State, Usage, Verdict
from tests.factories import NOON, make_issue

APPROVE, DISMISS, UNDO, EDIT, AGAIN = (
    Verdict.APPROVE,
    Verdict.DISMISS,
    Verdict.UNDO,
    Verdict.EDIT,
    Verdict.REGENERATE,
)


def make_case(
    *verdicts: Verdict, state: State = State.PENDING, at: datetime = NOON, project: str = "a/b", **draft: Any
) -> Case:
    """Draft 1 at `at`; one decision on draft 1 each minute from then on."""
    review = Review(
        id=1, issue=make_issue(project_name=project), round=1, state=state, rev=1, draft=1, marker="m",
        created_at=at, updated_at=at,
    )  # fmt: skip
    drafts = (Draft(review_id=1, number=1, body="b", status=DraftStatus.ANSWER, author="a", at=at, **draft),)
    decisions = tuple(
        Decision(
            gesture=str(n), review_id=1, draft=1, verdict=verdict, reviewer="x", reviewer_name="X", chat="c",
            at=at + timedelta(minutes=n),
        )
        for n, verdict in enumerate(verdicts, start=1)
    )  # fmt: skip
    return Case(review=review, drafts=drafts, decisions=decisions)


@pytest.mark.parametrize(
    ("verdicts", "approved", "dismissed"),
    [
        ((), 0, 0),
        ((APPROVE,), 1, 0),
        ((DISMISS,), 0, 1),
        ((DISMISS, UNDO), 0, 0),
        ((DISMISS, UNDO, APPROVE), 1, 0),
        ((AGAIN, EDIT), 0, 0),
        ((APPROVE, APPROVE), 1, 0),
    ],
)
def test_the_last_decision_that_was_not_undone_counts(
    verdicts: tuple[Verdict, ...], approved: int, dismissed: int
) -> None:
    row = figures([make_case(*verdicts)])[0]
    assert (row.approved, row.dismissed) == (approved, dismissed)


def test_shares_times_and_cost() -> None:
    cases = [
        make_case(APPROVE, state=State.SENT, usage=Usage(prompt_tokens=100, completion_tokens=20, cost=0.5)),
        make_case(EDIT, APPROVE, state=State.SENT, by_person=True),
        make_case(AGAIN, AGAIN, DISMISS, usage=Usage(prompt_tokens=10)),
        make_case(),
    ]
    row = figures(cases)[0]
    assert (row.begun, row.approved, row.dismissed, row.sent, row.regenerated) == (4, 2, 1, 2, 1)
    assert (row.acceptance, row.edited_share) == (2 / 3, 0.5)
    assert row.decision_seconds == 120
    assert (row.prompt_tokens, row.completion_tokens, row.cost) == (110, 20, 0.5)


def test_nothing_decided_is_no_share() -> None:
    row = figures([make_case()])[0]
    assert (row.acceptance, row.edited_share, row.decision_seconds, row.cost) == (None, None, None, None)


def test_a_row_for_all_then_each_month_and_project() -> None:
    later = NOON + timedelta(days=31)
    rows = figures([make_case(project="b"), make_case(project="a", at=later), make_case(project="a"), make_case()])
    assert [(row.period, row.project, row.begun) for row in rows] == [
        (ALL, ALL, 4),
        ("2026-03", "a", 1),
        ("2026-03", "a/b", 1),
        ("2026-03", "b", 1),
        ("2026-04", "a", 1),
    ]
