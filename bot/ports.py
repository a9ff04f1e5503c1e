"""The seams: what the services need from the world, as Protocols without behaviour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from bot.domain.card import Card, Digest, Post
from bot.domain.figures import Case, Event
from bot.domain.gesture import Gesture, Notice, Person
from bot.domain.history import Edit, Home, Lesson, PastIssue
from bot.domain.hook import HookDelivery
from bot.domain.issue import Change, ChangePage, Issue, IssueKey, Note, Reply, Thread
from bot.domain.passage import Match, Passage
from bot.domain.prompt import Prompt
from bot.domain.receipt import Receipt, Thumbs
from bot.domain.review import Attempt, Decision, Draft, DraftText, Review, Revisit, State
from bot.domain.training import Training, TrainingJob
from bot.domain.trouble import Trouble


class Clock(Protocol):
    """Time as an argument, so that waiting is tested without waiting."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `gepettto check`: what was looked at, whether it holds, and the remedy if not."""

    item: str
    ok: bool
    detail: str
    remedy: str = ""
    warning: bool = False


class Checkable(Protocol):
    """An edge that can prove its part of the configuration."""

    async def check(self) -> list[Finding]: ...


class Tracker(Checkable, Protocol):
    """Where issues live. Errors: Temporary, InDoubt (only `reply`), Permanent and below."""

    name: str
    no_replies: str
    """Why no reply can be sent through this tracker; empty when it can."""

    def changes(self, cursor: str | None, *, backfill: int = 0) -> AsyncIterator[ChangePage]:
        """Everything since `cursor`, oldest first, page by page.

        Without a cursor: the newest `backfill` open issues, and a cursor that begins now.
        """
        ...

    async def locate(self, target: str) -> IssueKey:
        """The key of the issue that an address or path names; UsageError when it names none here."""
        ...

    async def thread(self, key: IssueKey) -> Thread:
        """The issue with its notes as they are now; Gone when it cannot be seen."""
        ...

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        """Post `body` once, without any retry. InDoubt when it may have been posted."""
        ...

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        """Our own note that carries `marker` and is not older than `since`."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Caller(Protocol):
    """What a tracker that calls us can do besides: tell of the one issue it called about."""

    name: str

    async def change(self, key: IssueKey, cursor: str | None) -> Change | None:
        """What `changes` would tell of this issue now; None when nothing, as of an issue that is not watched."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """An issue that webhooks named and nobody has looked at since: the row and the time of the last delivery."""

    issue: IssueKey
    last: int
    at: datetime


@runtime_checkable
class Rated(Protocol):
    """What a tracker can do besides when people can react to a note."""

    async def thumbs(self, key: IssueKey, note_id: str) -> Thumbs:
        """Other people's reactions to our note; Gone when it was deleted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform can show, as data."""

    text: int  # characters of a draft that fit into a card
    buttons: bool
    durable: bool  # posts outlive our process; a terminal's do not


class Chat(Checkable, Protocol):
    """A connection to one chat platform."""

    name: str
    home: str
    """The channel for cards that no route sends elsewhere."""
    channels: frozenset[str]
    """Every channel that cards may stand in, with `home`."""
    language: str
    limits: Limits

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def post(self, channel: str, card: Card, key: str, since: datetime | None = None) -> str:
        """Show a card and return the platform's id; the same `key` again shows nothing twice.

        `since` is when this was tried before: the card may stand there already.
        """
        ...

    async def edit(self, post: Post, card: Card) -> None:
        """Bring a card up to date; Gone when it was deleted."""
        ...

    def gestures(self) -> AsyncIterator[Gesture]: ...

    async def acknowledge(self, gesture: Gesture, notice: Notice) -> None: ...

    async def may_decide(self, person: Person) -> bool:
        """Whether this person is a configured reviewer at this moment."""
        ...


@runtime_checkable
class Digests(Protocol):
    """What a chat can do besides when people look at it later: only there new cards may have to wait."""

    async def digest(self, digest: Digest, cards: Sequence[Card], total: int) -> str:
        """Show in one message which reviews wait without a card: the first of `total`, oldest first.

        With `digest.id` that message is brought up to date (to "nothing waits" when `total` is 0); Gone when it was
        deleted. Returns the platform's id. The same `digest.key` again shows nothing twice.
        """
        ...


@runtime_checkable
class Alarmed(Protocol):
    """What a chat can do besides: tell its channel what needs a person."""

    async def alert(self, channel: str, text: str, key: str) -> None:
        """Say one sentence there; the same `key` again says nothing twice, where the platform can tell."""
        ...


