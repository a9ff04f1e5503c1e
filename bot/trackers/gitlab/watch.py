"""What changed in the watched projects and groups."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.issue import ANSWERED_KINDS, Change, ChangeKind, ChangePage, Issue, IssueKey
from bot.errors import Gone, Limited, Permanent, Temporary, Unauthorised, Unreadable
from bot.settings import GitLabSettings
from bot.trackers.gitlab import address, payload
from bot.trackers.gitlab.backend import Backend
from bot.trackers.gitlab.cursor import Position, dump, load
from bot.trackers.gitlab.sweep import sweep

_log = logging.getLogger(__name__)

_NEWEST = {"scope": "all", "state": "opened", "order_by": "created_at", "sort": "desc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A watched project or group, by its permanent id."""

    kind: str  # "projects" or "groups"
    id: str

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.id}"

    @property
    def issues(self) -> str:
        return f"/{self.kind}/{self.id}/issues"


class Watch:
    """Reads every source from where its own position in the cursor stands."""

    def __init__(self, backend: Backend, settings: GitLabSettings) -> None:
        self._backend = backend
        self._settings = settings
        self._sources: dict[tuple[str, str | int], _Source] = {}

    async def changes(self, cursor: str | None, backfill: int) -> AsyncGenerator[ChangePage, None]:
        """A source that the cursor does not know begins now; of all such, the newest `backfill` issues come.

        A source that fails does not keep the others from being read. Its error is raised at the end, or
        only logged when it is for good (a deleted project) and another source works.
        """
        positions = load(cursor)
        begun: dict[str, Position] = {}
        newest: list[Change] = []
        errors: list[Temporary | Permanent] = []
        wanted = self._wanted()
        for kind, name in wanted:
            try:
                source = await self._source(kind, name)
                if source.name not in positions:
                    begun[source.name] = await self._begin(source)
                    newest += await self._newest(source, backfill)
                    continue
                async with aclosing(sweep(self._backend, source.issues, positions[source.name])) as batches:
                    async for rows, position in batches:
                        moved = position != positions[source.name]
                        positions[source.name] = position
                        found = self._read(rows, position.begun)
                        if found or moved:
                            yield ChangePage(changes=found, cursor=dump(positions))
            except (Limited, Unauthorised):
                raise
            except (Temporary, Permanent) as error:
                _log.warning("%s %s cannot be read: %s", kind, name, error)
                errors.append(error)
        if begun:
            newest = sorted(newest, key=lambda change: change.issue.created_at)[-backfill:] if backfill else []
            yield ChangePage(changes=tuple(newest), cursor=dump(positions | begun))
        _raise(errors, all_failed=len(errors) == len(wanted))

    async def change(self, key: IssueKey, cursor: str | None) -> Change | None:
        """See the port. Of a source that the cursor does not know nothing is told: its first look comes first."""
        positions = load(cursor)
        begun = [positions[one.name].begun for one in await self._holding(key.project) if one.name in positions]
        if not begun:
            return None
        row = await self._backend.get(f"/projects/{key.project}/issues/{key.number}")
        return self._change(payload.issue(row), min(begun))

    async def _holding(self, project: str) -> list[_Source]:
        """The sources that this project belongs to now. Groups are compared by path, which their projects share."""
        sources = [await self._source(kind, name) for kind, name in self._wanted()]
        groups = [source for source in sources if source.kind == "groups"]
        holding = [source for source in sources if source.kind == "projects" and source.id == project]
        if groups:
            path = payload.text((await self._backend.get(f"/projects/{project}")).get("path_with_namespace"), 1_000)
            for group in groups:
                above = payload.text((await self._backend.get(f"/groups/{group.id}")).get("full_path"), 1_000)
                if above and path.startswith(f"{above}/"):
                    holding.append(group)
        return holding

    async def _begin(self, source: _Source) -> Position:
        """The position that begins now, by the server's clock: what was there before counts as read."""
        async with aclosing(self._backend.pages(source.issues, **_NEWEST)) as pages:
            now = (await anext(pages)).at
        position = Position(begun=now, at=now, seen={})
        async with aclosing(sweep(self._backend, source.issues, position)) as batches:
            async for _, behind in batches:
                position = behind
        return position

    async def _newest(self, source: _Source, limit: int) -> list[Change]:
        """The newest open issues that we would answer."""
        found: list[Change] = []
        if limit <= 0:
            return found
        async with aclosing(self._backend.pages(source.issues, **_NEWEST)) as pages:
            async for page in pages:
                found += [change for change in self._read(page.rows) if change.kind is ChangeKind.OPENED]
                if len(found) >= limit:
                    break
        return found[:limit]

    def _read(self, rows: list[Any], begun: datetime | None = None) -> tuple[Change, ...]:
        """The changes in these rows; issues older than `begun` are only brought up to date, never new."""
        changes = []
        for row in rows:
            try:
                changes.append(self._change(payload.issue(row), begun))
            except Unreadable as error:
                _log.warning("%s It is left out.", error)
        return tuple(changes)

    def _change(self, issue: Issue, begun: datetime | None) -> Change:
        """What became of an issue. What a filter holds back is never new; what is known of it stays up to date."""
        if not issue.open or issue.moved:
            return Change(kind=ChangeKind.CLOSED, issue=issue)
        if issue.kind not in ANSWERED_KINDS:
            _log.info("%s is of type %s, which is not answered.", issue.key, issue.kind)
            return Change(kind=ChangeKind.CLOSED, issue=issue)
        if self._held_back(issue):
            return Change(kind=ChangeKind.UPDATED, issue=issue)
        old = begun is not None and issue.created_at < begun
        return Change(kind=ChangeKind.UPDATED if old else ChangeKind.OPENED, issue=issue)

    async def covers(self, identity: str, path: str) -> bool:
        """Whether this project is configured, itself or by a group above it."""
        for kind, wanted in self._wanted():
            try:
                source = await self._source(kind, wanted)
                if kind == "projects" and source.id == identity:
                    return True
                if kind == "groups" and path.startswith(f"{await self._group_path(source)}/"):
                    return True
            except Gone:
                _log.warning("%s %s cannot be seen any more.", kind, wanted)
        return False

    async def _group_path(self, group: _Source) -> str:
        """Asked anew each time: groups are renamed too. Never empty, which would cover everything."""
        row = await self._backend.get(f"/groups/{group.id}")
        return payload.text(row.get("full_path"), 500) or "-"

    def _held_back(self, issue: Issue) -> bool:
        wanted = set(self._settings.labels)
        return issue.author.username in self._settings.ignore_authors or (
            bool(wanted) and not wanted & set(issue.labels)
        )

    def _wanted(self) -> list[tuple[str, str | int]]:
        projects: list[tuple[str, str | int]] = [("projects", one) for one in self._settings.projects]
        return projects + [("groups", one) for one in self._settings.groups]

    async def _source(self, kind: str, wanted: str | int) -> _Source:
        """Resolved once: from then on its path may change."""
        known = self._sources.get((kind, wanted))
        if known is None:
            identity = address.numeric(wanted)
            if identity is None:
                identity = payload.identity(await self._backend.get(f"/{kind}/{address.reference(wanted)}"))
            known = self._sources[kind, wanted] = _Source(kind=kind, id=identity)
        return known


def _raise(errors: list[Temporary | Permanent], *, all_failed: bool) -> None:
    for error in errors:
        if isinstance(error, Temporary) or all_failed:
            raise error
