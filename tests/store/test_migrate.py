"""Migrations make exactly the tables that the code works with."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from bot.errors import ConfigError
from bot.store.migrate import migrate
from bot.store.tables import metadata


def connect(url: str) -> Connection:
    parsed = make_url(url)
    driver = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return create_engine(parsed.set(drivername=driver), poolclass=NullPool).connect()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Not the engine's tables, nor the full-text indexes, which are written in each database's own words."""
    if kind == "table":
        return name in {table.name for table in metadata.sorted_tables}
    return name != "passages_index"


async def test_the_migrations_make_the_tables_of_the_code(store_url: str) -> None:
    before, after = await migrate(store_url)
    assert (before, after != "") == ("", True)
    assert await migrate(store_url) == (after, after)
    with connect(store_url) as conn:
        context = MigrationContext.configure(conn, opts={"include_name": _is_ours})
        assert compare_metadata(context, metadata) == []


async def test_a_store_of_a_later_version_is_left_alone(store_url: str) -> None:
    await migrate(store_url)
    with connect(store_url) as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        conn.commit()
    with pytest.raises(ConfigError, match="revision 9999, which this version does not know"):
        await migrate(store_url)


async def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"cannot be used .*check store\.url"):
        await migrate("postgresql://nobody@127.0.0.1:1/none")
