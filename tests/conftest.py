"""Shared by all tests: a clock that people move, both databases, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from bot.store.database import SqlStore
from bot.store.migrate import migrate
from tests.doubles import ManualClock, RecordedJobs
from tests.postgres import start_postgres
from tests.world import World

SHARED = Path(__file__).parent.parent.parent / "shared"
IN_CI = bool(os.environ.get("CI"))

pytest_plugins = ["tests.synapse.fixtures", "tests.judge.fixtures"]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test reached for {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def jobs() -> RecordedJobs:
    return RecordedJobs()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a real server; skips where there is none, fails in CI."""
    configured = os.environ.get("GEPETTTO_TEST_POSTGRES")
    if configured:
        yield configured
        return
    with start_postgres() as url:
        if url is None:
            message = "no PostgreSQL server on this machine"
            if IN_CI:
                pytest.fail(message)
            pytest.skip(message)
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin = create_engine(make_url(postgres_server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def store(store_url: str, jobs: RecordedJobs) -> AsyncIterator[SqlStore]:
    """A store on each database, with an enqueuer that writes down."""
    await migrate(store_url)
    opened = SqlStore(store_url, jobs.enqueue)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(sqlite_url: str, jobs: RecordedJobs) -> AsyncIterator[SqlStore]:
    await migrate(sqlite_url)
    opened = SqlStore(sqlite_url, jobs.enqueue)
    yield opened
    await opened.close()


@pytest.fixture
def world(sqlite_store: SqlStore, clock: ManualClock, jobs: RecordedJobs) -> World:
    """The services with fakes outside, on SQLite."""
    return World(sqlite_store, clock, jobs)
