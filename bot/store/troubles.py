"""What does not work at present."""

from __future__ import annotations

from dataclasses import asdict, replace

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.trouble import Trouble
from bot.store.rows import storable
from bot.store.tables import troubles


class TroubleRows:
    """The part of a transaction that deals with what people must be told of."""

    conn: AsyncConnection

    async def troubles(self) -> list[Trouble]:
        rows = await self.conn.execute(select(troubles).order_by(troubles.c.since))
        return [Trouble(**row._mapping) for row in rows]

    async def save_trouble(self, trouble: Trouble) -> None:
        await self.forget_trouble(trouble.name)
        row = asdict(replace(trouble, sentence=storable(trouble.sentence)))
        await self.conn.execute(insert(troubles).values(row))

    async def forget_trouble(self, name: str) -> None:
        await self.conn.execute(delete(troubles).where(troubles.c.name == name))
