"""When the threads of reviews are read again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.review import Revisit
from bot.store.tables import revisits


class RevisitRows:
    """The part of a transaction that deals with looks at a thread that nobody asked for."""

    conn: AsyncConnection

    async def revisit(self, review_id: int) -> Revisit | None:
        row = (await self.conn.execute(select(revisits).where(revisits.c.review_id == review_id))).one_or_none()
        return None if row is None else Revisit(**row._mapping)

    async def save_revisit(self, revisit: Revisit) -> None:
        await self.forget_revisit(revisit.review_id)
        await self.conn.execute(insert(revisits).values(asdict(revisit)))

    async def forget_revisit(self, review_id: int) -> None:
        await self.conn.execute(delete(revisits).where(revisits.c.review_id == review_id))

    async def revisits_due(self, now: datetime, limit: int = 20) -> list[Revisit]:
        query = select(revisits).where(revisits.c.due_at <= now).order_by(revisits.c.due_at).limit(limit)
        return [Revisit(**row._mapping) for row in await self.conn.execute(query)]
