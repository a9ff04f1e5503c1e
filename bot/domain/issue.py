"""What a tracker tells us: issues, their notes, and changes to them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class IssueKey:
    """Names one issue for ever: tracker, the project's permanent id there, the issue's number in it.

    `project` is an id that survives renames (GitLab: the numeric id as text), never a path.
    """

    tracker: str
    project: str
    number: int

    def __str__(self) -> str:
        return f"{self.tracker}:{self.project}#{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote an issue or a note. `id` is permanent; names may change or be forged. `me` is our own account."""

    id: str
    username: str
    name: str
    bot: bool = False
    me: bool = False


ANSWERED_KINDS = frozenset({"issue", "incident"})
"""Types we draft for; a ticket is an e-mail conversation with outsiders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One report as the tracker shows it; times are aware and in UTC."""

    key: IssueKey
    title: str
    body: str
    author: Author
    url: str
    project_name: str
    created_at: datetime
    updated_at: datetime
    labels: tuple[str, ...] = ()
    kind: str = "issue"
    open: bool = True
    confidential: bool = False
    locked: bool = False
    moved: bool = False
    service_desk: bool = False
    note_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One comment. `system` notes are activity lines; `internal` ones are for the team's eyes only."""

    id: str
    author: Author
    body: str
    created_at: datetime
    system: bool = False
    internal: bool = False
    discussion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """An issue with its notes, oldest first.

    `visibility` is the project's: "public", "internal" or "private". Where it is not known, what is quoted must be
    public, and what is learned stays in the project.
    """

    issue: Issue
    notes: tuple[Note, ...] = ()
    visibility: str = ""

    def public(self) -> Thread:
        """The same thread without activity lines and without internal notes."""
        return replace(self, notes=tuple(n for n in self.notes if not n.system and not n.internal))

    def others(self) -> tuple[Note, ...]:
        """The public notes that are not our own."""
        return tuple(note for note in self.public().notes if not note.author.me)

    def fingerprint(self) -> str:
        """SHA-256 of everything a reader of the thread could have relied on when deciding."""
        issue = self.issue
        parts = [issue.title, issue.body, issue.open, issue.confidential, issue.locked, issue.moved]
        parts += [issue.kind, *sorted(issue.labels)]
        notes = [[note.id, note.body] for note in self.others()]
        return hashlib.sha256(json.dumps([parts, notes]).encode()).hexdigest()

    def participants(self) -> frozenset[str]:
        """User names that already take part, and may therefore be mentioned."""
        return frozenset(a.username for a in (self.issue.author, *(n.author for n in self.public().notes)))


class ChangeKind(StrEnum):
    """What happened to an issue since the tracker was last asked."""

    OPENED = "opened"  # opened since we began to watch (or asked for by a backfill), and open now
    UPDATED = "updated"  # older than our watch: known ones are brought up to date, no card is made
    CLOSED = "closed"  # closed, moved away, or turned into something we do not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing a tracker told us about one issue."""

    kind: ChangeKind
    issue: Issue


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Some changes, and the cursor to store together with them: asking again from it loses nothing."""

    changes: tuple[Change, ...]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The note that the tracker accepted."""

    note_id: str
    url: str
    body: str
    at: datetime
