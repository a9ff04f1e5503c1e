"""A card offers what makes sense, and nothing else."""

from __future__ import annotations

import pytest

from bot.domain.card import Card
from bot.domain.review import Draft, DraftStatus, State, Verdict
from tests.domain.test_review import make_review
from tests.factories import NOON

DRAFT = Draft(review_id=1, number=1, body="Text.", status=DraftStatus.ANSWER, author="a", at=NOON)
EMPTY = Draft(review_id=1, number=1, body="", status=DraftStatus.INSUFFICIENT, author="a", at=NOON)


@pytest.mark.parametrize(
    ("draft", "no_replies", "offered"),
    [(DRAFT, "", True), (EMPTY, "", False), (None, "", False), (DRAFT, "No.", False)],
)
def test_approve_is_offered_only_where_something_can_be_sent(
    draft: Draft | None, no_replies: str, offered: bool
) -> None:
    card = Card(review=make_review(State.PENDING), draft=draft, no_replies=no_replies)
    assert (Verdict.APPROVE in card.verdicts) is offered
    assert Verdict.EDIT in card.verdicts


@pytest.mark.parametrize("state", [State.SENT, State.OBSOLETE, State.APPROVED, State.SENDING])
def test_what_is_over_or_under_way_offers_nothing(state: State) -> None:
    card = Card(review=make_review(state), draft=DRAFT)
    assert (card.verdicts, card.state, card.issue.title) == (frozenset(), state, "How do I restart the service?")
