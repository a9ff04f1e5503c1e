"""What is forgotten is forgotten in every row, on both databases."""

from __future__ import annotations

from bot.domain.review import Draft, DraftStatus, State
from bot.domain.visibility import is_redacted
from bot.store.database import SqlStore
from tests.factories import NOON, make_issue


async def test_every_round_but_the_one_that_is_being_sent(store: SqlStore) -> None:
    issue = make_issue(title="canary", body="canary")
    async with store.begin() as tx:
        first = await tx.add_review(issue, marker="a", by="test", at=NOON)
        second = await tx.add_review(issue, marker="b", by="test", at=NOON)
        draft = Draft(review_id=first.id, number=1, body="canary", status=DraftStatus.ANSWER, author="x", at=NOON)
        await tx.add_draft(draft)
        for to in (State.DRAFTING, State.PENDING, State.APPROVED, State.SENDING):
            second = await tx.move(second, to, by="test", at=NOON)
        redacted = await tx.redact(issue.key, by="test", at=NOON)
    assert [review.id for review in redacted] == [first.id]
    async with store.read() as tx:
        after, kept = await tx.draft(first.id, 1), await tx.review(second.id)
        assert is_redacted((await tx.review(first.id)).issue)
    assert after is not None
    assert (after.body, after.author) == ("", "x")
    assert kept.issue.title == "canary"
