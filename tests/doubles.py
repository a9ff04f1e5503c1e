"""A clock that people move, and an enqueuer that only writes down."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Job
from tests.factories import NOON


class ManualClock:
    """Stands still until somebody advances it; sleepers wake when their time has come."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), future))
        await future

    def advance(self, by: timedelta | float) -> None:
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        for at, future in self._sleepers:
            if at <= self._now and not future.done():
                future.set_result(None)
        self._sleepers = [(at, future) for at, future in self._sleepers if not future.done()]


class RecordedJobs(list[Job]):
    """An enqueuer that only writes down; what is rolled back stays in the list."""

    async def enqueue(self, conn: AsyncConnection, job: Job) -> None:
        assert conn.in_transaction()
        self.append(job)
