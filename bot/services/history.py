"""Reads the trackers' past into the knowledge, and keeps up with what became of it.

What was learned of an issue is stored together with its stamp, in one transaction a page. So a run that was killed
goes on where it stood, and the next one reads the threads only of issues whose stamp has changed. An issue that the
lists no longer show is asked for once more, then forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from bot.domain.history import Home, PastIssue
from bot.domain.issue import Issue, IssueKey, Note, Thread
from bot.errors import BotError, Gone, Limited, Permanent, Temporary, Unauthorised
from bot.knowledge.history import past_issue, why_not
from bot.ports import Archive, History, Learned

log = logging.getLogger(__name__)

T = TypeVar("T")

Progress = Callable[[int, int, str], None]

_LISTS = 6
"""Lists read at a time; each holds a page of threads in memory."""

_RULES = 1
"""Counted up when the rules by which answers are chosen change: everything is read again then."""


@dataclass(slots=True, kw_only=True)
class HistoryReport:
    """What was seen, and what came of it. `left_out` counts notes and whole issues by reason."""

    issues: int = 0
    read: int = 0
    added: int = 0
    unchanged: int = 0
    removed: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The shape that `learn --json` prints under "history"."""
        return {
            "issues": self.issues,
            "read": self.read,
            "added": self.added,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "left_out": dict(sorted(self.left_out.items())),
            "unreadable": [{"tracker": name, "reason": reason} for name, reason in self.unreadable],
        }

    def take(self, learned: Learned) -> None:
        self.added += learned.added
        self.unchanged += learned.unchanged
        self.removed += learned.removed
        self.left_out["canned"] += learned.canned
        self.left_out = +self.left_out


class Importer:
    """One run over one tracker. `rules` names whose answers are learned: other people, and all is read again."""

    def __init__(self, history: History, archive: Archive, progress: Progress, *, rules: str = "") -> None:
        self._history = history
        self._archive = archive
        self._progress = progress
        self._rules = f"{_RULES} {rules}".strip()
        self._report = HistoryReport()
        self._seen: dict[str, set[int]] = {}
        self._writing = asyncio.Lock()
        self._places = asyncio.Semaphore(_LISTS)

    async def run(self) -> HistoryReport:
        """Read everything that can be read.

        A list that cannot be read keeps us from forgetting anything, unless it is gone itself: then what came from
        it goes too.
        """
        lists = self._history.issues()
        failures = [failure for failure in await _together(map(self._read, lists)) if failure]
        self._report.unreadable = tuple((self._history.name, str(failure)) for failure in failures)
        if all(isinstance(failure, Gone) for failure in failures):
            await self._sweep()
        self._progress(self._report.issues, self._report.issues, "")
        return self._report

    async def _read(self, pages: AsyncIterator[Sequence[Issue]]) -> BotError | None:
        async with self._places, aclosing(cast(Any, pages)):
            try:
                async for page in pages:
                    await self._learn(page)
            except (Limited, Unauthorised):
                raise
            except (Temporary, Permanent) as failure:
                log.warning("%s cannot be read: %s", self._history.name, failure)
                return failure
        return None

    async def _learn(self, page: Sequence[Issue]) -> None:
        homes = {project: await self._history.home(project) for project in {issue.key.project for issue in page}}
        changed: list[tuple[Issue, Home, str]] = []
        for project, home in homes.items():
            here = [issue for issue in page if issue.key.project == project]
            numbers = [issue.key.number for issue in here]
            seen = self._seen.setdefault(project, set())
            self._report.issues += len(set(numbers) - seen)
            seen.update(numbers)
            known = await self._archive.stamps(self._history.name, project, numbers)
            stamped = [(issue, home, self._stamp(issue, home)) for issue in here]
            changed += [entry for entry in stamped if known.get(entry[0].key.number) != entry[2]]
        self._progress(self._report.issues, 0, page[0].project_name if page else "")
        if changed:
            await self._store(changed)

    def _stamp(self, issue: Issue, home: Home) -> str:
        """Everything a list tells about a thread that may have changed."""
        return f"{issue.updated_at.isoformat()} {issue.note_count} {why_not(issue)} {home.readers} {self._rules}"

    async def _store(self, changed: Sequence[tuple[Issue, Home, str]]) -> None:
        teams = {home.project: await self._history.team(home.project) for _, home, _ in changed}
        threads = await _together(self._thread(issue) for issue, _, _ in changed)
        batch: list[tuple[PastIssue, str]] = []
        sent = await self._sent([issue.key for issue, _, _ in changed])
        for (_, home, stamp), thread in zip(changed, threads, strict=True):
            home = replace(home, team=teams[home.project])
            past, left = past_issue(thread, home, sent.get(thread.issue.key, frozenset()))
            batch.append((past, stamp))
            self._report.left_out.update(left)
        async with self._writing:
            self._report.take(await self._archive.learn(batch))
        self._report.read += len(batch)

    async def _thread(self, issue: Issue) -> Thread:
        """An issue that vanished between list and notes has none; the next run forgets it."""
        notes: tuple[Note, ...] = ()
        if issue.note_count and not why_not(issue):
            try:
                notes = await self._history.notes(issue.key)
            except Gone:
                log.info("%s is gone", issue.key)
        return Thread(issue=issue, notes=notes)

    async def _sent(self, keys: Sequence[IssueKey]) -> dict[IssueKey, frozenset[str]]:
        found: dict[IssueKey, frozenset[str]] = {}
        for project in {key.project for key in keys}:
            numbers = [key.number for key in keys if key.project == project]
            sent = await self._archive.sent(self._history.name, project, numbers)
            found |= {key: sent[key.number] for key in keys if key.project == project and key.number in sent}
        return found

    async def _sweep(self) -> None:
        """Forget what is deleted, hidden from us, or watched no longer."""
        missing = [key async for key in self._archive.keys(self._history.name) if not self._was_seen(key)]
        asked = [key for key in missing if key.project in self._seen]
        still = await _together(self._history.exists(key) for key in asked)
        there = {key for key, exists in zip(asked, still, strict=True) if exists}
        self._report.removed += await self._archive.forget([key for key in missing if key not in there])

    def _was_seen(self, key: IssueKey) -> bool:
        return key.number in self._seen.get(key.project, ())


async def _together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order; when one fails, the others end too before its failure goes on."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
