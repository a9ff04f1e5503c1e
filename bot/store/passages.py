"""The searchable stock: an index of terms finds candidates, the scorer ranks them the same on every database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.passage import Match, Passage
from bot.knowledge.candidates import chosen_terms, possible_terms
from bot.knowledge.features import Lens
from bot.knowledge.parts import Entry, make_question
from bot.knowledge.scorer import Scored, rank
from bot.knowledge.tokens import coded
from bot.ports import Query
from bot.store.rows import unpack
from bot.store.shelving import Packed, add, packed, passages, remove, stored_rows
from bot.store.terms import candidate_rows, frequencies, tallies


class SqlStock:
    """Implements `ports.Stock` on the engine of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def size(self) -> int:
        async with self._reading() as conn:
            return (await _tallies(conn))["passages"]

    async def sources(self) -> set[str]:
        """The names of all sources that have passages."""
        async with self._reading() as conn:
            return set((await conn.execute(select(passages.c.source).distinct())).scalars())

    async def search(self, query: Query, limit: int = 5) -> Sequence[Match]:
        scored, values = await self.scored(query)
        return [
            Match(passage=unpack(Passage, values[s.id]), score=s.score, word=s.word, terms=s.terms)
            for s in scored[:limit]
        ]

    async def scored(self, query: Query) -> tuple[list[Scored], dict[str, str]]:
        """All candidates as the scorer sees them, best first, and their stored values by id."""
        async with self._reading() as conn:
            sizes = await _tallies(conn)
            question = make_question(query.title, query.body, query.language or _usual_language(sizes), query.errors)
            known = await frequencies(conn, possible_terms(question))
            wanted = chosen_terms(question, known, sizes["passages"])
            usual = sizes["stems"] / max(1, sizes["passages"])
            rows = await candidate_rows(conn, wanted, query, usual_length=usual)
            entries = [_entry(row) for row in rows]
            stems = {*question.stems, *question.errors, *(stem for entry in entries for stem in entry.title)}
            known |= await frequencies(conn, {coded(stem) for stem in stems} - known.keys())
        lens = Lens(question, {stem: known[coded(stem)] for stem in stems}, sizes["passages"], usual)
        return await asyncio.to_thread(rank, lens, entries), {row.id: row.value for row in rows}

    async def replace_source(self, source: str, fresh: Sequence[Passage]) -> tuple[int, int, int]:
        async with self._engine.begin() as conn:
            return await self.replace_in(conn, [source], fresh)

    async def replace_in(
        self, conn: AsyncConnection, sources: Sequence[str], fresh: Sequence[Passage]
    ) -> tuple[int, int, int]:
        """The same for several sources at once, as part of the caller's transaction."""
        wanted = await asyncio.to_thread(packed, fresh)
        query = select(passages.c.id, passages.c.hash, passages.c.row).where(passages.c.source.in_(sources))
        stored = {row.id: row for row in await conn.execute(query)}
        same = {i for i, one in wanted.items() if i in stored and stored[i].hash == one.mark}
        await remove(conn, [stored[i].row for i in stored if i not in same])
        await add(conn, [wanted[i] for i in wanted if i not in same])
        return len(wanted) - len(same), len(same), len(set(stored) - set(wanted))

    async def remove_in(self, conn: AsyncConnection, ids: Sequence[str]) -> int:
        """Take these passages out; how many there were."""
        rows = await stored_rows(conn, ids)
        await remove(conn, [row.row for row in rows])
        return len(rows)

    async def reword_in(self, conn: AsyncConnection, ids: Sequence[str]) -> None:
        """Index these passages anew, after the other phrasings of their questions have changed."""
        rows = await stored_rows(conn, ids)
        await remove(conn, [row.row for row in rows])
        await add(conn, [Packed(unpack(Passage, row.value), row.value, row.hash) for row in rows])

    def _reading(self) -> Any:
        return self._engine.execution_options(reading=True).connect()


async def _tallies(conn: AsyncConnection) -> Counter[str]:
    return Counter({row.name: row.count for row in await conn.execute(select(tallies))})


def _usual_language(sizes: Counter[str]) -> str:
    counts = {name.partition(":")[2]: many for name, many in sizes.items() if name.startswith("language:")}
    return max(counts, key=lambda language: (counts[language], language), default="")


def _entry(row: Any) -> Entry:
    title, body = row.title_stems.split(), row.body_stems.split()
    parts = [sentence.split() for sentence in row.body_stems.split("\n")]
    return Entry(row.id, title, body, parts, frozenset(row.kinds.split()), row.language)
