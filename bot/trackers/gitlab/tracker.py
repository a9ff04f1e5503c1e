"""GitLab as a Tracker: what changed, a thread, and one note posted once."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

from bot.domain.issue import Change, ChangePage, IssueKey, Note, Reply, Thread
from bot.domain.receipt import Thumbs
from bot.errors import ConfigError, Gone, InDoubt, Permanent, Temporary, Unreadable, UsageError
from bot.ports import Clock, Finding
from bot.settings import GitLabSettings
from bot.trackers.gitlab import address, payload
from bot.trackers.gitlab.backend import Backend, Bounds, Renewed
from bot.trackers.gitlab.findings import findings
from bot.trackers.gitlab.hooks import HookWish, hook_findings
from bot.trackers.gitlab.watch import Watch

_log = logging.getLogger(__name__)

# How far a server's clock may be behind ours and our note still be found.
_SKEW = timedelta(minutes=15)

_MOST_URLS = 1_000
_MOST_REACTIONS = 1_000


class GitLabTracker:
    """One instance. Closed and moved issues, and those of a type we do not answer, are CLOSED."""

    name = payload.TRACKER
    no_replies = ""

    def __init__(
        self,
        settings: GitLabSettings,
        token: str,
        clock: Clock,
        *,
        bounds: Bounds | None = None,
        renewed: Renewed | None = None,
    ) -> None:
        """`renewed` gives another token once it is to be used."""
        if not settings.projects and not settings.groups:
            raise ConfigError("[gitlab] names no projects and no groups: set gitlab.projects to what shall be watched.")
        if not token:
            raise ConfigError("[gitlab] needs a token: set GEPETTTO_GITLAB_TOKEN.")
        self._settings = settings
        self._clock = clock
        self._backend = Backend(
            settings.url, token, clock, timeout=settings.timeout, bounds=bounds or Bounds(), renewed=renewed
        )
        self._watch = Watch(self._backend, settings)
        self._mine: dict[int, str] = {}
        self._urls: dict[IssueKey, str] = {}

    def use_token(self, token: str) -> None:
        """Go on with a new token, without a restart."""
        self._backend.use_token(token)

    async def close(self) -> None:
        await self._backend.close()

    async def check(self) -> list[Finding]:
        return await findings(self._backend, self._settings, self._clock.now())

    async def check_hooks(self, wish: HookWish, *, mend: bool) -> list[Finding]:
        """How the webhooks are that should lead to us; `mend` makes and repairs them first."""
        return await hook_findings(self._backend, self._settings, wish, mend=mend)

    def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        """See the port and `Watch.changes`."""
        return self._watch.changes(cursor, backfill)

    async def change(self, key: IssueKey, cursor: str | None) -> Change | None:
        """See the port `Caller` and `Watch.change`."""
        return await self._watch.change(key, cursor)

    async def locate(self, target: str) -> IssueKey:
        """See the port. Only in watched projects, even when the token sees more."""
        project, number = address.parse(target, self._settings.url)
        return IssueKey(tracker=self.name, project=await self._project_id(project), number=number)

    async def thread(self, key: IssueKey) -> Thread:
        """See the port. Of more notes than `Bounds.max_notes` the newest are read."""
        row = await self._issue(key)
        issue = payload.issue(row, await self._user_ids())
        self._remember(key, issue.url)
        try:
            notes = await self._notes(key)
            return Thread(issue=issue, notes=notes, visibility=await self._visibility(key))
        except Gone:
            await self._issue(key)
            raise Temporary(f"GitLab shows issue {key.number} but not its notes; it is tried again later.") from None

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        """See the port. Permanent when GitLab ran a quick action instead of posting.

        The note is posted at once or not at all: whoever waits out a doubt counts on `timeout` seconds.
        """
        if not marker or marker not in body:
            raise Permanent("This reply lacks the marker by which it would be found again, so it was not sent.")
        status, row = await self._backend.post(f"{_path(key)}/notes", {"body": body})
        ran = row.get("commands_changes")
        if ran:
            _log.error("GitLab ran quick actions in the reply to %s: %.200r", key, ran, extra={"action": "incident"})
        if status == 202 and "commands_changes" in row and "id" not in row:
            raise Permanent(
                "GitLab took this reply for a quick action, which it ran or refused, and posted nothing: "
                "look at the issue, then edit the reply."
            )
        try:
            reply = payload.reply(row, await self._known_url(key), self._clock.now())
        except Unreadable:
            raise InDoubt("GitLab accepted a reply without naming it; it may stand there already.") from None
        if reply.body != body:
            _log.warning("GitLab changed the reply to %s while it stored it.", key)
        return reply

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        """See the port. Reads newest first, back to a quarter of an hour before `since`."""
        url, mine = await self._url(key), await self._user_ids()
        async with aclosing(self._newest_notes(key, activity_filter="only_comments")) as pages:
            async for rows in pages:
                for note, row in rows:
                    if note.author.id in mine and marker in (found := payload.reply(row, url, note.created_at)).body:
                        return found
                if rows and rows[-1][0].created_at < since - _SKEW:
                    return None
        return None

    async def thumbs(self, key: IssueKey, note_id: str) -> Thumbs:
        """See `ports.Rated`."""
        mine, rows = await self._user_ids(), list[Any]()
        async with aclosing(self._backend.pages(f"{_path(key)}/notes/{note_id}/award_emoji")) as pages:
            async for page in pages:
                rows += page.rows
                if len(rows) >= _MOST_REACTIONS:
                    break
        return payload.thumbs(rows, mine)

    async def _notes(self, key: IssueKey) -> tuple[Note, ...]:
        """Newest first, so that a note that arrives meanwhile repeats one and hides none."""
        notes: dict[str, Note] = {}
        async with aclosing(self._newest_notes(key)) as pages:
            async for rows in pages:
                notes |= {note.id: note for note, _ in rows}
                if len(notes) > self._backend.bounds.max_notes:
                    _log.warning("%s has more notes than are read; the oldest are left out.", key)
                    break
        oldest_first = sorted(notes.values(), key=lambda note: (note.created_at, len(note.id), note.id))
        return tuple(oldest_first[-self._backend.bounds.max_notes :])

    async def _newest_notes(self, key: IssueKey, **query: str) -> AsyncGenerator[list[tuple[Note, Any]], None]:
        mine = await self._user_ids()
        listing = self._backend.pages(f"{_path(key)}/notes", sort="desc", order_by="created_at", **query)
        async with aclosing(listing) as pages:
            async for page in pages:
                yield [(payload.note(row, mine), row) for row in page.rows]

    async def _issue(self, key: IssueKey) -> dict[str, Any]:
        """Gone only when GitLab says so twice, with a look at the project between."""
        try:
            return await self._backend.get(_path(key))
        except Gone:
            missing = f"issue {key.number}" if await self._sees_project(key) else f"project {key.project}"
        try:
            return await self._backend.get(_path(key))
        except Gone:
            raise Gone(f"GitLab does not show {missing} any more: deleted, or hidden from the token.") from None

    async def _visibility(self, key: IssueKey) -> str:
        """Asked anew each time: a project that was made public must not be answered from less public ones."""
        try:
            return payload.visibility(await self._backend.get(f"/projects/{key.project}"), unknown="")
        except Gone:
            return ""

    async def _sees_project(self, key: IssueKey) -> bool:
        try:
            await self._backend.get(f"/projects/{key.project}")
        except Gone:
            return False
        return True

    async def _url(self, key: IssueKey) -> str:
        url = payload.issue(await self._issue(key)).url
        self._remember(key, url)
        return url

    async def _known_url(self, key: IssueKey) -> str:
        """Only for a link, after a reply was accepted: asked for once at most, and nothing fails because of it."""
        if key not in self._urls:
            try:
                self._remember(key, payload.issue(await self._backend.get_once(_path(key))).url)
            except (Temporary, Permanent) as error:
                _log.info("The address of %s is not known: %s", key, error)
        return self._urls.get(key, self._settings.url)

    def _remember(self, key: IssueKey, url: str) -> None:
        if len(self._urls) >= _MOST_URLS:
            self._urls.clear()
        self._urls[key] = url

    async def _project_id(self, path: str) -> str:
        """Asked anew each time: another project may have taken the path.

        One sentence for what is hidden and for what is not watched, so that nobody learns which of the two it is.
        """
        unknown = UsageError(
            f"There is no project {path} among those that are watched: check the address, or add it to gitlab.projects."
        )
        try:
            row = await self._backend.get(f"/projects/{address.reference(path)}")
        except Gone:
            raise unknown from None
        identity = payload.identity(row)
        if not await self._watch.covers(identity, payload.text(row.get("path_with_namespace"), 500)):
            raise unknown
        return identity

    async def _user_ids(self) -> set[str]:
        """Ours, and those of earlier tokens: what they posted is ours too."""
        if self._backend.tokens not in self._mine:
            me = payload.identity(await self._backend.get("/user"))
            self._mine[self._backend.tokens] = me
        return set(self._mine.values())


def _path(key: IssueKey) -> str:
    return f"/projects/{key.project}/issues/{key.number}"
