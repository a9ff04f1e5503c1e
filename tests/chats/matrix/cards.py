"""Cards for tests of what they look like."""

from __future__ import annotations

from typing import Any

from bot.chats.matrix.card import Look
from bot.domain.card import Card
from bot.domain.passage import Citation, MatchWord
from bot.domain.review import Decision, Draft, DraftStatus, Review, State, Verdict
from tests.factories import NOON, make_issue

SIGNS = {"approve": "✅", "regenerate": "🔁", "edit": "✏️", "dismiss": "🗑️"}


def make_look(**changes: Any) -> Look:
    return Look(**{"language": "en", "prefix": "!gpt", "reactions": SIGNS, **changes})


def make_draft(body: str = "Please restart it.", **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "review_id": 7,
        "number": 1,
        "body": body,
        "text": body,
        "status": DraftStatus.ANSWER,
        "author": "quoting",
        "at": NOON,
        "citations": (Citation(id="a", title="FAQ", url="https://docs.example/faq", word=MatchWord.STRONG),),
    }
    return Draft(**{**values, **changes})


def make_card(state: State = State.PENDING, draft: Draft | None = None, **changes: Any) -> Card:
    issue = make_issue(12, **changes.pop("issue", {}))
    review = Review(
        id=7,
        issue=issue,
        round=1,
        state=state,
        rev=3,
        draft=1,
        marker="marker",
        created_at=NOON,
        updated_at=NOON,
        problem=changes.pop("problem", ""),
    )
    return Card(review=review, draft=draft or make_draft(), **changes)


def make_decision(verdict: Verdict = Verdict.DISMISS, **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "gesture": "g",
        "review_id": 7,
        "draft": 1,
        "verdict": verdict,
        "reviewer": "discord:1",
        "reviewer_name": "Bob",
        "chat": "discord",
        "at": NOON,
    }
    return Decision(**{**values, **changes})
