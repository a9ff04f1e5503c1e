"""What is kept of the trackers' past: a row for every issue that was seen, and the answers that were learned."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.history import Lesson, PastIssue, answer_id, source_of
from bot.domain.issue import IssueKey, Reply
from bot.domain.secrets import mask
from bot.knowledge.history import passages_of
from bot.ports import Learned
from bot.store.database import usable
from bot.store.passages import SqlStock
from bot.store.rows import pack, storable, unpack
from bot.store.shelving import passages
from bot.store.tables import answers, history, lessons, phrasings, replies, reviews

_CANNED = 3
"""The same author's same words on more issues than this are a canned line."""

_BATCH = 400


class SqlArchive:
    """Implements `ports.Archive` on the engine of the store, beside its stock."""

    def __init__(self, engine: AsyncEngine, stock: SqlStock) -> None:
        self._engine = engine
        self._stock = stock

    async def stamps(self, tracker: str, project: str, numbers: Sequence[int]) -> dict[int, str]:
        query = select(history.c.number, history.c.stamp).where(*_in(history, tracker, project, numbers))
        async with self._reading() as conn:
            return {row.number: row.stamp for row in await conn.execute(query)}

    async def sent(self, tracker: str, project: str, numbers: Sequence[int]) -> dict[int, frozenset[str]]:
        query = select(reviews.c.number, replies.c.value).join(replies, replies.c.review_id == reviews.c.id)
        found: dict[int, frozenset[str]] = {}
        async with self._reading() as conn:
            for number, value in await conn.execute(query.where(*_in(reviews, tracker, project, numbers))):
                found[number] = found.get(number, frozenset()) | {unpack(Reply, value).note_id}
        return found

    async def learn(self, batch: Sequence[tuple[PastIssue, str]]) -> Learned:
        """One transaction: what is learned of an issue, and the stamp that says so."""
        sources = [past.source for past, _ in batch]
        async with self._writing() as conn:
            await self._write(conn, batch, sources)
            canned = await canned_in(conn, [past for past, _ in batch])
            fresh = [
                passage
                for past, _ in batch
                for passage in passages_of(
                    past, {a.note for a in past.answers if answer_id(past.key, a.note) in canned}
                )
            ]
            added, unchanged, removed = await self._stock.replace_in(conn, sources, fresh)
            silent = [past.source for past, _ in batch if not past.answers]
            await self._forget_phrasings(conn, silent)
            removed += await self._stock.remove_in(conn, sorted(canned))
        here = sum(answer_id(past.key, answer.note) in canned for past, _ in batch for answer in past.answers)
        return Learned(added=added, unchanged=unchanged, removed=removed, canned=here)

    async def teach(self, lesson: Lesson) -> bool:
        async with self._writing() as conn:
            known = select(lessons.c.review_id).where(lessons.c.review_id == lesson.review_id)
            if (await conn.execute(known)).first() is not None:
                return False
            await conn.execute(insert(lessons).values(review_id=lesson.review_id, at=lesson.at))
            if lesson.past is not None:
                await self._teach(conn, lesson.past)
                await self._rephrase(conn, lesson.past, lesson.cited)
        return True

    async def _teach(self, conn: AsyncConnection, fresh: PastIssue) -> None:
        """Beside what is known of this issue already; without a stamp it is read again by the next import."""
        row = (await conn.execute(select(history).where(history.c.source == fresh.source))).one_or_none()
        known = unpack(PastIssue, row.value).answers if row else ()
        notes = {answer.note for answer in fresh.answers}
        past = fresh.with_answers((*(answer for answer in known if answer.note not in notes), *fresh.answers))
        await self._write(conn, [(past, row.stamp if row else "")], [past.source])
        await self._stock.replace_in(conn, [past.source], passages_of(past))

    async def _rephrase(self, conn: AsyncConnection, past: PastIssue, cited: Sequence[str]) -> None:
        """The title leads to what was cited from now on; a private title leads to nothing that others read."""
        query = select(passages.c.id, passages.c.visibility).where(passages.c.id.in_(cited))
        ids = [row.id for row in await conn.execute(query) if past.readers in {"public", row.visibility}]
        known = select(phrasings.c.passage).where(phrasings.c.source == past.source)
        had = set((await conn.execute(known)).scalars())
        text = storable(mask(past.title))
        fresh = [{"passage": one, "source": past.source, "text": text} for one in ids if one not in had]
        if fresh:
            await conn.execute(insert(phrasings), fresh)
            await self._stock.reword_in(conn, ids)

    async def keys(self, tracker: str) -> AsyncIterator[IssueKey]:
        async with self._reading() as conn:
            query = select(history.c.project, history.c.number).where(history.c.tracker == tracker)
            for project, number in (await conn.execute(query)).all():
                yield IssueKey(tracker=tracker, project=project, number=number)

    async def forget(self, keys: Sequence[IssueKey]) -> int:
        sources = [source_of(key) for key in keys]
        removed = 0
        for start in range(0, len(sources), _BATCH):
            some = sources[start : start + _BATCH]
            async with self._writing() as conn:
                removed += (await self._stock.replace_in(conn, some, []))[2]
                await conn.execute(delete(answers).where(answers.c.source.in_(some)))
                await conn.execute(delete(history).where(history.c.source.in_(some)))
                await self._forget_phrasings(conn, some)
        return removed

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        async with usable(), self._engine.execution_options(reading=True).connect() as conn:
            yield conn

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with usable(), self._engine.begin() as conn:
            yield conn

    async def _write(self, conn: AsyncConnection, batch: Sequence[tuple[PastIssue, str]], sources: list[str]) -> None:
        await conn.execute(delete(answers).where(answers.c.source.in_(sources)))
        await conn.execute(delete(history).where(history.c.source.in_(sources)))
        await conn.execute(insert(history), [_row(past, stamp) for past, stamp in batch])
        said = [row for past, _ in batch for row in _answer_rows(past)]
        if said:
            await conn.execute(insert(answers), said)

    async def _forget_phrasings(self, conn: AsyncConnection, sources: Sequence[str]) -> None:
        """The words of an issue that has gone leave the index of what they led to as well."""
        query = select(phrasings.c.passage).where(phrasings.c.source.in_(sources)).distinct()
        touched = list((await conn.execute(query)).scalars())
        if touched:
            await conn.execute(delete(phrasings).where(phrasings.c.source.in_(sources)))
            await self._stock.reword_in(conn, touched)


