"""The searchable stock: stems in FTS5 or a GIN index find candidates, the scorer ranks them the same on both."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.passage import Match, Passage
from bot.knowledge.scorer import Entry, Scored, make_question, rank
from bot.knowledge.tokens import tokens, trigrams
from bot.ports import Query
from bot.store.rows import pack, unpack
from bot.store.tables import metadata, phrasings

_CANDIDATES = 50
_RAREST = 32
_BATCH = 400

passages = Table(
    "passages",
    metadata,
    Column("row", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False, index=True),
    Column("hash", String(64), nullable=False),
    Column("visibility", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("title_stems", Text, nullable=False),
    Column("body_stems", Text, nullable=False),
    Column("value", Text, nullable=False),
)

stems = Table("stems", metadata, Column("stem", Text, primary_key=True), Column("passages", Integer, nullable=False))

_GROW = update(stems).where(stems.c.stem == bindparam("known")).values(passages=stems.c.passages + bindparam("more"))

_SQLITE_CANDIDATES = text(
    "SELECT rowid FROM passages_index WHERE passages_index MATCH :wanted "
    "ORDER BY bm25(passages_index, 4.0, 1.0) LIMIT :most"
)
_VECTOR = (
    "(setweight(array_to_tsvector(string_to_array(title_stems, ' ')), 'A') || "
    "array_to_tsvector(string_to_array(body_stems, ' ')))"
)
_POSTGRES_CANDIDATES = text(
    f"SELECT row FROM passages WHERE {_VECTOR} @@ CAST(:wanted AS tsquery) "  # noqa: S608  no outside text
    f"ORDER BY ts_rank({_VECTOR}, CAST(:wanted AS tsquery)) DESC, row LIMIT :most"
)


class SqlStock:
    """Implements `ports.Stock` on the engine of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def size(self) -> int:
        async with self._reading() as conn:
            return int((await conn.execute(select(func.count()).select_from(passages))).scalar_one())

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
            language = query.language or await self._usual_language(conn)
            question = make_question(query.title, query.body, language)
            total = int((await conn.execute(select(func.count()).select_from(passages))).scalar_one())
            known = await self._frequencies(conn, question.stems)
            if not known:
                return [], {}
            rows = await self._candidates(conn, sorted(known, key=lambda stem: (known[stem], stem))[:_RAREST])
            rows = [row for row in rows if row.visibility in query.visible and row.id not in query.exclude]
            usual = await self._usual_length(conn)
            entries = [_entry(row) for row in rows]
            every = {stem for entry in entries for stem in entry.title} | set(question.stems)
            frequencies = await self._frequencies(conn, every)

        def idf(stem: str) -> float:
            return math.log(1 + (total - frequencies.get(stem, 0) + 0.5) / (frequencies.get(stem, 0) + 0.5))

        return rank(question, entries, idf, usual), {row.id: row.value for row in rows}

    async def replace_source(self, source: str, fresh: Sequence[Passage]) -> tuple[int, int, int]:
        async with self._engine.begin() as conn:
            return await self.replace_in(conn, [source], fresh)

    async def replace_in(
        self, conn: AsyncConnection, sources: Sequence[str], fresh: Sequence[Passage]
    ) -> tuple[int, int, int]:
        """The same for several sources at once, as part of the caller's transaction."""
        wanted = {passage.id: (passage, pack(passage)) for passage in fresh}
        query = select(passages.c.id, passages.c.hash, passages.c.row).where(passages.c.source.in_(sources))
        stored = {row.id: row for row in await conn.execute(query)}
        same = {i for i, (_, value) in wanted.items() if i in stored and stored[i].hash == _hash(value)}
        await self._remove(conn, [stored[i].row for i in stored if i not in same])
        await self._add(conn, [wanted[i] for i in wanted if i not in same])
        return len(wanted) - len(same), len(same), len(set(stored) - set(wanted))

    async def remove_in(self, conn: AsyncConnection, ids: Sequence[str]) -> int:
        """Take these passages out; how many there were."""
        rows = [row for some in _batches(ids) for row in await self._rows(conn, some)]
        await self._remove(conn, [row.row for row in rows])
        return len(rows)

    async def reword_in(self, conn: AsyncConnection, ids: Sequence[str]) -> None:
        """Index these passages anew, after the other phrasings of their questions have changed."""
        rows = [row for some in _batches(ids) for row in await self._rows(conn, some)]
        await self._remove(conn, [row.row for row in rows])
        await self._add(conn, [(unpack(Passage, row.value), row.value) for row in rows])

    async def _rows(self, conn: AsyncConnection, ids: Sequence[str]) -> Sequence[Any]:
        return (await conn.execute(select(passages).where(passages.c.id.in_(ids)))).all()

    def _reading(self) -> Any:
        return self._engine.execution_options(reading=True).connect()

    async def _usual_language(self, conn: AsyncConnection) -> str:
        query = select(passages.c.language).group_by(passages.c.language).order_by(func.count().desc()).limit(1)
        return (await conn.execute(query)).scalar_one_or_none() or ""

    async def _usual_length(self, conn: AsyncConnection) -> float:
        query = select(func.avg(func.length(passages.c.title_stems) + func.length(passages.c.body_stems)))
        return float((await conn.execute(query)).scalar_one() or 1) / 6.0  # a stem and its space

    async def _frequencies(self, conn: AsyncConnection, wanted: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for some in _batches(sorted(set(wanted))):
            rows = await conn.execute(select(stems).where(stems.c.stem.in_(some), stems.c.passages > 0))
            found |= {row.stem: row.passages for row in rows}
        return found

    async def _candidates(self, conn: AsyncConnection, rarest: Sequence[str]) -> list[Any]:
        quoted = [stem.replace('"', "").replace("'", "") for stem in rarest]
        if conn.dialect.name == "sqlite":
            wanted, statement = " OR ".join(f'"{stem}"' for stem in quoted), _SQLITE_CANDIDATES
        else:
            wanted, statement = " | ".join(f"'{stem}'" for stem in quoted), _POSTGRES_CANDIDATES
        numbers = list((await conn.execute(statement, {"wanted": wanted, "most": _CANDIDATES})).scalars())
        rows = {row.row: row for row in await conn.execute(select(passages).where(passages.c.row.in_(numbers)))}
        return [rows[number] for number in numbers]

    async def _add(self, conn: AsyncConnection, fresh: Sequence[tuple[Passage, str]]) -> None:
        asked = await self._phrasings(conn, [passage.id for passage, _ in fresh])
        rows = [_row(passage, value, asked.get(passage.id, ())) for passage, value in fresh]
        counts: Counter[str] = Counter()
        for some in _batches(rows):
            added = insert(passages).returning(passages.c.row, passages.c.id)
            numbers = {row.id: row.row for row in await conn.execute(added, some)}
            if conn.dialect.name == "sqlite":
                indexed = [
                    {"number": numbers[row["id"]], "title": row["title_stems"], "body": row["body_stems"]}
                    for row in some
                ]
                statement = "INSERT INTO passages_index (rowid, title, body) VALUES (:number, :title, :body)"
                await conn.execute(text(statement), indexed)
            for row in some:
                counts.update({*row["title_stems"].split(), *row["body_stems"].split()})
        await self._count(conn, counts)

    async def _phrasings(self, conn: AsyncConnection, ids: Sequence[str]) -> dict[str, list[str]]:
        """How people asked for these passages, besides their own questions."""
        found: dict[str, list[str]] = {}
        for some in _batches(ids):
            query = select(phrasings).where(phrasings.c.passage.in_(some)).order_by(phrasings.c.source)
            for row in await conn.execute(query):
                found.setdefault(row.passage, []).append(row.text)
        return found

    async def _remove(self, conn: AsyncConnection, numbers: Sequence[int]) -> None:
        counts: Counter[str] = Counter()
        for some in _batches(numbers):
            for row in await conn.execute(select(passages).where(passages.c.row.in_(some))):
                counts.subtract({*row.title_stems.split(), *row.body_stems.split()})
            await conn.execute(delete(passages).where(passages.c.row.in_(some)))
            if conn.dialect.name == "sqlite":
                gone = [{"number": number} for number in some]
                await conn.execute(text("DELETE FROM passages_index WHERE rowid = :number"), gone)
        await self._count(conn, counts)

    async def _count(self, conn: AsyncConnection, changes: Mapping[str, int]) -> None:
        for some in _batches(sorted(changes)):
            known = set((await conn.execute(select(stems.c.stem).where(stems.c.stem.in_(some)))).scalars())
            fresh = [{"stem": stem, "passages": changes[stem]} for stem in some if stem not in known]
            if fresh:
                await conn.execute(insert(stems), fresh)
            grown = [{"known": stem, "more": changes[stem]} for stem in sorted(known) if changes[stem]]
            if grown:
                await conn.execute(_GROW, grown)


def _batches(items: Sequence[Any]) -> Iterable[list[Any]]:
    return (list(items[start : start + _BATCH]) for start in range(0, len(items), _BATCH))


def _row(passage: Passage, value: str, asked: Sequence[str]) -> dict[str, Any]:
    questions = "\n".join((passage.question, *asked))
    return {
        "id": passage.id,
        "source": passage.source,
        "hash": _hash(value),
        "visibility": passage.visibility,
        "language": passage.language,
        "title_stems": " ".join(tokens(passage.title, passage.language)),
        "body_stems": " ".join(tokens(f"{questions}\n{passage.body}", passage.language)),
        "value": value,
    }


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _entry(row: Any) -> Entry:
    title, body = Counter(row.title_stems.split()), Counter(row.body_stems.split())
    passage = unpack(Passage, row.value)
    return Entry(
        row.id,
        title,
        body,
        trigrams(passage.title),
        trigrams(passage.body[:600]),
        title.total() + body.total(),
        row.language,
    )
