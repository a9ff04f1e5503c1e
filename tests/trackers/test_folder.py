"""The folder and the single file as trackers, on real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.domain.issue import Change, ChangeKind, IssueKey
from bot.errors import ConfigError, Gone, Permanent, Unreadable, UsageError
from bot.ports import Tracker
from bot.settings import FolderSettings
from bot.trackers.folder import FileTracker, FolderTracker
from tests.trackers.clock import START, StillClock
from tests.trackers.contract import BODY, MARKER, TrackerContract, TrackerWorld


def folder_tracker(path: Path, replies: Path | None = None) -> FolderTracker:
    return FolderTracker(FolderSettings.model_validate({"path": path, "replies": replies}), StillClock())


async def look(tracker: Tracker, cursor: str | None) -> tuple[list[Change], str]:
    changes: list[Change] = []
    async for page in tracker.changes(cursor):
        changes += page.changes
        cursor = page.cursor
    assert cursor is not None
    return changes, cursor


class FolderWorld(TrackerWorld):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._time = 1_700_000_000
        self.tracker = folder_tracker(path)

    def add(self, title: str, body: str) -> None:
        self._write(self._path / f"{len(list(self._path.iterdir())) + 1}-{title}.md", title, body)

    def change(self, title: str, body: str) -> None:
        self._write(next(self._path.glob(f"*-{title}.md")), title, body)

    def end(self, title: str) -> None:
        next(self._path.glob(f"*-{title}.md")).unlink()

    def unknown(self) -> IssueKey:
        return IssueKey(tracker="folder", project="folder", number=404)

    def _write(self, path: Path, title: str, body: str) -> None:
        self._time += 1
        path.write_text(f"# {title}\n\n{body}\n", "utf-8")
        os.utime(path, (self._time, self._time))


class TestFolder(TrackerContract):
    @pytest.fixture
    def there(self, tmp_path: Path) -> FolderWorld:
        return FolderWorld(tmp_path)


async def test_a_reply_is_a_file_with_exactly_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "1-a.md").write_text("How?")
    tracker = folder_tracker(tmp_path)
    [change], _ = await look(tracker, None)
    reply = await tracker.reply(change.issue.key, BODY, MARKER)
    assert (tmp_path / "1-a.reply.md").read_bytes() == BODY.encode()
    assert reply.url == (tmp_path / "1-a.reply.md").as_uri()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1-a.md", "1-a.reply.md"]


async def test_replies_are_no_issues_and_go_where_they_are_wanted(tmp_path: Path) -> None:
    issues, replies = tmp_path / "issues", tmp_path / "deep" / "replies"
    issues.mkdir()
    (issues / "1-a.md").write_text("How?")
    (issues / "1-a.reply.md").write_text("an older answer")
    (issues / ".hidden.md").write_text("x")
    (issues / "notes.txt").write_text("x")
    tracker = folder_tracker(issues, replies)
    [change], _ = await look(tracker, None)
    await tracker.reply(change.issue.key, BODY, MARKER)
    assert [path.name for path in replies.iterdir()] == ["1-a.reply.md"]


async def test_one_bad_file_is_left_out_and_the_others_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "1-empty.md").write_text("")
    (tmp_path / "2-good.md").write_text("How?")
    changes, cursor = await look(folder_tracker(tmp_path), None)
    assert [change.issue.key.number for change in changes] == [2]
    assert "1-empty.md is empty" in caplog.text
    assert (await look(folder_tracker(tmp_path), cursor))[0] == []


async def test_two_files_with_one_number_do_not_take_turns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "1-a.md").write_text("first")
    (tmp_path / "1-b.md").write_text("second")
    [change], _ = await look(folder_tracker(tmp_path), None)
    assert change.issue.body == "first"
    assert "same number" in caplog.text


async def test_a_renamed_file_is_the_same_issue(tmp_path: Path) -> None:
    (tmp_path / "1-a.md").write_text("How?")
    tracker = folder_tracker(tmp_path)
    _, cursor = await look(tracker, None)
    (tmp_path / "1-a.md").rename(tmp_path / "1-b.md")
    changes, _ = await look(tracker, cursor)
    assert [change.kind for change in changes] == [ChangeKind.OPENED]


@pytest.mark.parametrize("target", ["1-a.md", "1", "#1", "folder#1", "{path}/1-a.md", " 1-a.md "])
async def test_locate_by_name_number_or_path(tmp_path: Path, target: str) -> None:
    (tmp_path / "1-a.md").write_text("How?")
    key = await folder_tracker(tmp_path).locate(target.format(path=tmp_path))
    assert key == IssueKey(tracker="folder", project="folder", number=1)


async def test_a_missing_folder_is_a_configuration_error(tmp_path: Path) -> None:
    tracker = folder_tracker(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"folder\.path"):
        await look(tracker, None)
    assert [finding.ok for finding in await tracker.check()] == [False]


async def test_check_names_the_issues_and_the_place_of_replies(tmp_path: Path) -> None:
    (tmp_path / "1-a.md").write_text("How?")
    findings = await folder_tracker(tmp_path, tmp_path / "new").check()
    assert all(finding.ok for finding in findings)
    assert "1 issue." in findings[0].detail


async def test_a_damaged_cursor_shows_everything_again(tmp_path: Path) -> None:
    (tmp_path / "1-a.md").write_text("How?")
    assert len((await look(folder_tracker(tmp_path), "not json"))[0]) == 1


class TestFile:
    """A single file: it can be read, never sent."""

    async def test_a_file_is_read_by_its_path(self, tmp_path: Path) -> None:
        (tmp_path / "question.md").write_text("# It fails\n\nWhy?")
        tracker = FileTracker()
        key = await tracker.locate(str(tmp_path / "question.md"))
        assert key == IssueKey(tracker="file", project=str(tmp_path / "question.md"), number=0)
        thread = await tracker.thread(key)
        assert (thread.issue.title, thread.issue.body, thread.issue.key) == ("It fails", "Why?", key)

    async def test_nothing_can_be_sent(self, tmp_path: Path) -> None:
        (tmp_path / "question.md").write_text("Why?")
        tracker = FileTracker()
        key = await tracker.locate(str(tmp_path / "question.md"))
        assert "save" in tracker.no_replies
        with pytest.raises(Permanent, match="save"):
            await tracker.reply(key, BODY, MARKER)
        assert await tracker.find_reply(key, MARKER, START) is None
        assert [page async for page in tracker.changes(None)] == []

    async def test_what_is_not_there_or_not_readable_is_one_sentence(self, tmp_path: Path) -> None:
        tracker = FileTracker()
        with pytest.raises(UsageError, match="There is no file"):
            await tracker.locate(str(tmp_path / "none.md"))
        with pytest.raises(UsageError):
            await tracker.locate(str(tmp_path))
        with pytest.raises(Gone):
            await tracker.thread(IssueKey(tracker="file", project=str(tmp_path / "none.md"), number=0))
        (tmp_path / "big.md").write_bytes(b"x" * (2 << 20))
        with pytest.raises(Unreadable, match="1 MiB"):
            await tracker.thread(await tracker.locate(str(tmp_path / "big.md")))