class Drafter(Checkable, Protocol):
    """Writes drafts. Errors: Temporary (later), Permanent (somebody must act)."""

    name: str

    async def draft(self, prompt: Prompt) -> DraftText: ...

    async def close(self) -> None: ...


class Source(Protocol):
    """Supplies passages."""

    name: str

    def passages(self, since: datetime | None) -> AsyncIterator[Passage]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for: title and body apart, cleaned; `project` and its `visibility` widen what may be seen.

    `errors` are the telling lines of logs, with numbers and paths masked. Neither passages named by `exclude` nor those
    of the source `leave_out` are found.
    """

    title: str
    body: str = ""
    errors: tuple[str, ...] = ()
    language: str = ""
    project: str = ""
    visibility: str = ""
    exclude: frozenset[str] = frozenset()
    leave_out: str = ""

    @property
    def visible(self) -> frozenset[str]:
        """The visibilities that may answer here: never less public than the project that asks, but for its own."""
        inside = {"internal"} if self.visibility in {"internal", "private"} else set()
        return frozenset({"public", self.project} | inside)


class Knowledge(Protocol):
    """The searchable stock."""

    async def search(self, query: Query, limit: int = 5) -> Sequence[Match]:
        """The best passages, best first; empty when nothing is like the query, not even in its letters."""
        ...


class JobKind(StrEnum):
    """The short jobs of the engine, one per step that talks to the world."""

    DRAFT = "draft"
    POST = "post"
    REVISIT = "revisit"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Ids only. `rev` is the revision the job was made for: an older row means the job is not needed."""

    kind: JobKind
    review_id: int
    rev: int


