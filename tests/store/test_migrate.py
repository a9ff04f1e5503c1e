"""Migrations make exactly the tables that the code works with."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from bot.errors import ConfigError
from bot.store import migrations
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


async def test_what_was_learned_of_the_past_is_learned_anew_by_terms(store_url: str) -> None:
    with connect(store_url) as conn:
        upgrade(conn, "0005")
        conn.execute(
            text(
                "INSERT INTO passages (id, source, hash, visibility, language, title_stems, body_stems, value) "
                "VALUES ('a', 'f', 'h', 'public', 'en', 'restart', 'servic', '{}')"
            )
        )
        conn.execute(
            text(
                "INSERT INTO history (tracker, project, number, source, stamp, value) "
                "VALUES ('gitlab', '7', 1, 'gitlab:7#1', 'seen', '{}')"
            )
        )
        conn.commit()
    await migrate(store_url)
    with connect(store_url) as conn:
        assert conn.execute(text("SELECT count(*) FROM passages")).scalar_one() == 0
        assert conn.execute(text("SELECT stamp FROM history")).scalars().all() == [""]


def upgrade(conn: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    config.attributes["connection"] = conn
    command.upgrade(config, revision)


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
