"""Brings the store's tables up to the code's version; run at every start, and by `gepettto migrate`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.errors import ConfigError
from bot.store.database import address, prepare_file

_FOLDER = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6765707074


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


async def migrate(url: str) -> tuple[str, str]:
    """The revision the store had ("" = empty) and has; ConfigError when it is newer than this code."""
    parsed = address(url)
    if parsed.get_backend_name() == "sqlite":
        prepare_file(parsed)
    return await asyncio.to_thread(_migrate, parsed)


def _migrate(url: URL) -> tuple[str, str]:
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver))
    try:
        with engine.begin() as connection:
            return _upgrade(connection)
    except DBAPIError as error:
        shown = url.render_as_string(hide_password=True)
        first = str(error.orig).splitlines()[0]
        raise ConfigError(f"The store {shown} cannot be used ({first}); check store.url.") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection) -> tuple[str, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head() or ""
    before = MigrationContext.configure(connection).get_current_revision() or ""
    if before and before not in {script.revision for script in scripts.walk_revisions()}:
        raise ConfigError(f"The store has revision {before}, which this version does not know; upgrade the bot.")
    if before != head:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, head
