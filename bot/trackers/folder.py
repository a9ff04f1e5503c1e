"""Issues as Markdown files, and replies as files beside them: nothing leaves this machine."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.issue import Change, ChangeKind, ChangePage, IssueKey, Reply, Thread
from bot.errors import Gone, Permanent, Unreadable, UsageError
from bot.ports import Finding
from bot.settings import FolderSettings
from bot.trackers.folder_payload import number_of, parse_issue_file

_REPLY = ".reply.md"


class FolderTracker:
    """Implements `ports.Tracker` on a folder. The first look yields every file: that is what it is there for."""

    name = "folder"
    no_replies = ""

    def __init__(self, settings: FolderSettings) -> None:
        self._folder = settings.path
        self._replies = settings.replies or settings.path

    async def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        before: dict[str, list[int]] = json.loads(cursor) if cursor else {}
        now = await asyncio.to_thread(self._stamps)
        changes = [
            change for name, stamp in now.items() if stamp != before.get(name) and (change := self._change(name))
        ]
        yield ChangePage(changes=tuple(changes), cursor=json.dumps(now))

    def _change(self, name: str) -> Change | None:
        try:
            issue = self._read(self._folder / name).issue
        except (Unreadable, Gone):
            return None  # `check` names such files; a half-written one is seen when it changes again
        return Change(kind=ChangeKind.OPENED if issue.open else ChangeKind.CLOSED, issue=issue)

    async def locate(self, target: str) -> IssueKey:
        path = self._folder / target
        if not path.is_file():
            raise UsageError(f"{target} is no file in {self._folder}.")
        return self._key(path)

    async def thread(self, key: IssueKey) -> Thread:
        return await asyncio.to_thread(lambda: self._read(self._path(key)))

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        path = self._reply_path(key)
        try:
            await asyncio.to_thread(_write, path, body)
        except OSError as error:
            raise Permanent(
                f"The reply cannot be written to {path} ({error.strerror}); mend that and try again."
            ) from None
        return _as_reply(path, body)

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        path = self._reply_path(key)
        if not path.is_file():
            return None
        body = await asyncio.to_thread(path.read_text, "utf-8")
        return _as_reply(path, body) if marker in body else None

    async def check(self) -> list[Finding]:
        if not self._folder.is_dir():
            remedy = "create it, or correct folder.path"
            return [Finding(item="folder", ok=False, detail=f"{self._folder} is no folder", remedy=remedy)]
        findings = [Finding(item="folder", ok=True, detail=f"{self._folder}, {len(self._stamps())} issues")]
        for name in self._stamps():
            try:
                self._read(self._folder / name)
            except (Unreadable, Gone) as error:
                findings.append(Finding(item="folder", ok=True, warning=True, detail=str(error), remedy="mend it"))
        return findings

    async def close(self) -> None:
        """Nothing is held open."""

    def _stamps(self) -> dict[str, list[int]]:
        """Every issue file with what changes when it changes."""
        if not self._folder.is_dir():
            raise Permanent(f"{self._folder} is no folder; create it, or correct folder.path.")
        stamps = {}
        for path in sorted(self._folder.glob("*.md")):
            if not path.name.endswith(_REPLY):
                stat = path.stat()
                stamps[path.name] = [stat.st_mtime_ns, stat.st_size]
        return stamps

    def _key(self, path: Path) -> IssueKey:
        return IssueKey(tracker=self.name, project="folder", number=number_of(path.name))

    def _path(self, key: IssueKey) -> Path:
        for name in self._stamps():
            if number_of(name) == key.number:
                return self._folder / name
        raise Gone(f"No file of {self._folder} has the number {key.number} any more.")

    def _read(self, path: Path) -> Thread:
        raw, at = _load(path)
        return Thread(issue=parse_issue_file(raw, path.name, at=at, key=self._key(path), url=str(path)))

    def _reply_path(self, key: IssueKey) -> Path:
        return self._replies / f"{self._path(key).stem}{_REPLY}"


class FileTracker:
    """Single files, named by path: a draft can be written, but there is nowhere to send it."""

    name = "file"
    no_replies = "This issue came from a file, so there is nowhere to send a reply; save the draft instead."

    async def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        yield ChangePage(changes=(), cursor="")

    async def locate(self, target: str) -> IssueKey:
        return IssueKey(tracker=self.name, project=_existing(target), number=0)

    async def thread(self, key: IssueKey) -> Thread:
        path = Path(key.project)
        raw, at = await asyncio.to_thread(_load, path)
        return Thread(issue=parse_issue_file(raw, path.name, at=at, key=key, url=str(path)))

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        raise Permanent(self.no_replies)

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        return None

    async def check(self) -> list[Finding]:
        return []

    async def close(self) -> None:
        """Nothing is held open."""


def _existing(target: str) -> str:
    path = Path(target).expanduser().absolute()
    if not path.is_file():
        raise UsageError(f"{target} is neither a file here nor an address that begins with https://.")
    return str(path)


def _load(path: Path) -> tuple[bytes, datetime]:
    try:
        return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        raise Gone(f"{path} is not there any more.") from None
    except OSError as error:
        raise Unreadable(f"{path} cannot be read ({error.strerror}).") from None


def _as_reply(path: Path, body: str) -> Reply:
    return Reply(note_id=path.name, url=str(path), body=body, at=datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _write(path: Path, body: str) -> None:
    """All or nothing: a reader never sees half a reply."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".reply")
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(body)
    os.replace(name, path)
