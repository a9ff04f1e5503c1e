"""What a training set is made of, read from the store piece by piece and always in the same order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.history import PREFIX, Edit, PastIssue, answer_id
from bot.domain.issue import Issue, Reply
from bot.domain.passage import Passage
from bot.domain.review import Draft, State
from bot.store.history import canned_in
from bot.store.rows import unpack
from bot.store.shelving import passages
from bot.store.tables import answers, drafts, history, replies, reviews

_BATCH = 400


class SqlMaterial:
    """Implements `ports.Material` on the engine of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def past(self) -> AsyncIterator[PastIssue]:
        last: tuple[str, str, int] = ("", "", 0)
        place = (history.c.tracker, history.c.project, history.c.number)
        while True:
            query = select(history).where(tuple_(*place) > last).order_by(*place).limit(_BATCH)
            async with self._reading() as conn:
                rows = (await conn.execute(query)).all()
                issues = [unpack(PastIssue, row.value) for row in rows]
                canned = await canned_in(conn, issues)
            for past in issues:
                kept = tuple(answer for answer in past.answers if answer_id(past.key, answer.note) not in canned)
                if kept:
                    yield past.with_answers(kept)
            if len(rows) < _BATCH:
                return
            last = (rows[-1].tracker, rows[-1].project, rows[-1].number)

    async def edits(self) -> AsyncIterator[Edit]:
        query = select(reviews.c.id, reviews.c.draft, reviews.c.issue, replies.c.value)
        query = query.join(replies, replies.c.review_id == reviews.c.id).where(reviews.c.state == State.SENT)
        async with self._reading() as conn:
            for row in (await conn.execute(query.order_by(reviews.c.id))).all():
                edit = await self._edit(conn, row)
                if edit is not None:
                    yield edit

    async def texts(self) -> AsyncIterator[Passage]:
        query = select(passages.c.value).where(passages.c.source.not_like(f"{PREFIX}%")).order_by(passages.c.id)
        async with self._reading() as conn:
            for value in (await conn.execute(query)).scalars().all():
                yield unpack(Passage, value)

    def _reading(self) -> Any:
        return self._engine.execution_options(reading=True).connect()

    async def _edit(self, conn: AsyncConnection, row: Any) -> Edit | None:
        """The last draft of a machine and what a person made of it, as long as the reply is known to stand."""
        issue, reply = unpack(Issue, row.issue), unpack(Reply, row.value)
        stands = select(answers.c.id).where(answers.c.id == answer_id(issue.key, reply.note_id))
        if (await conn.execute(stands)).first() is None:
            return None
        query = select(drafts.c.value).where(drafts.c.review_id == row.id, drafts.c.number <= row.draft)
        values = (await conn.execute(query.order_by(drafts.c.number))).scalars()
        *earlier, final = [unpack(Draft, value) for value in values]
        before = next((draft for draft in reversed(earlier) if draft.body and not draft.by_person), None)
        if before is None or not final.by_person:
            return None
        return Edit(
            review_id=row.id,
            title=issue.title,
            body=issue.body,
            before=before.body,
            after=final.body,
            at=reply.at,
            labels=issue.labels,
        )
