"""One database, SQLite or PostgreSQL: addresses, connections, transactions."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import ConfigError, Permanent, Temporary
from bot.ports import Finding, Job
from bot.store.transaction import Enqueue, SqlTransaction

_BUSY_SECONDS = 30.0

# Two arbitrary numbers that name "the one running bot" among PostgreSQL's advisory locks.
_RUNNING_LOCK = (0x6765, 0x7070)


def address(url: str) -> URL:
    """The database that the operator names; ConfigError when it is neither SQLite nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("store.url must look like sqlite:///file.db or postgresql://user@host/name.") from None
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(f"store.url names {parsed.get_backend_name()}; use sqlite:///… or postgresql://….")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ConfigError("store.url must name a file: what is kept in memory is lost with the process.")
    return parsed


def _async_url(url: URL) -> URL:
    return url.set(drivername="sqlite+aiosqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg")


def prepare_file(url: URL) -> None:
    """Create the SQLite file's folder and switch the file to WAL, which stays; DBOS does not do it for us."""
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise ConfigError(
            f"The store {path} cannot be opened ({error}); check store.url and the folder's owner."
        ) from error


def connect(url: URL) -> AsyncEngine:
    """An engine whose transactions begin at once for writing, and never wait for ever."""
    if url.get_backend_name() == "postgresql":
        return create_async_engine(_async_url(url), pool_pre_ping=True, pool_size=5, max_overflow=10)
    # The driver's own transaction control is switched off: it would begin late, and never IMMEDIATE.
    engine = create_async_engine(_async_url(url), connect_args={"timeout": _BUSY_SECONDS, "isolation_level": None})
    event.listen(engine.sync_engine, "connect", _on_connect)
    event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=FULL", f"busy_timeout={int(_BUSY_SECONDS * 1000)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@asynccontextmanager
async def usable() -> AsyncIterator[None]:
    """A store that is down or busy for too long is Temporary."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        first = str(error.orig).splitlines()[0]
        raise Temporary(f"The store cannot be used now ({first}).") from error


async def refuse(conn: AsyncConnection, job: Job) -> None:
    """The enqueuer of a command that runs no engine."""
    raise RuntimeError(f"{job.kind} cannot run here: no engine is started")


class SqlStore:
    """Implements `ports.Store`. `enqueue` is set by the engine when it starts."""

    def __init__(self, url: str, enqueue: Enqueue = refuse) -> None:
        self.url = address(url)
        self.enqueue = enqueue
        if self.url.get_backend_name() == "sqlite":
            prepare_file(self.url)
        self.engine = connect(self.url)
        self._lock: TextIO | AsyncConnection | None = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        async with self._connection() as conn, conn.begin():
            yield SqlTransaction(conn, self.enqueue)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        async with self._connection() as conn:
            await conn.execution_options(reading=True)
            async with conn.begin():
                yield SqlTransaction(conn, self.enqueue)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with usable(), self.engine.connect() as conn:
            yield conn

    async def lock_for_running(self) -> None:
        """Be the only running bot on this store until `close`; ConfigError when another one is."""
        taken = "Another bot runs on this store already; stop it, or give this one its own store.url."
        if self.url.get_backend_name() == "sqlite":
            self._lock = _lock_file(Path(f"{self.url.database}.lock"), taken)
            return
        conn = await (await self.engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
        high, low = _RUNNING_LOCK
        if not (await conn.execute(text(f"SELECT pg_try_advisory_lock({high}, {low})"))).scalar_one():
            await conn.close()
            raise ConfigError(taken)
        self._lock = conn

    async def check(self) -> list[Finding]:
        try:
            async with self.read() as tx:
                total = sum((await tx.counts()).values())
        except (DBAPIError, Temporary, Permanent) as error:
            remedy = "check store.url, and that the database runs; then run `gepettto migrate`"
            return [Finding(item="store", ok=False, detail=str(error).splitlines()[0], remedy=remedy)]
        shown = self.url.render_as_string(hide_password=True)
        return [Finding(item="store", ok=True, detail=f"{shown}, {total} reviews")]

    async def close(self) -> None:
        lock, self._lock = self._lock, None
        if isinstance(lock, AsyncConnection):
            await lock.close()
        elif lock is not None:
            lock.close()
        await self.engine.dispose()


def _lock_file(path: Path, taken: str) -> TextIO:
    """Held as long as the file is open, so a process that is killed lets go of it."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise ConfigError(taken) from None
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock
