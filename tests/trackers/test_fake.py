"""The fake keeps the contract of trackers too, so that tests on it say something about the real ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.issue import IssueKey
from tests.factories import make_key, make_thread
from tests.fakes import FakeTracker
from tests.trackers.contract import CallerContract, TrackerContract, TrackerWorld


class FakeWorld(TrackerWorld):
    def __init__(self) -> None:
        self.fake = FakeTracker()
        self.tracker = self.fake

    def add(self, title: str, body: str) -> None:
        self.fake.add(make_thread(len(self.fake.threads) + 1, title=title, body=body))

    def change(self, title: str, body: str) -> None:
        key = self._key(title)
        self.fake.add(replace(self.fake.threads[key], issue=replace(self.fake.threads[key].issue, body=body)))

    def end(self, title: str) -> None:
        key = self._key(title)
        self.fake.add(replace(self.fake.threads[key], issue=replace(self.fake.threads[key].issue, open=False)))

    def unknown(self) -> IssueKey:
        return make_key(99)

    def _key(self, title: str) -> IssueKey:
        return next(key for key, thread in self.fake.threads.items() if thread.issue.title == title)


class TestFake(TrackerContract, CallerContract):
    @pytest.fixture
    def there(self) -> FakeWorld:
        return FakeWorld()
