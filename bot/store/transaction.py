"""Everything that may happen to the truth, on one connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Job
from bot.store.deliveries import DeliveryRows
from bot.store.drafts import DraftRows
from bot.store.events import append
from bot.store.past import PastRows
from bot.store.posts import PostRows
from bot.store.redacting import RedactingRows
from bot.store.reviews import ReviewRows
from bot.store.revisits import RevisitRows
from bot.store.sending import SendingRows
from bot.store.troubles import TroubleRows

Enqueue = Callable[[AsyncConnection, Job], Awaitable[None]]
"""Puts a job into the engine's own tables, on the connection (and so in the transaction) it is given."""


class SqlTransaction(
    ReviewRows, DraftRows, SendingRows, PostRows, DeliveryRows, RedactingRows, RevisitRows, PastRows, TroubleRows
):
    """Implements `ports.Transaction`."""

    def __init__(self, conn: AsyncConnection, enqueue: Enqueue) -> None:
        self.conn = conn
        self._enqueue = enqueue

    async def enqueue(self, job: Job) -> None:
        await self._enqueue(self.conn, job)

    async def record(
        self, kind: str, *, by: str, at: datetime, review_id: int | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        await append(self.conn, kind, by=by, at=at, review_id=review_id, detail=detail)
