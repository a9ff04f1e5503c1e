"""What webhooks delivered, until the issues were looked at, and a while longer to know it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.hook import HookDelivery
from bot.domain.issue import IssueKey
from bot.ports import Called
from bot.store.tables import deliveries

_OPEN = deliveries.c.done_at.is_(None)


class DeliveryRows:
    """The part of a transaction that deals with deliveries."""

    conn: AsyncConnection

    async def add_deliveries(self, found: Sequence[HookDelivery]) -> frozenset[str]:
        make = sqlite.insert if self.conn.dialect.name == "sqlite" else postgresql.insert
        statement = make(deliveries).on_conflict_do_nothing(index_elements=["key"]).returning(deliveries.c.key)
        return frozenset(await self.conn.scalars(statement, [_row(one) for one in found]))

    async def last_delivery(self) -> int:
        return (await self.conn.scalar(select(func.max(deliveries.c.id)))) or 0

    async def called(self, tracker: str, limit: int) -> list[Called]:
        which = (deliveries.c.project, deliveries.c.number)
        query = (
            select(*which, func.max(deliveries.c.id), func.max(deliveries.c.received_at))
            .where(_OPEN, deliveries.c.tracker == tracker)
            .group_by(*which)
            .order_by(func.min(deliveries.c.id))
            .limit(limit)
        )
        return [
            Called(issue=IssueKey(tracker=tracker, project=project, number=number), last=last, at=at)
            for project, number, last, at in await self.conn.execute(query)
        ]

    async def finish_deliveries(self, up_to: int, at: datetime, issue: IssueKey | None = None) -> None:
        where = [_OPEN, deliveries.c.id <= up_to]
        if issue is not None:
            where += [
                deliveries.c.tracker == issue.tracker,
                deliveries.c.project == issue.project,
                deliveries.c.number == issue.number,
            ]
        await self.conn.execute(update(deliveries).where(*where).values(done_at=at))

    async def forget_deliveries(self, before: datetime) -> None:
        await self.conn.execute(delete(deliveries).where(deliveries.c.received_at < before))


def _row(one: HookDelivery) -> dict[str, object]:
    return {
        "key": one.key,
        "received_at": one.received_at,
        "tracker": one.issue.tracker,
        "project": one.issue.project,
        "number": one.issue.number,
    }
