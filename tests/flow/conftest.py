"""Delivery against a GitLab that misbehaves: real store, services and tracker, a fake server over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.issue import IssueKey
from bot.domain.review import IN_MOTION, Review
from bot.settings import GitLabSettings
from bot.store.database import SqlStore
from bot.trackers.gitlab import Bounds, GitLabTracker
from tests.doubles import ManualClock, RecordedJobs
from tests.fake_gitlab import FakeGitLab, Fault, IssueRow, Kind, Project
from tests.fake_gitlab import World as GitLabWorld
from tests.fake_gitlab.server import TOKEN
from tests.world import World

REQUEST = 1.0
"""Seconds that one request may take, on the real clock."""


class JumpingClock(ManualClock):
    """Waiting inside an adapter takes no time: it moves the clock."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


@dataclass
class Fire:
    """One project of a fake GitLab, and the services that answer its issues."""

    gitlab: FakeGitLab
    project: Project
    tracker: GitLabTracker
    world: World
    clock: JumpingClock

    def fault(self, kind: Kind, route: str = "/notes", method: str = "POST", **fields: Any) -> Fault:
        return self.gitlab.fault(Fault(kind=kind, route=route, method=method, **fields))

    async def approved(self, **fields: Any) -> tuple[Review, IssueRow]:
        """An issue whose drafted reply stands on a card, and was approved."""
        row = self.gitlab.world.add_issue(self.project, **fields)
        key = IssueKey(tracker="gitlab", project=str(self.project.id), number=row.iid)
        thread = await self.tracker.thread(key)
        async with self.world.store.begin() as tx:
            review = await tx.add_review(thread.issue, marker=f"marker-{row.iid}", by="test", at=self.clock.now())
        await self.world.drafting(review.id)
        await self.world.posting(review.id)
        return await self.world.approve(await self.world.reload(review)), row

    async def run(self, seconds: float = 3600) -> None:
        """What the engine does for so long: every delivery that is enqueued or due, in its time."""
        end = self.clock.now() + timedelta(seconds=seconds)
        while True:
            await self._deliver_all()
            due = await self._next()
            if due is None or due > end:
                self.clock.advance(end - self.clock.now())
                return
            self.clock.advance(max(due - self.clock.now(), timedelta()))

    async def _deliver_all(self) -> None:
        wanted = [job.review_id for job in self.world.jobs if job.kind == "deliver"]
        self.world.jobs.clear()
        async with self.world.store.read() as tx:
            wanted += [review.id for review in await tx.due(self.clock.now())]
        for review_id in dict.fromkeys(wanted):
            await self.world.deliver(review_id)

    async def _next(self) -> datetime | None:
        if any(job.kind == "deliver" for job in self.world.jobs):
            return self.clock.now()
        async with self.world.store.read() as tx:
            rows = await tx.due(self.clock.now() + timedelta(days=2))
        return min((row.due_at for row in rows if row.due_at and row.state in IN_MOTION), default=None)

    def order(self) -> list[int]:
        """The issues in the order in which their notes were posted."""
        notes = [(note.id, issue.iid) for issue in self.gitlab.world.issues for note in issue.notes]
        return [number for _, number in sorted(notes)]


@pytest.fixture
async def fire(sqlite_store: SqlStore, jobs: RecordedJobs) -> AsyncIterator[Fire]:
    clock = JumpingClock()
    async with FakeGitLab(GitLabWorld(now=clock.now)) as gitlab:
        project = gitlab.world.add_project("team/app")
        settings = GitLabSettings(url=gitlab.url, projects=[project.id], timeout=REQUEST)
        bounds = Bounds(workers=2, retries=1, jitter=lambda: 0.0)
        tracker = GitLabTracker(settings, TOKEN, clock, bounds=bounds)
        world = World(sqlite_store, clock, jobs)
        world.trackers["gitlab"] = tracker
        yield Fire(gitlab=gitlab, project=project, tracker=tracker, world=world, clock=clock)
        for fault in gitlab.faults:
            fault.gate.set()
        await tracker.close()
        assert gitlab.problems == []
        assert gitlab.world.executed == []
