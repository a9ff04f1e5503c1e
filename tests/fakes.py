"""Typed, strict stand-ins for the ports; test_fakes.py and the contract suites keep them honest."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.card import Card, Digest, Post
from bot.domain.gesture import Gesture, Notice, Person
from bot.domain.issue import Change, ChangeKind, ChangePage, Issue, IssueKey, Note, Reply, Thread
from bot.domain.passage import Citation, Match, Passage
from bot.domain.prompt import Prompt
from bot.domain.receipt import Thumbs
from bot.domain.review import DraftStatus, DraftText
from bot.errors import BotError, Gone, InDoubt, UsageError
from bot.ports import Finding, Limits, Query
from tests.factories import NOON, make_author


class FakeTracker:
    """Issues in a dictionary. `faults` are raised by the next calls of the named method.

    An InDoubt fault of `reply` may commit first: put it into `commits_anyway`.
    """

    def __init__(self, name: str = "fake", *, no_replies: str = "") -> None:
        self.name = name
        self.no_replies = no_replies
        self.threads: dict[IssueKey, Thread] = {}
        self.kinds: dict[IssueKey, ChangeKind] = {}
        self.replies: list[tuple[IssueKey, str]] = []
        self.faults: dict[str, deque[BotError]] = {}
        self.commits_anyway = False
        self.closed = False
        self.asked: list[str] = []
        self.told: list[IssueKey] = []
        self.watched = {"7"}
        self.reactions: dict[str, Thumbs] = {}

    def add(self, thread: Thread, kind: ChangeKind = ChangeKind.OPENED) -> Issue:
        issue = replace(thread.issue, key=replace(thread.issue.key, tracker=self.name))
        self.threads[issue.key] = replace(thread, issue=issue)
        self.kinds[issue.key] = kind
        self.told.append(issue.key)
        return issue

    def fail(self, method: str, *errors: BotError) -> None:
        self.faults.setdefault(method, deque()).extend(errors)

    def _call(self, method: str) -> None:
        self.asked.append(method)
        if queue := self.faults.get(method):
            raise queue.popleft()

    async def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        self._call("changes")
        keys = dict.fromkeys(self.told[int(cursor or 0) :])
        issues = [self.threads[key].issue for key in keys]
        changes = [Change(kind=self.kinds[i.key] if i.open else ChangeKind.CLOSED, issue=i) for i in issues]
        yield ChangePage(changes=tuple(changes), cursor=str(len(self.told)))

    async def change(self, key: IssueKey, cursor: str | None) -> Change | None:
        self._call("change")
        if key not in self.threads:
            raise Gone(f"{key} cannot be seen.")
        issue = self.threads[key].issue
        if cursor is None or issue.key.project not in self.watched:
            return None
        return Change(kind=self.kinds[key] if issue.open else ChangeKind.CLOSED, issue=issue)

    async def locate(self, target: str) -> IssueKey:
        self._call("locate")
        for key, thread in self.threads.items():
            if thread.issue.url == target:
                return key
        raise UsageError(f"{target} names no issue here.")

    async def thread(self, key: IssueKey) -> Thread:
        self._call("thread")
        if key not in self.threads:
            raise Gone(f"{key} cannot be seen.")
        return self.threads[key]

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        assert marker in body, "a body without its marker could never be found again"
        try:
            self._call("reply")
        except InDoubt:
            if self.commits_anyway:
                self._commit(key, body)
            raise
        return self._commit(key, body)

    def _commit(self, key: IssueKey, body: str) -> Reply:
        self.replies.append((key, body))
        thread, note_id = self.threads[key], str(900 + len(self.replies))
        note = Note(id=note_id, author=make_author("gepettto", me=True), body=body, created_at=NOON)
        self.threads[key] = replace(thread, notes=(*thread.notes, note))
        return Reply(note_id=note_id, url=f"{thread.issue.url}#note_{note_id}", body=body, at=NOON)

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        self._call("find_reply")
        for note in self.threads[key].notes:
            if marker in note.body:
                url = f"{self.threads[key].issue.url}#note_{note.id}"
                return Reply(note_id=note.id, url=url, body=note.body, at=note.created_at)
        return None

    async def thumbs(self, key: IssueKey, note_id: str) -> Thumbs:
        self._call("thumbs")
        return self.reactions.get(note_id, Thumbs())

    async def check(self) -> list[Finding]:
        return [Finding(item=self.name, ok=True, detail="in memory")]

    async def close(self) -> None:
        self.closed = True


class FakeChat:
    """Cards as they stand, by post id; `reviewers` may decide."""

    def __init__(
        self, name: str = "fake", reviewers: Sequence[str] = ("fake:alice",), channels: Sequence[str] = ()
    ) -> None:
        self.name = name
        self.home = "team"
        self.channels = frozenset({self.home, *channels})
        self.language = "en"
        self.limits = Limits(text=4000, buttons=True, durable=True)
        self.reviewers = frozenset(reviewers)
        self.cards: dict[str, Card] = {}
        self.keys: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.tried_before: list[datetime | None] = []
        self.alerts: dict[str, str] = {}
        self.digests: dict[str, tuple[list[int], int]] = {}
        self.notices: list[tuple[Gesture, Notice]] = []
        self.faults: deque[BotError] = deque()
        self.while_editing: Callable[[], Awaitable[None]] | None = None
        self._gestures: asyncio.Queue[Gesture | BotError | None] = asyncio.Queue()

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def post(self, channel: str, card: Card, key: str, since: datetime | None = None) -> str:
        assert channel in self.channels
        self.tried_before.append(since)
        if self.faults:
            raise self.faults.popleft()
        post_id = self.keys.setdefault(key, f"post-{len(self.keys) + 1}")
        self.cards[post_id] = card
        self.places[post_id] = channel
        return post_id

    async def edit(self, post: Post, card: Card) -> None:
        if self.faults:
            raise self.faults.popleft()
        if post.id not in self.cards:
            raise Gone("The card was deleted.")
        self.cards[post.id] = card
        if self.while_editing is not None:
            await self.while_editing()

    async def digest(self, digest: Digest, cards: Sequence[Card], total: int) -> str:
        assert digest.channel in self.channels
        if self.faults:
            raise self.faults.popleft()
        if digest.id and digest.id not in self.digests:
            raise Gone("The digest was deleted.")
        post_id = digest.id or self.keys.setdefault(digest.key, f"digest-{len(self.keys) + 1}")
        self.digests[post_id] = ([card.review.id for card in cards], total)
        return post_id

    async def alert(self, channel: str, text: str, key: str) -> None:
        assert channel in self.channels
        if self.faults:
            raise self.faults.popleft()
        self.alerts.setdefault(key, text)

    def make(self, gesture: Gesture) -> None:
        """A person does something."""
        self._gestures.put_nowait(gesture)

    def leave(self) -> None:
        """Everybody leaves: `gestures` ends."""
        self._gestures.put_nowait(None)

    def break_off(self, failure: BotError) -> None:
        """The platform cannot go on: `gestures` raises."""
        self._gestures.put_nowait(failure)

    async def gestures(self) -> AsyncIterator[Gesture]:
        while (gesture := await self._gestures.get()) is not None:
            if isinstance(gesture, BotError):
                raise gesture
            yield gesture

    async def acknowledge(self, gesture: Gesture, notice: Notice) -> None:
        self.notices.append((gesture, notice))

    async def may_decide(self, person: Person) -> bool:
        return person.id in self.reviewers

    async def check(self) -> list[Finding]:
        return [Finding(item=self.name, ok=True, detail="in memory")]


class FakeDrafter:
    """Writes `text`, citing every source it was given; remembers the prompts."""

    def __init__(self, text: str = "Please restart it.", name: str = "fake") -> None:
        self.name = name
        self.text = text
        self.status = DraftStatus.ANSWER
        self.prompts: list[Prompt] = []
        self.faults: deque[BotError] = deque()
        self.while_drafting: Callable[[], Awaitable[None]] | None = None

    async def draft(self, prompt: Prompt) -> DraftText:
        self.prompts.append(prompt)
        if self.while_drafting is not None:
            await self.while_drafting()
        if self.faults:
            raise self.faults.popleft()
        cited = tuple(Citation(id=m.passage.id, title=m.passage.title, url=m.passage.url) for m in prompt.sources)
        return DraftText(text=self.text, status=self.status, citations=cited, drafter=self.name, model="fake-1")

    async def check(self) -> list[Finding]:
        return [Finding(item=self.name, ok=True, detail="in memory")]

    async def close(self) -> None: ...


class FakeStock:
    """Finds what it was given, whatever is asked; remembers the queries."""

    def __init__(self, *matches: Match) -> None:
        self.matches = matches
        self.queries: list[Query] = []

    async def search(self, query: Query, limit: int = 5) -> Sequence[Match]:
        self.queries.append(query)
        return self.matches[:limit]

    async def replace_source(self, source: str, passages: Sequence[Passage]) -> tuple[int, int, int]:
        raise AssertionError("this stock is for reading")

    async def size(self) -> int:
        return len(self.matches)
