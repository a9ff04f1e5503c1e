"""The one exception from "written once, never changed": what must not be kept is taken out of the rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.issue import IssueKey, Reply
from bot.domain.receipt import Receipt
from bot.domain.review import Decision, Draft, Review, State
from bot.domain.visibility import redacted_decision, redacted_draft, redacted_issue, redacted_receipt, redacted_reply
from bot.store.events import append
from bot.store.reviews import review_of
from bot.store.rows import pack, unpack
from bot.store.tables import decisions, drafts, posts, receipts, replies, reviews

_TEXTS: tuple[tuple[Table, type[Any], Callable[[Any], Any]], ...] = (
    (drafts, Draft, redacted_draft),
    (decisions, Decision, redacted_decision),
    (replies, Reply, redacted_reply),
    (receipts, Receipt, redacted_receipt),
)


class RedactingRows:
    """The part of a transaction that forgets."""

    conn: AsyncConnection

    async def redact(self, key: IssueKey, *, by: str, at: datetime) -> list[Review]:
        """Every round but one whose request may be on its way: that one still needs its text."""
        of_issue = (reviews.c.tracker == key.tracker, reviews.c.project == key.project, reviews.c.number == key.number)
        rows = (await self.conn.execute(select(reviews).where(*of_issue, reviews.c.state != State.SENDING))).all()
        return [await self._redact(review_of(row), by, at) for row in rows]

    async def _redact(self, review: Review, by: str, at: datetime) -> Review:
        here = reviews.c.id == review.id
        issue = pack(redacted_issue(review.issue))
        row = (await self.conn.execute(
            update(reviews).where(here).values(issue=issue, posted_rev=0).returning(reviews)
        )).one()  # fmt: skip
        for table, kind, redacted in _TEXTS:
            await self._rewrite(table, kind, redacted, review.id)
        await self.conn.execute(update(posts).where(posts.c.review_id == review.id).values(rev=0))
        await append(self.conn, "redacted", by=by, at=at, review_id=review.id)
        return review_of(row)

    async def _rewrite(self, table: Table, kind: type[Any], redacted: Callable[[Any], Any], review_id: int) -> None:
        keys = list(table.primary_key.columns)
        for row in (await self.conn.execute(select(table).where(table.c.review_id == review_id))).all():
            this = [key == row._mapping[key.name] for key in keys]
            value = pack(redacted(unpack(kind, row.value)))
            await self.conn.execute(update(table).where(*this).values(value=value))
