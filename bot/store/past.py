"""Looking back: reviews of a time with all that was decided about them, and the trail of one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.figures import Case, Event
from bot.domain.receipt import Receipt
from bot.domain.review import Decision, Draft, Review
from bot.store.reviews import review_of
from bot.store.rows import unpack
from bot.store.tables import decisions, drafts, events, receipts, reviews


class PastRows:
    """The part of a transaction that only reads what was."""

    conn: AsyncConnection

    async def cases(self, since: datetime) -> list[Case]:
        late = reviews.c.created_at >= since
        written: dict[int, list[Draft]] = defaultdict(list)
        decided: dict[int, list[Decision]] = defaultdict(list)
        query = select(drafts.c.review_id, drafts.c.value).join(reviews).where(late).order_by(drafts.c.number)
        for review_id, value in await self.conn.execute(query):
            written[review_id].append(unpack(Draft, value))
        query = select(decisions.c.review_id, decisions.c.value).join(reviews).where(late).order_by(decisions.c.id)
        for review_id, value in await self.conn.execute(query):
            decided[review_id].append(unpack(Decision, value))
        query = select(receipts.c.review_id, receipts.c.value).join(reviews).where(late)
        landed = {review_id: unpack(Receipt, value) for review_id, value in await self.conn.execute(query)}
        rows = await self.conn.execute(select(reviews).where(late).order_by(reviews.c.id))
        return [
            Case(
                review=review_of(row),
                drafts=tuple(written[row.id]),
                decisions=tuple(decided[row.id]),
                receipt=landed.get(row.id),
            )
            for row in rows
        ]

    async def reviews_of(self, project: str, number: int) -> list[Review]:
        """By the project's path or id; the database knows only the latter, so the rest is looked through here."""
        rows = await self.conn.execute(select(reviews).where(reviews.c.number == number).order_by(reviews.c.id))
        found = [review_of(row) for row in rows]
        names = project.casefold()
        return [one for one in found if names in {one.key.project.casefold(), one.issue.project_name.casefold()}]

    async def trail(self, review_ids: Sequence[int]) -> list[Event]:
        query = select(events).where(events.c.review_id.in_(review_ids)).order_by(events.c.id)
        return [
            Event(review_id=row.review_id, at=row.at, by=row.by, kind=row.kind, detail=json.loads(row.detail))
            for row in await self.conn.execute(query)
        ]
