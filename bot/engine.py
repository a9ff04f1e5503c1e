"""Runs the short jobs durably: DBOS Transact, all of it behind this file.

Why each peculiar line is there is told in docs/design.md, "The engine".
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.review import State
from bot.errors import BotError, Gone, Overtaken
from bot.log import about_review
from bot.ports import Clock, Job, JobKind
from bot.store.database import SqlStore

log = logging.getLogger(__name__)

Handler = Callable[[int], Awaitable[None]]

# Jobs of another version are never run by this one: they are found again by the sweeper instead.
_VERSION = "1"
_NAME = "gepettto"
# A queue for each kind, so that neither a slow model nor a chat that makes us wait ever holds up a delivery. Each
# costs a query per interval, also when idle: these keep an idle bot under 4 % of a processor
# (tests/benchmarks/system.py).
_QUEUES = {JobKind.DRAFT: (0.4, 8), JobKind.POST: (0.2, 8), JobKind.DELIVER: (0.6, 8), JobKind.REVISIT: (2.0, 2)}
_SETTLING_SECONDS = 0.1
_FOR_STATE = {
    State.NEW: JobKind.DRAFT,
    State.DRAFTING: JobKind.DRAFT,
    State.APPROVED: JobKind.DELIVER,
    State.SENDING: JobKind.DELIVER,
}
_UNFINISHED = ["ENQUEUED", "PENDING"]
_KEEP = timedelta(days=1)
_CLEAN_EVERY = timedelta(hours=1)
_JOB = "gepettto_job"

_running: Engine | None = None


@DBOS.workflow(name=_JOB)
async def _job(kind: str, review_id: int, rev: int) -> None:
    """The one workflow: DBOS knows functions by name, so it finds the engine through the module."""
    if _running is None:
        raise RuntimeError("a job was started without an engine")
    await _running.run(Job(kind=JobKind(kind), review_id=review_id, rev=rev))


class Engine:
    """Hands jobs to their handlers, on the event loop that calls `start`.

    A handler that fails is recorded on its review and comes back through the sweeper: `lease` is how
    long a row may stay in motion before a further job is made for it.
    """

    def __init__(
        self,
        store: SqlStore,
        clock: Clock,
        *,
        lease: timedelta = timedelta(seconds=60),
        sweep_seconds: float = 2.0,
    ) -> None:
        self._store = store
        self._handlers: Mapping[JobKind, Handler] = {}
        self._clock = clock
        self._lease = lease
        self._sweep_seconds = sweep_seconds
        self._client: DBOSClient | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._busy = 0
        self._finished = asyncio.Condition()
        self._stopping = False
        self._cleaned_at: datetime | None = None
        self.swept_at: datetime | None = None
        self.failed = 0
        """When the sweep went well last, and how many tries of jobs failed since the start: for those who watch."""

    async def start(self, handlers: Mapping[JobKind, Handler]) -> asyncio.Task[None]:
        """Launch on this loop, take up what an earlier process left, and sweep from now on.

        The task that sweeps is given back, since a bot whose sweeper died must not go on.

        All that `handlers` need must exist before: jobs of an earlier process begin at once.
        """
        global _running
        if _running is not None:
            raise RuntimeError("one engine runs in this process already")
        _running, self._handlers = self, handlers
        url = self._store.url
        driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
        address = url.set(drivername=driver).render_as_string(hide_password=False)
        logging.getLogger("dbos").setLevel(logging.ERROR)
        self._client = await asyncio.to_thread(self._prepared, address)
        config = DBOSConfig(
            name=_NAME,
            system_database_url=address,
            application_version=_VERSION,
            executor_id="gepettto",
            serializer=DBOSPortableJSONSerializer(),
            log_level="ERROR",
            max_executor_threads=32,
            scheduler_polling_interval_sec=3600.0,
        )
        DBOS(config=config)
        # Not in a thread: DBOS runs coroutines on the loop that launched it.
        DBOS.launch()
        self._store.enqueue = self._enqueue
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="sweeper")
        return self._sweeper

    def _prepared(self, address: str) -> DBOSClient:
        """The queues exist before the launch: DBOS looks for new ones only once a second."""
        DBOS.migrate(system_database_url=address)
        client = DBOSClient(
            system_database_url=address, serializer=DBOSPortableJSONSerializer(), application_name=_NAME
        )
        for kind, (seconds, at_once) in _QUEUES.items():
            client.register_queue(kind.value, worker_concurrency=at_once, polling_interval_sec=seconds)
        return client

    async def stop(self, limit: float = 10.0) -> None:
        """Let running jobs finish for `limit` seconds; what is left is taken up at the next start."""
        global _running
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        with suppress(TimeoutError):
            async with asyncio.timeout(limit), self._finished:
                await self._finished.wait_for(lambda: self._busy == 0)
        await self._destroy()
        _running = None

    async def _destroy(self) -> None:
        """DBOS made its executor the loop's default and shuts it down: it needs a thread from elsewhere."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max_workers=1) as executor:
            await loop.run_in_executor(executor, DBOS.destroy)
            if self._client is not None:
                await loop.run_in_executor(executor, self._client.destroy)
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="bot"))

    async def settled(self) -> None:
        """Return when no job is queued or running and no row is due."""
        while await self._is_unsettled():
            with suppress(TimeoutError):
                async with asyncio.timeout(_SETTLING_SECONDS), self._finished:
                    await self._finished.wait()

    async def _is_unsettled(self) -> bool:
        if self._busy or await DBOS.list_workflows_async(
            status=_UNFINISHED, name=_JOB, limit=1, load_input=False, load_output=False
        ):
            return True
        async with self._store.read() as tx:
            return bool(await tx.due(self._clock.now(), limit=1))

    async def run(self, job: Job) -> None:
        """Carry out one job; whatever happens in it is written to the review it belongs to."""
        if self._stopping:
            await asyncio.Event().wait()  # never finished, so taken up at the next start
        self._busy += 1
        try:
            with about_review(job.review_id):
                await self._attempt(job)
        finally:
            self._busy -= 1
            async with self._finished:
                self._finished.notify_all()

    async def _attempt(self, job: Job) -> None:
        try:
            await self._handlers[job.kind](job.review_id)
        except Overtaken as error:
            log.info("%s was not needed any more: %s", job.kind, error, extra={"action": "job_overtaken"})
        except BotError as error:
            log.warning("%s failed: %s", job.kind, error, extra={"action": "job_failed"})
            await self._record(job, str(error))
        except Exception as error:
            log.exception("%s failed, and should not have", job.kind, extra={"action": "job_failed"})
            await self._record(job, repr(error))

    async def _record(self, job: Job, error: str) -> None:
        self.failed += 1
        detail = {"job": job.kind, "rev": job.rev, "error": error}
        async with self._store.begin() as tx:
            with suppress(Gone):
                await tx.review(job.review_id)
                at = self._clock.now()
                await tx.record("job_failed", by="engine", at=at, review_id=job.review_id, detail=detail)

    async def _enqueue(self, conn: AsyncConnection, job: Job) -> None:
        if self._client is None:
            raise RuntimeError("the engine is not started")
        client = self._client
        options: EnqueueOptions = {
            "workflow_name": _JOB,
            "queue_name": job.kind.value,
            # The last part makes every id new: DBOS would answer a known id with the old result.
            "workflow_id": f"{job.kind}:{job.review_id}:{job.rev}:{uuid.uuid4().hex[:12]}",
            "app_version": _VERSION,
        }
        await conn.run_sync(
            lambda sync: client.enqueue_in_transaction(sync, options, job.kind.value, job.review_id, job.rev)
        )

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await self.sweep()
                await self._clean()
                self.swept_at = self._clock.now()
            except BotError as error:
                log.warning("the sweep failed: %s", error, extra={"action": "sweep_failed"})
            await self._clock.sleep(self._sweep_seconds)

    async def sweep(self) -> None:
        """Make a job for every row in motion that is due, every card behind its review, every thread to read again."""
        now = self._clock.now()
        async with self._store.read() as tx:
            due = await tx.due(now)
            behind = await tx.unposted(now - self._lease / 2)
            revisits = await tx.revisits_due(now)
        for review in due:
            with suppress(Overtaken):
                async with self._store.begin() as tx:
                    await tx.postpone(review, now + self._lease, failures=review.failures, problem=review.problem)
                    await tx.enqueue(Job(kind=_FOR_STATE[review.state], review_id=review.id, rev=review.rev))
        for review in behind:
            async with self._store.begin() as tx:
                await tx.mark_tried(review.id, now)
                await tx.enqueue(Job(kind=JobKind.POST, review_id=review.id, rev=review.rev))

        for revisit in revisits:
            async with self._store.begin() as tx:
                await tx.save_revisit(replace(revisit, due_at=now + self._lease))
                await tx.enqueue(Job(kind=JobKind.REVISIT, review_id=revisit.review_id, rev=0))

    async def _clean(self) -> None:
        """Forget finished jobs: DBOS keeps them for ever."""
        now = self._clock.now()
        if self._cleaned_at is not None and now < self._cleaned_at + _CLEAN_EVERY:
            return
        self._cleaned_at = now
        old = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR"],
            name=_JOB,
            completed_before=(now - _KEEP).isoformat(),
            limit=1000,
            load_input=False,
            load_output=False,
        )
        if old:
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in old])
