"""What every tracker that can send must do, written once; each tracker's tests subclass it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta

import pytest

from bot.domain.issue import Change, ChangeKind, IssueKey
from bot.errors import Gone, UsageError
from bot.ports import Caller, Tracker
from tests.trackers.clock import START

MARKER = "<!-- gpt:2f0c -->"
BODY = f"Set `retries = 3`.\n\nNo tabs, no \\/close, ünïcödé.\n\n{MARKER}"


class TrackerWorld(ABC):
    """A tracker together with the world behind it."""

    tracker: Tracker

    @abstractmethod
    def add(self, title: str, body: str) -> None:
        """A new issue, later than all others."""

    @abstractmethod
    def change(self, title: str, body: str) -> None:
        """Give the issue with this title another body, later than everything so far."""

    @abstractmethod
    def end(self, title: str) -> None:
        """The issue with this title is closed or removed."""

    @abstractmethod
    def unknown(self) -> IssueKey:
        """A key that names nothing."""

    async def look(self, cursor: str | None, backfill: int = 50) -> tuple[list[Change], str]:
        """All changes since, and the last cursor."""
        changes: list[Change] = []
        async for page in self.tracker.changes(cursor, backfill=backfill):
            changes += page.changes
            cursor = page.cursor
        assert cursor is not None
        return changes, cursor


class TrackerContract:
    """Needs a fixture `there` that gives a TrackerWorld."""

    async def test_a_first_look_shows_what_is_open_and_a_second_one_nothing(self, there: TrackerWorld) -> None:
        there.add("First", "one")
        there.add("Second", "two")
        changes, cursor = await there.look(None)
        assert [(c.kind, c.issue.title) for c in changes] == [
            (ChangeKind.OPENED, "First"),
            (ChangeKind.OPENED, "Second"),
        ]
        assert (await there.look(cursor))[0] == []

    async def test_new_changed_and_ended_issues_are_each_told_once(self, there: TrackerWorld) -> None:
        there.add("Old", "one")
        changes, cursor = await there.look(None)
        old = changes[0].issue.key
        there.add("New", "two")
        there.change("Old", "one and a half")
        changes, cursor = await there.look(cursor)
        assert {(c.kind, c.issue.title, c.issue.body) for c in changes} == {
            (ChangeKind.OPENED, "New", "two"),
            (ChangeKind.OPENED, "Old", "one and a half"),
        }
        there.end("Old")
        changes, cursor = await there.look(cursor)
        assert [(c.kind, c.issue.key) for c in changes] == [(ChangeKind.CLOSED, old)]
        assert (await there.look(cursor))[0] == []

    async def test_the_same_issue_keeps_its_key_and_its_text(self, there: TrackerWorld) -> None:
        there.add("First", "one")
        changes, _ = await there.look(None)
        key = changes[0].issue.key
        thread = await there.tracker.thread(key)
        assert thread.issue.key == key
        assert (thread.issue.title, thread.issue.body, thread.issue.open) == ("First", "one", True)
        assert key.tracker == there.tracker.name

    async def test_a_thread_that_did_not_change_has_the_same_fingerprint(self, there: TrackerWorld) -> None:
        there.add("First", "one")
        key = (await there.look(None))[0][0].issue.key
        before = (await there.tracker.thread(key)).fingerprint()
        assert (await there.tracker.thread(key)).fingerprint() == before
        there.change("First", "uno")
        assert (await there.tracker.thread(key)).fingerprint() != before

    async def test_a_reply_arrives_byte_for_byte_and_is_found_again(self, there: TrackerWorld) -> None:
        there.add("First", "one")
        key = (await there.look(None))[0][0].issue.key
        assert await there.tracker.find_reply(key, MARKER, START - timedelta(days=1)) is None
        sent = await there.tracker.reply(key, BODY, MARKER)
        assert sent.body == BODY
        found = await there.tracker.find_reply(key, MARKER, START - timedelta(days=1))
        assert found is not None
        assert (found.note_id, found.body, found.url) == (sent.note_id, BODY, sent.url)
        assert await there.tracker.find_reply(key, "<!-- gpt:other -->", START - timedelta(days=1)) is None

    async def test_our_own_reply_is_no_change_of_the_thread(self, there: TrackerWorld) -> None:
        there.add("First", "one")
        key = (await there.look(None))[0][0].issue.key
        before = (await there.tracker.thread(key)).fingerprint()
        await there.tracker.reply(key, BODY, MARKER)
        assert (await there.tracker.thread(key)).fingerprint() == before

    async def test_a_second_reply_does_not_take_the_place_of_the_first(self, there: TrackerWorld) -> None:
        there.add("First", "one")
        key = (await there.look(None))[0][0].issue.key
        first = await there.tracker.reply(key, BODY, MARKER)
        second = await there.tracker.reply(key, "More. <!-- gpt:other -->", "<!-- gpt:other -->")
        assert first.note_id != second.note_id
        found = await there.tracker.find_reply(key, MARKER, START - timedelta(days=1))
        assert found is not None
        assert found.note_id == first.note_id

    async def test_what_is_not_there_is_gone(self, there: TrackerWorld) -> None:
        with pytest.raises(Gone):
            await there.tracker.thread(there.unknown())

    async def test_an_address_that_names_nothing_is_a_usage_error(self, there: TrackerWorld) -> None:
        with pytest.raises(UsageError):
            await there.tracker.locate("https://elsewhere.invalid/nothing/here")


class CallerContract:
    """For trackers with webhooks, besides the contract above."""

    async def test_of_a_named_issue_the_same_is_told_as_by_a_look(self, there: TrackerWorld) -> None:
        assert isinstance(there.tracker, Caller)
        there.add("Open", "one")
        there.add("Ended", "two")
        _, cursor = await there.look(None)
        there.change("Open", "one and a half")
        there.end("Ended")
        changes, later = await there.look(cursor)
        assert len(changes) == 2
        for change in changes:
            assert await there.tracker.change(change.issue.key, later) == change

    async def test_before_the_first_look_nothing_is_told(self, there: TrackerWorld) -> None:
        assert isinstance(there.tracker, Caller)
        there.add("Open", "one")
        key = (await there.look(None))[0][0].issue.key
        assert await there.tracker.change(key, None) is None

    async def test_of_a_number_that_names_nothing_nothing_can_be_told(self, there: TrackerWorld) -> None:
        assert isinstance(there.tracker, Caller)
        _, cursor = await there.look(None)
        with pytest.raises(Gone):
            await there.tracker.change(there.unknown(), cursor)
