"""The past of the watched projects and groups: many requests at a time, as far as GitLab lets us.

Lists are read whole each time, a hundred issues a request: only so is it seen what was deleted, and that a note
was. Who calls compares stamps and asks for the notes of what has changed. `user_notes_count` is 0 for most
issues nobody answered; no request is spent on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any

from bot.domain.history import Home
from bot.domain.issue import Issue, IssueKey, Note
from bot.errors import ConfigError, Gone, Permanent, Unauthorised, Unreadable
from bot.ports import Clock
from bot.settings import GitLabSettings
from bot.trackers.gitlab import address, payload
from bot.trackers.gitlab.backend import Backend, Bounds
from bot.trackers.gitlab.failures import LONGEST_WAIT

BOUNDS = Bounds(workers=32, retries=8, patience=LONGEST_WAIT, max_pages=800)
"""Nobody waits for an import, so it bears with whatever pause GitLab asks for."""

_DEVELOPER = 30
_LIST = {"scope": "all", "state": "all", "order_by": "created_at", "sort": "asc"}


class GitLabHistory:
    """Implements `ports.History`. `learn_from` are user ids or names; empty: members from Developer up."""

    name = payload.TRACKER

    def __init__(
        self,
        settings: GitLabSettings,
        token: str,
        clock: Clock,
        *,
        learn_from: Sequence[str | int] = (),
        bounds: Bounds = BOUNDS,
    ) -> None:
        self._settings = settings
        self._learn_from = learn_from
        self._backend = Backend(settings.url, token, clock, timeout=settings.timeout, bounds=bounds)
        self._homes: dict[str, asyncio.Task[Home]] = {}
        self._teams: dict[str, asyncio.Task[frozenset[str]]] = {}

    async def close(self) -> None:
        await self._backend.close()

    def issues(self) -> Sequence[AsyncIterator[Sequence[Issue]]]:
        """See the port. Rows that cannot be told apart are left out."""
        wanted = [("projects", one) for one in self._settings.projects]
        wanted += [("groups", one) for one in self._settings.groups]
        return [self._issues(kind, one) for kind, one in wanted]

    async def home(self, project: str) -> Home:
        """See the port. Asked once; whoever asks meanwhile gets the same answer."""
        if project not in self._homes:
            self._homes[project] = asyncio.create_task(self._home(project))
        return await asyncio.shield(self._homes[project])

    async def team(self, project: str) -> frozenset[str]:
        """See the port. Asked once too, and only where something has changed."""
        name = "" if self._learn_from else project
        if name not in self._teams:
            self._teams[name] = asyncio.create_task(self._members(name) if name else self._named())
        return await asyncio.shield(self._teams[name])

    async def notes(self, key: IssueKey) -> tuple[Note, ...]:
        """See the port. Activity lines stay with GitLab."""
        notes: dict[str, Note] = {}
        path = f"/projects/{key.project}/issues/{key.number}/notes"
        listing = self._backend.pages(path, sort="asc", order_by="created_at", activity_filter="only_comments")
        async with aclosing(listing) as pages:
            async for page in pages:
                notes |= {note.id: note for note in map(payload.note, page.rows)}
        return tuple(notes.values())

    async def exists(self, key: IssueKey) -> bool:
        """See the port. Twice, for a single 404 may be a hiccup."""
        for _ in range(2):
            try:
                await self._backend.get(f"/projects/{key.project}/issues/{key.number}")
            except Gone:
                continue
            return True
        return False

    async def _issues(self, kind: str, wanted: str | int) -> AsyncGenerator[Sequence[Issue], None]:
        """GitLab turns the later pages of very long lists down; so these are asked for anew from a later day on."""
        identity = address.numeric(wanted)
        if identity is None:
            identity = payload.identity(await self._backend.get(f"/{kind}/{address.reference(wanted)}"))
        query = dict(_LIST)
        while True:
            count, last = 0, None
            listing = self._backend.pages(f"/{kind}/{identity}/issues", **query)
            async with aclosing(listing) as pages:
                async for page in pages:
                    yield [issue for row in page.rows if (issue := _issue(row)) is not None]
                    last = page.rows[-1] if page.rows else last
                    count += 1
                    if page.next is not None and last is not None and count >= self._backend.bounds.max_pages // 2:
                        break
                else:
                    return
            query["created_after"] = _before(last)

    async def _home(self, project: str) -> Home:
        try:
            raw = await self._backend.get(f"/projects/{project}")
        except Gone:  # its issues were listed a moment ago: it is this look that failed, and not the project
            raise Permanent(f"GitLab shows issues of project {project}, but not the project itself.") from None
        return Home(project=project, visibility=payload.visibility(raw, unknown="private"))

    async def _members(self, project: str) -> frozenset[str]:
        """Direct and inherited members who may push code."""
        found: set[str] = set()
        try:
            async with aclosing(self._backend.pages(f"/projects/{project}/members/all")) as pages:
                async for page in pages:
                    found |= {payload.identity(row) for row in page.rows if _is_developer(row)}
        except Unauthorised:
            raise
        except Permanent:
            raise Permanent(
                f"GitLab does not show the members of project {project}: name people in knowledge.learn_from."
            ) from None
        return frozenset(found)

    async def _named(self) -> frozenset[str]:
        return frozenset([await self._person(one) for one in self._learn_from])

    async def _person(self, wanted: str | int) -> str:
        """A permanent id: a name can be taken over by somebody else later."""
        identity = address.numeric(wanted)
        if identity is not None:
            return identity
        name = str(wanted).removeprefix("@")
        async with aclosing(self._backend.pages("/users", username=name)) as pages:
            async for page in pages:
                for row in page.rows:
                    if payload.person(row).username.casefold() == name.casefold():
                        return payload.identity(row)
        raise ConfigError(f"knowledge.learn_from names {name}, whom GitLab does not know; correct the user name.")


def _issue(row: Any) -> Issue | None:
    try:
        return payload.issue(row)
    except Unreadable:
        return None


def _before(row: Any) -> str:
    """A moment before this issue was made: answers show milliseconds, the database has microseconds."""
    made = payload.moment(row.get("created_at")) if isinstance(row, dict) else None
    if made is None:
        raise Unreadable("GitLab lists issues without the time they were made at.")
    return (made - timedelta(milliseconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_developer(row: Any) -> bool:
    level = payload.whole(row.get("access_level")) if isinstance(row, dict) else None
    return level is not None and level >= _DEVELOPER and not payload.person(row).bot
