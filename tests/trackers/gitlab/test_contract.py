"""GitLab keeps the contract of trackers, against real HTTP."""

from __future__ import annotations

import pytest

from bot.domain.issue import IssueKey
from tests.fake_gitlab import IssueRow
from tests.trackers.contract import CallerContract, TrackerContract, TrackerWorld
from tests.trackers.gitlab.conftest import Scene


class GitLabWorld(TrackerWorld):
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.tracker = scene.tracker

    def add(self, title: str, body: str) -> None:
        self._scene.issue(title, description=body)

    def change(self, title: str, body: str) -> None:
        self._scene.clock.advance(1)
        self._scene.world.edit(self._named(title), description=body)

    def end(self, title: str) -> None:
        self._scene.clock.advance(1)
        self._scene.world.close(self._named(title))

    def unknown(self) -> IssueKey:
        return IssueKey(tracker="gitlab", project=str(self._scene.project.id), number=404)

    def _named(self, title: str) -> IssueRow:
        return next(issue for issue in self._scene.world.issues if issue.title == title)


class TestGitLab(TrackerContract, CallerContract):
    @pytest.fixture
    def there(self, scene: Scene) -> GitLabWorld:
        return GitLabWorld(scene)