async def canned_in(conn: AsyncConnection, issues: Sequence[PastIssue]) -> set[str]:
    """The names of all answers that say what the authors of these have said too often, here and on other issues."""
    said = {(answer.author_id, answer.digest) for past in issues for answer in past.answers if not answer.sent}
    often = (
        select(answers.c.author, answers.c.digest)
        .where(answers.c.digest.in_({mark for _, mark in said}))
        .group_by(answers.c.author, answers.c.digest)
        .having(func.count(answers.c.source.distinct()) > _CANNED)
    )
    found = {(row.author, row.digest) for row in await conn.execute(often)} & said if said else set()
    if not found:
        return set()
    query = select(answers).where(answers.c.digest.in_({mark for _, mark in found}))
    return {row.id for row in await conn.execute(query) if (row.author, row.digest) in found}


def _in(table: Any, tracker: str, project: str, numbers: Sequence[int]) -> tuple[Any, ...]:
    return table.c.tracker == tracker, table.c.project == project, table.c.number.in_(numbers)


def _row(past: PastIssue, stamp: str) -> dict[str, Any]:
    key = past.key
    return {
        "tracker": key.tracker,
        "project": key.project,
        "number": key.number,
        "source": past.source,
        "stamp": stamp,
        "value": pack(past),
    }


def _answer_rows(past: PastIssue) -> list[dict[str, str]]:
    return [
        {
            "id": answer_id(past.key, answer.note),
            "source": past.source,
            "author": answer.author_id,
            "digest": answer.digest,
        }
        for answer in past.answers
    ]
