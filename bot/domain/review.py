"""The life of one proposed reply: its states, the one table of moves, drafts and decisions.

```
NEW -> DRAFTING -> PENDING -> APPROVED -> SENDING -> SENT
```
The whole diagram with the reasons stands in docs/design.md; a test compares it with `MOVES`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.changes import Difference, Seen, differences, seen_of
from bot.domain.issue import Issue, IssueKey, Thread
from bot.domain.outgoing import Allowed
from bot.domain.passage import Citation, MatchWord
from bot.errors import IllegalMove


class State(StrEnum):
    """Where a review stands."""

    NEW = "new"  # known, nothing written yet
    DRAFTING = "drafting"  # a drafter is at work
    PENDING = "pending"  # a draft waits for a person: only a row, no task, no timer
    APPROVED = "approved"  # a named person said: send exactly this
    SENDING = "sending"  # the request may be on its way; an attempt row says since when
    SENT = "sent"  # the tracker shows the note
    DISMISSED = "dismissed"  # a person said no
    STUCK = "stuck"  # no draft could be written
    UNSENT = "unsent"  # the tracker refuses the note for good
    OBSOLETE = "obsolete"  # closed, moved, gone, or answered otherwise


MOVES: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.DRAFTING, State.OBSOLETE}),
    State.DRAFTING: frozenset({State.PENDING, State.STUCK, State.OBSOLETE}),
    State.PENDING: frozenset({State.PENDING, State.DRAFTING, State.APPROVED, State.DISMISSED, State.OBSOLETE}),
    State.APPROVED: frozenset({State.SENDING, State.PENDING, State.OBSOLETE}),
    State.SENDING: frozenset({State.SENT, State.APPROVED, State.UNSENT}),
    State.SENT: frozenset(),
    State.DISMISSED: frozenset({State.PENDING}),
    State.STUCK: frozenset({State.DRAFTING, State.PENDING, State.DISMISSED, State.OBSOLETE}),
    State.UNSENT: frozenset({State.APPROVED, State.PENDING, State.DISMISSED, State.OBSOLETE}),
    State.OBSOLETE: frozenset(),
}

IN_MOTION = frozenset({State.NEW, State.DRAFTING, State.APPROVED, State.SENDING})
"""States that a job must move on; in all others the row waits for a person, or has ended."""


class Verdict(StrEnum):
    """What a person decides about a draft."""

    APPROVE = "approve"
    EDIT = "edit"
    REGENERATE = "regenerate"
    DISMISS = "dismiss"
    UNDO = "undo"


VERDICTS: dict[State, frozenset[Verdict]] = {
    State.PENDING: frozenset({Verdict.APPROVE, Verdict.EDIT, Verdict.REGENERATE, Verdict.DISMISS}),
    State.STUCK: frozenset({Verdict.EDIT, Verdict.REGENERATE, Verdict.DISMISS}),
    State.UNSENT: frozenset({Verdict.APPROVE, Verdict.DISMISS}),
    State.DISMISSED: frozenset({Verdict.UNDO}),
}
"""What can be decided in which state; a state that is absent allows nothing."""


class DraftStatus(StrEnum):
    """What kind of reply a drafter proposes."""

    ANSWER = "answer"
    ASK = "ask_for_information"
    INSUFFICIENT = "insufficient_information"
    NOT_A_QUESTION = "not_a_question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one call to a model consumed; `cost` in the currency of the price table, None when unknown."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    cost: float | None = None
    seconds: float = 0.0
    first_token_seconds: float = 0.0
    finish_reason: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftText:
    """What a drafter wrote, before the exit filter."""

    text: str
    status: DraftStatus
    citations: tuple[Citation, ...] = ()
    language: str = ""
    drafter: str = ""
    model: str = ""
    usage: Usage | None = None
    note_to_team: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A numbered proposal. `body` is the exit filter's output: exactly what would be sent, or empty."""

    review_id: int
    number: int
    body: str
    status: DraftStatus
    author: str
    at: datetime
    by_person: bool = False
    text: str = ""  # as written, before the exit filter: what an edit starts from
    match: MatchWord = MatchWord.NONE
    confidence: float = 0.0
    citations: tuple[Citation, ...] = ()
    related: tuple[Citation, ...] = ()
    language: str = ""
    model: str = ""
    usage: Usage | None = None
    instruction: str = ""
    note_to_team: str = ""
    warnings: tuple[str, ...] = ()
    fingerprint: str = ""  # of the thread it was written for
    seen: Seen | None = None  # what of that thread a later difference can be told from
    since: int = 0  # offered again: the draft that people knew, from whose thread the differences are counted
    differences: tuple[Difference, ...] = ()
    allowed: Allowed = field(default_factory=Allowed)  # what the exit filter may leave in an edit of it

    @property
    def sha256(self) -> str:
        """Hash of exactly the bytes that would be sent."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    def for_thread(self, thread: Thread, *, at: datetime, known: Draft | None = None) -> Draft:
        """The same text as the next draft, offered again because the thread has changed.

        `known` is the draft that people last acted on or were first shown, when this one is only its repetition.
        """
        known = known or self
        return replace(
            self,
            number=self.number + 1,
            at=at,
            fingerprint=thread.fingerprint(),
            warnings=(*(w for w in self.warnings if w != "changed"), "changed"),
            seen=seen_of(thread),
            since=known.number,
            differences=differences(known.seen, thread) if known.seen else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided what about which draft, and where. `gesture` is unique per platform event."""

    gesture: str
    review_id: int
    draft: int
    verdict: Verdict
    reviewer: str  # permanent id with the platform in front: "discord:123"
    reviewer_name: str
    chat: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send: committed before the request leaves, so that a crash leaves a trace."""

    review_id: int
    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """When the thread of a review is read again though nobody asks; `missing_since`: it could not be seen then."""

    review_id: int
    due_at: datetime
    missing_since: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One row of the truth. `rev` grows with every move; `due_at` says when a job must look again."""

    id: int
    issue: Issue
    round: int
    state: State
    rev: int
    draft: int  # number of the current draft, 0 = none yet
    marker: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None = None
    problem: str = ""
    failures: int = 0

    @property
    def key(self) -> IssueKey:
        return self.issue.key

    def moved(self, to: State, *, at: datetime) -> Review:
        """This review one step on; raises IllegalMove when the table has no such arrow."""
        if to not in MOVES[self.state]:
            raise IllegalMove(f"A review that is {self.state} cannot become {to}.")
        return replace(self, state=to, rev=self.rev + 1, updated_at=at)

    def allows(self, verdict: Verdict) -> bool:
        return verdict in VERDICTS.get(self.state, frozenset())
