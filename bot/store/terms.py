"""Which passage holds which term: the index in each database's own words, and how often each term stands.

SQLite has FTS5, PostgreSQL a GIN index. Both are only asked for the passages of single terms; the sums are
whole numbers, so both name the same candidates in the same order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.knowledge.candidates import MOST
from bot.ports import Query
from bot.store.tables import metadata

terms = Table("terms", metadata, Column("term", Text, primary_key=True), Column("passages", Integer, nullable=False))

tallies = Table(
    "tallies", metadata, Column("name", String(32), primary_key=True), Column("count", BigInteger, nullable=False)
)
"""Sizes that would take a walk over the whole stock: passages, stems, passages of each language."""

_MOST_FOUND = 600
"""Passages whose visibility is looked at. More would cost time, and nothing good is found so far down."""

_BATCH = 2000

_HOLDING = {
    "sqlite": "SELECT rowid AS number, {worth} AS worth FROM passages_index WHERE passages_index MATCH :term{at}",
    "postgresql": "SELECT row AS number, {worth} AS worth FROM passages_index WHERE terms @> ARRAY[:term{at}]",
}
_FOUND = """
SELECT passages.* FROM (
    SELECT number, SUM(worth) AS total FROM ({holding}) AS held
    GROUP BY number ORDER BY total DESC, number LIMIT :found
) AS found JOIN passages ON passages.row = found.number
WHERE passages.visibility IN :visible AND passages.id NOT IN :exclude AND passages.source <> :leave_out
ORDER BY found.total * 1000 / (:usual + passages.length) DESC, passages.row LIMIT :most
"""

_USUAL_LENGTHS = 4
"""How far long passages are held back, which hold much of everything: the more, the less."""

_ADD = {
    "sqlite": text("INSERT INTO passages_index (rowid, terms) VALUES (:number, :terms)"),
    "postgresql": text("INSERT INTO passages_index (row, terms) VALUES (:number, string_to_array(:terms, ' '))"),
}
_REMOVE = {
    "sqlite": text("INSERT INTO passages_index (passages_index, rowid, terms) VALUES ('delete', :number, :terms)"),
    "postgresql": text("DELETE FROM passages_index WHERE row = :number AND :terms <> ''"),
}


async def candidate_rows(
    conn: AsyncConnection,
    wanted: Sequence[tuple[str, int]],
    query: Query,
    *,
    usual_length: float,
) -> list[Any]:
    """The passages that hold most of what is wanted, as far as those who ask may see them."""
    if not wanted:
        return []
    holding = _HOLDING[conn.dialect.name]
    parts = [holding.format(worth=worth, at=at) for at, (_, worth) in enumerate(wanted)]
    lists = (bindparam(name, type_=Text, expanding=True) for name in ("visible", "exclude"))
    statement = text(_FOUND.format(holding=" UNION ALL ".join(parts))).bindparams(*lists)
    quoted = '"{}"' if conn.dialect.name == "sqlite" else "{}"
    values: dict[str, Any] = {f"term{at}": quoted.format(term) for at, (term, _) in enumerate(wanted)}
    values["usual"] = round(_USUAL_LENGTHS * usual_length) + 1
    values |= {"visible": sorted(query.visible), "exclude": sorted(query.exclude), "leave_out": query.leave_out}
    values |= {"found": _MOST_FOUND + len(query.exclude), "most": MOST}
    return list(await conn.execute(statement, values))


async def frequencies(conn: AsyncConnection, wanted: Collection[str]) -> dict[str, int]:
    """In how many passages each of the terms stands."""
    found = dict.fromkeys(wanted, 0)
    names = sorted(found)
    for start in range(0, len(names), _BATCH):
        rows = await conn.execute(select(terms).where(terms.c.term.in_(names[start : start + _BATCH])))
        found |= {row.term: row.passages for row in rows}
    return found


async def add_to_index(conn: AsyncConnection, fresh: Sequence[tuple[int, Sequence[str]]]) -> None:
    await conn.execute(_ADD[conn.dialect.name], _rows(fresh))


async def remove_from_index(conn: AsyncConnection, gone: Sequence[tuple[int, Sequence[str]]]) -> None:
    """SQLite must be told the terms again: it keeps only the way from a term to its passages."""
    await conn.execute(_REMOVE[conn.dialect.name], _rows(gone))


def _rows(passages: Sequence[tuple[int, Sequence[str]]]) -> list[dict[str, Any]]:
    return [{"number": number, "terms": " ".join(held)} for number, held in passages]


async def count(conn: AsyncConnection, table: Table, changes: Mapping[str, int]) -> None:
    """Add to the counts of a table of names; in one order always, so that two writers cannot wait for each other."""
    if not changes:
        return
    name, number = (column.name for column in table.columns)
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    # The driver gets the rows as they are: there are millions of them in a large stock.
    await conn.exec_driver_sql(
        f"INSERT INTO {table.name} ({name}, {number}) VALUES ({mark}, {mark}) "  # noqa: S608  no outside text
        f"ON CONFLICT ({name}) DO UPDATE SET {number} = {table.name}.{number} + excluded.{number}",
        sorted(changes.items()),
    )
