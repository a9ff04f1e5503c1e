"""Puts passages on their shelf and takes them away: the row, its terms in the index, and all counts, together."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.passage import Passage
from bot.knowledge.candidates import indexed_terms
from bot.knowledge.parts import kinds
from bot.knowledge.tokens import sentences, tokens
from bot.store.rows import pack
from bot.store.tables import metadata, phrasings
from bot.store.terms import add_to_index, count, remove_from_index, tallies, terms

_BATCH = 400
_SHAPE = 2
"""Raised when passages are taken apart in another way: those of files are then learned anew.

For the past a migration empties the stamps in `history` besides.
"""

passages = Table(
    "passages",
    metadata,
    Column("row", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False, index=True),
    Column("hash", String(64), nullable=False),
    Column("visibility", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("length", Integer, nullable=False, server_default="0"),
    Column("title_stems", Text, nullable=False),
    Column("body_stems", Text, nullable=False),
    Column("kinds", Text, nullable=False, server_default=""),
    Column("value", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Packed:
    """A passage as it is stored, with a mark that changes when it does."""

    passage: Passage
    value: str
    mark: str


def packed(fresh: Sequence[Passage]) -> dict[str, Packed]:
    """Passages by their ids, ready to be compared with what is stored."""
    values = ((passage, pack(passage)) for passage in fresh)
    return {p.id: Packed(p, value, hashlib.sha256(f"{_SHAPE}{value}".encode()).hexdigest()) for p, value in values}


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A passage taken apart, ready to be written."""

    row: dict[str, Any]
    terms: list[str]


async def add(conn: AsyncConnection, fresh: Sequence[Packed]) -> None:
    """Write passages; taking them apart is long work, so a thread does it."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for some in _batches(fresh):
        asked = await _phrasings(conn, [one.passage.id for one in some])
        prepared = await asyncio.to_thread(_prepare, some, asked)
        statement = insert(passages).returning(passages.c.id, passages.c.row)
        rows = await conn.execute(statement, [one.row for one in prepared])
        numbers = {row.id: row.row for row in rows}
        await add_to_index(conn, [(numbers[one.row["id"]], one.terms) for one in prepared])
        for one in prepared:
            counts.update(one.terms)
            sizes.update(_sizes(one.row["language"], one.row["length"]))
    await count(conn, terms, counts)
    await count(conn, tallies, sizes)


async def remove(conn: AsyncConnection, numbers: Sequence[int]) -> None:
    """Take away the passages in these rows."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for some in _batches(numbers):
        rows = list(await conn.execute(select(passages).where(passages.c.row.in_(some))))
        gone = await asyncio.to_thread(_indexed, rows)
        await remove_from_index(conn, gone)
        await conn.execute(delete(passages).where(passages.c.row.in_(some)))
        for row, (_, held) in zip(rows, gone, strict=True):
            counts.subtract(held)
            sizes.subtract(_sizes(row.language, row.length))
    await count(conn, terms, counts)
    await count(conn, tallies, sizes)


async def stored_rows(conn: AsyncConnection, ids: Sequence[str]) -> list[Any]:
    """The rows of these passages, as far as they are there."""
    found: list[Any] = []
    for some in _batches(ids):
        found += await conn.execute(select(passages).where(passages.c.id.in_(some)))
    return found


async def _phrasings(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, list[str]]:
    """How people asked for these passages, besides their own questions."""
    found: dict[str, list[str]] = {}
    query = select(phrasings).where(phrasings.c.passage.in_(ids)).order_by(phrasings.c.source)
    for row in await conn.execute(query):
        found.setdefault(row.passage, []).append(row.text)
    return found


def _batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    return (list(items[start : start + _BATCH]) for start in range(0, len(items), _BATCH))


def _prepare(fresh: Sequence[Packed], asked: Mapping[str, Sequence[str]]) -> list[_Prepared]:
    return [_prepare_one(one, asked.get(one.passage.id, ())) for one in fresh]


def _prepare_one(one: Packed, asked: Sequence[str]) -> _Prepared:
    passage = one.passage
    title = tokens(passage.title, passage.language)
    body = sentences("\n".join((passage.question, *asked, passage.body)), passage.language)
    stems = [stem for sentence in body for stem in sentence]
    row = {
        "id": passage.id,
        "source": passage.source,
        "hash": one.mark,
        "visibility": passage.visibility,
        "language": passage.language,
        "length": len(title) + len(stems),
        "title_stems": " ".join(title),
        "body_stems": "\n".join(" ".join(sentence) for sentence in body),
        "kinds": " ".join(sorted(kinds(passage.title))),
        "value": one.value,
    }
    return _Prepared(row, list(indexed_terms(title, stems)))


def _indexed(rows: Sequence[Any]) -> list[tuple[int, list[str]]]:
    return [(row.row, list(indexed_terms(row.title_stems.split(), row.body_stems.split()))) for row in rows]


def _sizes(language: str, length: int) -> dict[str, int]:
    return {"passages": 1, "stems": length, f"language:{language}": 1}
