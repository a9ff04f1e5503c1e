"""The append-only trail: triggers refuse every change to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.rows import pack_detail
from bot.store.tables import events


async def append(
    conn: AsyncConnection,
    kind: str,
    *,
    by: str,
    at: datetime,
    review_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write one event."""
    row = {"review_id": review_id, "at": at, "by": by, "kind": kind, "detail": pack_detail(detail)}
    await conn.execute(insert(events).values(row))