class Transaction(Protocol):
    """Everything that may happen to the truth, inside one transaction. Written together or not at all."""

    async def add_review(
        self, issue: Issue, *, marker: str, by: str, at: datetime, due_at: datetime | None = None
    ) -> Review:
        """A review in state NEW, as the next round of this issue."""
        ...

    async def review(self, review_id: int) -> Review:
        """Raises Gone when there is none."""
        ...

    async def latest(self, key: IssueKey) -> Review | None:
        """The newest round of this issue."""
        ...

    async def begun_since(self, tracker: str, since: datetime, author: str = "") -> int:
        """How many reviews of issues (of this author) began after `since`, without those that were left out."""
        ...

    async def waiting(self, *, after: int = 0, limit: int = 50) -> list[Review]:
        """Reviews that wait for a person (PENDING, STUCK, UNSENT), by id, from the one after `after`."""
        ...

    async def due(self, now: datetime, limit: int = 100) -> list[Review]:
        """Reviews in motion whose `due_at` has passed."""
        ...

    async def is_behind(self, review: Review) -> bool:
        """Whether an older approved reply of the same project has failed so far."""
        ...

    async def next_to_send(self, review: Review) -> Review | None:
        """The oldest other approved reply of the same project."""
        ...

    async def unposted(self, before: datetime, limit: int = 100) -> list[Review]:
        """Reviews whose cards do not show their last change yet, and were not tried since `before`; longest first."""
        ...

    async def unanswered(self, text: str, limit: int = 25) -> list[Review]:
        """Reviews of open issues without a reply whose project, number or title holds `text`; newest first."""
        ...

    async def unlearned(self, *, after: int = 0, limit: int = 50) -> list[Review]:
        """Reviews whose reply was sent and not learned from yet, by id, from the one after `after`."""
        ...

    async def counts(self) -> dict[State, int]: ...

    async def move(
        self,
        review: Review,
        to: State,
        *,
        by: str,
        at: datetime,
        draft: int | None = None,
        problem: str = "",
        due_at: datetime | None = None,
        failures: int = 0,
        issue: Issue | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Review:
        """The one way a state changes: compare-and-swap on `rev`, and an event beside it.

        Raises IllegalMove when the table has no such arrow, Overtaken when the row has moved on.
        """
        ...

    async def postpone(self, review: Review, due_at: datetime, *, failures: int, problem: str = "") -> None:
        """Look again at `due_at`, without a move. Raises Overtaken when the row has moved on."""
        ...

    async def refresh(self, review: Review, issue: Issue) -> None:
        """Store what the tracker shows now (title, labels, …) without a move."""
        ...

    async def redact(self, key: IssueKey, *, by: str, at: datetime) -> list[Review]:
        """Forget what an issue says, in all its rounds but one that is being sent; their cards must be shown anew."""
        ...

    async def renew(self, review: Review) -> Review:
        """The next revision without a move: what belongs to the review changed, and its cards show it anew."""
        ...

    async def mark_posted(self, review_id: int, rev: int) -> None:
        """All cards of this review show revision `rev`."""
        ...

    async def mark_unposted(self, review_id: int) -> None:
        """Every card of this review must be shown anew: until it is, the sweep sees to it."""
        ...

    async def mark_tried(self, review_id: int, at: datetime) -> None:
        """A job that posts the cards of this review was made at `at`."""
        ...

    async def add_draft(self, draft: Draft) -> None: ...

    async def draft(self, review_id: int, number: int) -> Draft | None: ...

    async def instructions(self, review_id: int) -> list[str]:
        """What reviewers asked for when they had it regenerated, oldest first."""
        ...

    async def add_decision(self, decision: Decision) -> bool:
        """False when this gesture has been recorded before."""
        ...

    async def last_decision(self, review_id: int) -> Decision | None: ...

    async def attempt(self, review_id: int) -> Attempt | None:
        """The newest attempt to send."""
        ...

    async def claim_attempt(self, review_id: int, *, number: int, at: datetime) -> Attempt:
        """Become the one who sends attempt `number`; Overtaken when somebody else has it."""
        ...

    async def revisit(self, review_id: int) -> Revisit | None:
        """When the thread of this review is read again."""
        ...

    async def save_revisit(self, revisit: Revisit) -> None: ...

    async def forget_revisit(self, review_id: int) -> None: ...

    async def revisits_due(self, now: datetime, limit: int = 20) -> list[Revisit]:
        """Those whose time has come, longest waiting first."""
        ...

    async def add_reply(self, review_id: int, reply: Reply) -> None: ...

    async def reply(self, review_id: int) -> Reply | None: ...

    async def receipt(self, review_id: int) -> Receipt | None: ...

    async def save_receipt(self, review_id: int, receipt: Receipt) -> None: ...

    async def posts(self, review_id: int) -> list[Post]: ...

    async def add_post(self, post: Post) -> None:
        """The first trace of a card in a channel; Overtaken when somebody else posts it at this moment."""
        ...

    async def save_post(self, post: Post, *, key: str | None = None) -> None:
        """What has become of a post that was added; `key` is the one it had, when it gets a new one.

        Raises Overtaken when it has another key meanwhile: the card was deleted, and is somebody else's to post.
        """
        ...

    async def post_at(self, chat: str, post_id: str) -> Post | None:
        """The card that the platform knows by this id; None when it is none of ours."""
        ...

    async def held(self, chat: str, channel: str, limit: int) -> tuple[list[Review], int]:
        """The first reviews that wait for a person while their card is held back, oldest first; how many in all."""
        ...

    async def turns_since(self, chat: str, channel: str, since: datetime) -> int:
        """How many cards had their turn in this channel."""
        ...

    async def digest(self, chat: str, channel: str) -> Digest | None: ...

    async def save_digest(self, digest: Digest) -> None: ...

    async def pauses(self) -> frozenset[str]:
        """The names (`domain.routing`) of all pauses in force."""
        ...

    async def save_pause(self, name: str, *, on: bool, by: str, at: datetime) -> bool:
        """Whether that changed anything."""
        ...

    async def add_deliveries(self, found: Sequence[HookDelivery]) -> frozenset[str]:
        """Store them, and return the keys of those that were not known yet."""
        ...

    async def called(self, tracker: str, limit: int) -> list[Called]:
        """The first issues that were named and not looked at since; those called first come first."""
        ...

    async def last_delivery(self) -> int:
        """The row of the newest delivery; 0 = none."""
        ...

    async def finish_deliveries(self, up_to: int, at: datetime, issue: IssueKey | None = None) -> None:
        """The rows up to this one, of `issue` or of all, need no look any more."""
        ...

    async def forget_deliveries(self, before: datetime) -> None:
        """The same delivery would count as new from now on."""
        ...

    async def troubles(self) -> list[Trouble]:
        """What does not work, or was told not to work; oldest first."""
        ...

    async def save_trouble(self, trouble: Trouble) -> None: ...

    async def forget_trouble(self, name: str) -> None: ...

    async def cursor(self, name: str) -> str | None: ...

    async def save_cursor(self, name: str, value: str, at: datetime) -> None: ...

    async def record(
        self, kind: str, *, by: str, at: datetime, review_id: int | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        """Append an event that is not a move."""
        ...

    async def cases(self, since: datetime) -> list[Case]:
        """All reviews that began since, with their drafts and decisions."""
        ...

    async def reviews_of(self, project: str, number: int) -> list[Review]:
        """All rounds of the issues with this number in the project of this path or id, oldest first."""
        ...

    async def trail(self, review_ids: Sequence[int]) -> list[Event]:
        """Every event of these reviews, in order."""
        ...

    async def enqueue(self, job: Job) -> None:
        """Have the engine run this job after the commit, and only if it commits."""
        ...


class Store(Checkable, Protocol):
    """The truth."""

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that writes: commits at the end of the block, rolls back on an exception."""
        ...

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction for reading only."""
        ...

    async def close(self) -> None: ...


class History(Protocol):
    """The past of one tracker, for reading once and keeping up with. Errors as a tracker's."""

    name: str

    def issues(self) -> Sequence[AsyncIterator[Sequence[Issue]]]:
        """Every issue of each watched project or group, page by page; what cannot be read raises in its own list."""
        ...

    async def home(self, project: str) -> Home:
        """Who may see this project, without its team."""
        ...

    async def team(self, project: str) -> frozenset[str]:
        """The permanent ids of those whose notes are answers there."""
        ...

    async def notes(self, key: IssueKey) -> tuple[Note, ...]:
        """All comments, oldest first; Gone when the issue cannot be seen any more."""
        ...

    async def exists(self, key: IssueKey) -> bool:
        """Whether the issue can still be seen: False only when the tracker says so for sure."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What one step of learning changed, in passages; `canned` counts answers left out as canned lines."""

    added: int = 0
    unchanged: int = 0
    removed: int = 0
    canned: int = 0


class Archive(Protocol):
    """What is kept of the trackers' past."""

    async def stamps(self, tracker: str, project: str, numbers: Sequence[int]) -> dict[int, str]:
        """The stamp under which each of these issues was learned; absent when it never was."""
        ...

    async def sent(self, tracker: str, project: str, numbers: Sequence[int]) -> dict[int, frozenset[str]]:
        """The notes on these issues that a reviewer approved here."""
        ...

    async def learn(self, batch: Sequence[tuple[PastIssue, str]]) -> Learned:
        """Make the knowledge hold exactly this of these issues, and write down their stamps: all or nothing."""
        ...

    async def teach(self, lesson: Lesson) -> bool:
        """Add what a sent reply teaches; False when that was done before."""
        ...

    def keys(self, tracker: str) -> AsyncIterator[IssueKey]:
        """Every issue that was ever seen and not forgotten."""
        ...

    async def forget(self, keys: Sequence[IssueKey]) -> int:
        """Take out everything that came from these issues: how many passages that were."""
        ...


class Material(Protocol):
    """What a training set is made of; each always in the same order."""

    def past(self) -> AsyncIterator[PastIssue]:
        """Every issue with answers that are no canned lines."""
        ...

    def edits(self) -> AsyncIterator[Edit]:
        """Every sent reply that a person had edited, as long as it stands."""
        ...

    def texts(self) -> AsyncIterator[Passage]:
        """Every passage that comes from a file."""
        ...


class Trainer(Protocol):
    """A server that trains models. Errors: Temporary, InDoubt (what writes), Permanent and below."""

    endpoint: str

    async def uploaded(self, name: str, known: str) -> str | None:
        """The id of a file that the server has under this name, or under the `known` id."""
        ...

    async def upload(self, path: Path, name: str) -> str: ...

    async def create(self, training: Training) -> TrainingJob: ...

    async def jobs(self) -> list[TrainingJob]:
        """The newest ones, newest first."""
        ...

    async def job(self, identity: str) -> TrainingJob: ...

    async def cancel(self, identity: str) -> TrainingJob: ...

    async def close(self) -> None: ...


class Trainings(Protocol):
    """What was asked of such servers from here."""

    async def training(self, key: str) -> Training | None: ...

    async def latest(self, endpoint: str) -> Training | None:
        """The last one that has a job."""
        ...

    async def save(self, training: Training) -> None: ...


class Stock(Knowledge, Protocol):
    """The writable side of the knowledge: what `learn` keeps up to date."""

    async def replace_source(self, source: str, passages: Sequence[Passage]) -> tuple[int, int, int]:
        """Make the stock hold exactly these passages of `source`: (added or changed, unchanged, removed)."""
        ...

    async def size(self) -> int: ...
