"""Attempts, replies and how they landed: the trace of every request that may have reached the tracker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.issue import Reply
from bot.domain.receipt import Receipt
from bot.domain.review import Attempt
from bot.errors import Overtaken
from bot.store.rows import pack, unpack
from bot.store.tables import attempts, receipts, replies


class SendingRows:
    """The part of a transaction that deals with delivery."""

    conn: AsyncConnection

    async def attempt(self, review_id: int) -> Attempt | None:
        query = select(attempts).where(attempts.c.review_id == review_id).order_by(attempts.c.number.desc()).limit(1)
        row = (await self.conn.execute(query)).one_or_none()
        return None if row is None else Attempt(review_id=row.review_id, number=row.number, at=row.at)

    async def claim_attempt(self, review_id: int, *, number: int, at: datetime) -> Attempt:
        row = {"review_id": review_id, "number": number, "at": at}
        try:
            await self.conn.execute(insert(attempts).values(row))
        except IntegrityError as error:
            raise Overtaken(f"Attempt {number} to send review {review_id} belongs to somebody else.") from error
        return Attempt(review_id=review_id, number=number, at=at)

    async def add_reply(self, review_id: int, reply: Reply) -> None:
        await self.conn.execute(insert(replies).values(review_id=review_id, value=pack(reply)))

    async def reply(self, review_id: int) -> Reply | None:
        query = select(replies.c.value).where(replies.c.review_id == review_id)
        value = (await self.conn.execute(query)).scalar_one_or_none()
        return None if value is None else unpack(Reply, value)

    async def receipt(self, review_id: int) -> Receipt | None:
        query = select(receipts.c.value).where(receipts.c.review_id == review_id)
        value = (await self.conn.execute(query)).scalar_one_or_none()
        return None if value is None else unpack(Receipt, value)

    async def save_receipt(self, review_id: int, receipt: Receipt) -> None:
        await self.conn.execute(delete(receipts).where(receipts.c.review_id == review_id))
        await self.conn.execute(insert(receipts).values(review_id=review_id, value=pack(receipt)))
