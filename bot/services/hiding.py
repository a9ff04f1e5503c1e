"""An issue that may not be shown any more: what was shown of it is taken back, what was kept is forgotten."""

from __future__ import annotations

from datetime import datetime

from bot.domain.issue import IssueKey
from bot.ports import Job, JobKind, Transaction


async def hide(tx: Transaction, key: IssueKey, *, by: str, at: datetime) -> None:
    """Every round, and every card of it in every channel."""
    for review in await tx.redact(key, by=by, at=at):
        await tx.enqueue(Job(kind=JobKind.POST, review_id=review.id, rev=review.rev))
