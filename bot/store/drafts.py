"""Draft and decision rows: written once, never changed."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.review import Decision, Draft, Verdict
from bot.errors import Overtaken
from bot.store.rows import pack, unpack
from bot.store.tables import decisions, drafts


class DraftRows:
    """The part of a transaction that deals with drafts and what people decided about them."""

    conn: AsyncConnection

    async def add_draft(self, draft: Draft) -> None:
        row = {"review_id": draft.review_id, "number": draft.number, "value": pack(draft)}
        try:
            await self.conn.execute(insert(drafts).values(row))
        except IntegrityError as error:
            raise Overtaken(f"Review {draft.review_id} has a draft {draft.number} already.") from error

    async def draft(self, review_id: int, number: int) -> Draft | None:
        query = select(drafts.c.value).where(drafts.c.review_id == review_id, drafts.c.number == number)
        value = (await self.conn.execute(query)).scalar_one_or_none()
        return None if value is None else unpack(Draft, value)

    async def instructions(self, review_id: int) -> list[str]:
        asked = (decisions.c.review_id == review_id, decisions.c.verdict == Verdict.REGENERATE)
        rows = await self.conn.execute(select(decisions.c.value).where(*asked).order_by(decisions.c.id))
        texts = [unpack(Decision, value).text for (value,) in rows]
        return [text for text in texts if text]

    async def add_decision(self, decision: Decision) -> bool:
        known = select(decisions.c.id).where(decisions.c.gesture == decision.gesture)
        if (await self.conn.execute(known)).first() is not None:
            return False
        row = {
            "gesture": decision.gesture,
            "review_id": decision.review_id,
            "verdict": decision.verdict,
            "value": pack(decision),
        }
        try:
            await self.conn.execute(insert(decisions).values(row))
        except IntegrityError as error:
            raise Overtaken(f"The gesture {decision.gesture} is being handled elsewhere.") from error
        return True

    async def last_decision(self, review_id: int) -> Decision | None:
        query = select(decisions.c.value).where(decisions.c.review_id == review_id)
        value = (await self.conn.execute(query.order_by(decisions.c.id.desc()).limit(1))).scalar_one_or_none()
        return None if value is None else unpack(Decision, value)
