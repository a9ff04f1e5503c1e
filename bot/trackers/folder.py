"""Issues as Markdown files: a whole folder, for trying things out without a GitLab, or one file by its path."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.issue import Author, Change, ChangeKind, ChangePage, Issue, IssueKey, Reply, Thread
from bot.errors import ConfigError, Gone, Permanent, Unreadable, UsageError
from bot.ports import Clock, Finding
from bot.settings import FolderSettings
from bot.trackers.folder_payload import LARGEST, number_of, parse_issue_file

_log = logging.getLogger(__name__)

_REPLY = ".reply.md"


class FolderTracker:
    """One Markdown file (`*.md`) an issue; replies are written beside them, or into `settings.replies`.

    The cursor remembers size and time of every file, so the first look shows all of them: a folder is
    small and was put there to be answered. `backfill` is not used.
    """

    name = "folder"
    no_replies = ""

    def __init__(self, settings: FolderSettings, clock: Clock) -> None:
        self._folder = settings.path
        self._replies = settings.replies or settings.path
        self._clock = clock

    async def close(self) -> None:
        """Nothing is held open."""

    async def check(self) -> list[Finding]:
        return await asyncio.to_thread(self._check)

    async def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        """New and changed files are OPENED, removed ones CLOSED. A file that cannot be read is logged and left out."""
        before = _loaded(cursor)
        now = await asyncio.to_thread(self._fingerprints)
        changes = [change for name in now if now[name] != before.get(name) and (change := await self._seen(name))]
        numbers = {number_of(name) for name in now}  # a renamed file keeps its leading number
        changes += [self._removed(name) for name in before if number_of(name) not in numbers]
        if cursor is None or now != before:
            yield ChangePage(changes=tuple(changes), cursor=json.dumps({"version": 1, "files": now}))

    async def locate(self, target: str) -> IssueKey:
        """By file name, path, or number."""
        return await asyncio.to_thread(self._located, target.strip())

    async def thread(self, key: IssueKey) -> Thread:
        return Thread(issue=await asyncio.to_thread(self._issue, self._name(key)))

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        """Write exactly `body` to `<name>.reply.md` (a second reply: `<name>.2.reply.md`), whole or not at all."""
        name = self._name(key)
        path = await asyncio.to_thread(self._write, name.removesuffix(".md"), body)
        return Reply(note_id=path.name, url=path.resolve().as_uri(), body=body, at=self._clock.now())

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        """A file is never in doubt for long, so `since` is not needed."""
        return await asyncio.to_thread(self._found, self._name(key).removesuffix(".md"), marker)

    def _located(self, target: str) -> IssueKey:
        wanted = target.removeprefix(self.name).removeprefix("#")
        for name in self._names():
            path = self._folder / name
            if wanted in {name, str(number_of(name)), str(path), str(path.resolve())}:
                return self._key(name)
        raise UsageError(f"There is no issue {target!r} in {self._folder}: give the name of a file in it.")

    def _found(self, stem: str, marker: str) -> Reply | None:
        for path in self._reply_paths(stem):
            if not path.exists():
                return None
            body = path.read_bytes().decode("utf-8", "replace")
            if marker in body:
                at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                return Reply(note_id=path.name, url=path.resolve().as_uri(), body=body, at=at)
        return None

    def _check(self) -> list[Finding]:
        try:
            count = len(self._names())
        except ConfigError as error:
            return [
                Finding(item="folder", ok=False, detail=str(error), remedy="Create the folder, or correct folder.path.")
            ]
        found = [
            Finding(item="folder", ok=True, detail=f"{self._folder} holds {count} issue{'' if count == 1 else 's'}.")
        ]
        place = next(one for one in (self._replies, *self._replies.parents) if one.exists())
        if place.is_dir() and os.access(place, os.W_OK):
            return [*found, Finding(item="folder replies", ok=True, detail=f"Replies are written to {self._replies}.")]
        detail = f"Replies cannot be written to {self._replies}."
        return [*found, Finding(item="folder replies", ok=False, detail=detail, remedy="Correct folder.replies.")]

    def _names(self) -> list[str]:
        """Names of issue files in order; of two with one number only the first counts."""
        try:
            names = sorted(path.name for path in self._folder.iterdir() if _is_issue(path))
        except OSError:
            raise ConfigError(
                f"The folder {self._folder} (folder.path) cannot be read: create it, or correct the path."
            ) from None
        chosen: dict[int, str] = {}
        for name in names:
            other = chosen.setdefault(number_of(name), name)
            if other != name:
                _log.warning("%s and %s have the same number; rename one, the second is left out.", other, name)
        return list(chosen.values())

    def _fingerprints(self) -> dict[str, str]:
        found = {}
        for name in self._names():
            try:
                stat = (self._folder / name).stat()
            except FileNotFoundError:
                continue
            found[name] = f"{stat.st_mtime_ns}:{stat.st_size}"
        return found

    async def _seen(self, name: str) -> Change | None:
        try:
            return Change(kind=ChangeKind.OPENED, issue=await asyncio.to_thread(self._issue, name))
        except (Unreadable, Gone) as error:
            _log.warning("%s", error)
            return None

    def _removed(self, name: str) -> Change:
        nobody = Author(id="", username="", name="")
        now = self._clock.now()
        issue = Issue(
            key=self._key(name),
            title=name,
            body="",
            author=nobody,
            url=(self._folder / name).absolute().as_uri(),
            project_name=self._folder.name,
            created_at=now,
            updated_at=now,
            open=False,
        )
        return Change(kind=ChangeKind.CLOSED, issue=issue)

    def _issue(self, name: str) -> Issue:
        path = self._folder / name
        raw, at = _contents(path)
        url = path.absolute().as_uri()
        return parse_issue_file(raw, name, key=self._key(name), at=at, url=url, project_name=self._folder.name)

    def _key(self, name: str) -> IssueKey:
        return IssueKey(tracker=self.name, project=self.name, number=number_of(name))

    def _name(self, key: IssueKey) -> str:
        for name in self._names():
            if number_of(name) == key.number:
                return name
        raise Gone(f"The file of issue {key.number} is not in {self._folder} any more.")

    def _reply_paths(self, stem: str) -> list[Path]:
        return [self._replies / f"{stem}{number}{_REPLY}" for number in ("", *(f".{n}" for n in range(2, 100)))]

    def _write(self, stem: str, body: str) -> Path:
        free = next((path for path in self._reply_paths(stem) if not path.exists()), None)
        if free is None:
            raise Permanent(f"{stem} has very many replies already: remove some from {self._replies}.")
        try:
            self._replies.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._replies, prefix=".reply-", delete=False) as file:
                file.write(body.encode())
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).chmod(0o644)
            Path(file.name).replace(free)
        except OSError as error:
            raise Permanent(f"The reply cannot be written to {self._replies}: {error.strerror}.") from None
        return free


class FileTracker:
    """Single files given by path: they can be answered, but there is nowhere to send the answer."""

    name = "file"
    no_replies = "This issue came from a file, so there is nowhere to send a reply: use save."

    async def close(self) -> None:
        """Nothing is held open."""

    async def check(self) -> list[Finding]:
        return []

    async def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        """Never anything: files are fetched when somebody names them."""
        nothing: tuple[ChangePage, ...] = ()
        for page in nothing:
            yield page

    async def locate(self, target: str) -> IssueKey:
        return await asyncio.to_thread(self._located, target.strip())

    async def thread(self, key: IssueKey) -> Thread:
        path = Path(key.project)
        raw, at = await asyncio.to_thread(_contents, path)
        return Thread(issue=parse_issue_file(raw, path.name, key=key, at=at, url=path.as_uri()))

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        raise Permanent(self.no_replies)

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        return None

    def _located(self, target: str) -> IssueKey:
        path = Path(target).expanduser()
        if not path.is_file():
            raise UsageError(f"There is no file {target!r}.")
        return IssueKey(tracker=self.name, project=str(path.absolute()), number=0)


def _is_issue(path: Path) -> bool:
    hidden = path.name.startswith(".")
    return path.suffix == ".md" and not hidden and not path.name.endswith(_REPLY) and path.is_file()


def _contents(path: Path) -> tuple[bytes, datetime]:
    """At most one byte more than is accepted, and when the file was written. Raises Gone, Unreadable."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
            return raw, datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except FileNotFoundError:
        raise Gone(f"The file {path} does not exist any more.") from None
    except OSError as error:
        raise Unreadable(f"The file {path} cannot be read: {error.strerror}.") from None


def _loaded(cursor: str | None) -> dict[str, str]:
    try:
        files = json.loads(cursor or "{}").get("files", {})
    except (ValueError, AttributeError):
        return {}
    return files if isinstance(files, dict) else {}
