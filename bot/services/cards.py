"""A review becomes a card, as it is in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.card import Card
from bot.domain.review import Draft, Review
from bot.domain.secrets import mask
from bot.domain.visibility import redacted_draft, redacted_issue
from bot.ports import Tracker, Transaction


async def card_of(tx: Transaction, review: Review, trackers: Mapping[str, Tracker]) -> Card:
    """The card of a review; secrets in the issue are masked, and what turned confidential says nothing."""
    tracker = trackers.get(review.key.tracker)
    if review.issue.confidential:
        review = replace(review, issue=redacted_issue(review.issue))
    issue = replace(review.issue, title=mask(review.issue.title), body=mask(review.issue.body))
    return Card(
        review=replace(review, issue=issue),
        draft=await _draft(tx, review),
        decision=await tx.last_decision(review.id),
        reply=await tx.reply(review.id),
        receipt=await tx.receipt(review.id),
        no_replies=tracker.no_replies if tracker else f"No tracker called {review.key.tracker} is configured.",
        posts=tuple(await tx.posts(review.id)),
    )


async def _draft(tx: Transaction, review: Review) -> Draft | None:
    draft = await tx.draft(review.id, review.draft) if review.draft else None
    return redacted_draft(draft) if draft is not None and review.issue.confidential else draft


async def cards_of(tx: Transaction, reviews: Sequence[Review], trackers: Mapping[str, Tracker]) -> tuple[Card, ...]:
    """A card each, in the same order."""
    return tuple([await card_of(tx, review, trackers) for review in reviews])
