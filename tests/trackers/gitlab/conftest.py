"""A fake GitLab, a tracker that talks to it, and a clock both share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pytest

from bot.domain.issue import Change, IssueKey
from bot.settings import GitLabSettings
from bot.trackers.gitlab import Bounds, GitLabTracker
from bot.trackers.gitlab.backend import Renewed
from tests.fake_gitlab import TOKEN, FakeGitLab, Fault, IssueRow, Kind, Project, World
from tests.trackers.clock import StillClock

BOUNDS = Bounds(workers=2, retries=2, jitter=lambda: 0.0)


@dataclass
class Scene:
    """Everything a test needs."""

    clock: StillClock
    gitlab: FakeGitLab
    project: Project
    opened: list[GitLabTracker] = field(default_factory=list)

    @cached_property
    def tracker(self) -> GitLabTracker:
        """Watches `project`."""
        return self.another()

    @property
    def world(self) -> World:
        return self.gitlab.world

    def issue(self, title: str = "It fails", seconds: float = 1, **fields: Any) -> IssueRow:
        """A new issue, `seconds` later than now."""
        self.clock.advance(seconds)
        return self.world.add_issue(self.project, title, **fields)

    def key(self, issue: IssueRow) -> IssueKey:
        return IssueKey(tracker="gitlab", project=str(issue.project.id), number=issue.iid)

    def fault(self, kind: Kind, route: str = "", method: str = "GET", **fields: Any) -> Fault:
        return self.gitlab.fault(Fault(kind=kind, route=route, method=method, **fields))

    def another(
        self, *, token: str = TOKEN, bounds: Bounds = BOUNDS, renewed: Renewed | None = None, **settings: object
    ) -> GitLabTracker:
        """A tracker with other settings; closed at the end of the test."""
        values = {"url": self.gitlab.url, "projects": [self.project.id], "timeout": 10.0, **settings}
        tracker = GitLabTracker(
            GitLabSettings.model_validate(values), token, self.clock, bounds=bounds, renewed=renewed
        )
        self.opened.append(tracker)
        return tracker

    async def look(
        self, cursor: str | None, backfill: int = 0, tracker: GitLabTracker | None = None
    ) -> tuple[list[Change], str]:
        changes: list[Change] = []
        async for page in (tracker or self.tracker).changes(cursor, backfill=backfill):
            changes += page.changes
            cursor = page.cursor
        assert cursor is not None
        return changes, cursor

    async def begin(self, tracker: GitLabTracker | None = None) -> str:
        """A cursor that begins now."""
        return (await self.look(None, tracker=tracker))[1]

    def small_pages(self, size: int) -> GitLabTracker:
        return self.another(bounds=replace(BOUNDS, page_size=size))


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    clock = StillClock()
    async with FakeGitLab(World(now=clock.now)) as gitlab:
        project = gitlab.world.add_project("team/app")
        scene = Scene(clock=clock, gitlab=gitlab, project=project)
        yield scene
        for fault in gitlab.faults:
            fault.gate.set()
        for tracker in scene.opened:
            await tracker.close()
        assert gitlab.problems == [], "requests that GitLab's own document does not allow"
        assert gitlab.world.executed == []


def titles(changes: list[Change]) -> list[str]:
    return [change.issue.title for change in changes]
