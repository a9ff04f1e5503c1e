"""What a tracker remembers: issues of the past, and what the team answered to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.issue import IssueKey, Note

PREFIX = "issue:"
"""What the source of every passage begins with that comes from an issue and not from a file."""


def source_of(key: IssueKey) -> str:
    """The name under which an issue's answers stand in the knowledge."""
    return f"{PREFIX}{key}"


def answer_id(key: IssueKey, note: str) -> str:
    """The permanent name of one answer."""
    return f"{key}/note_{note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A project as far as learning needs it: who may see it, and whose notes are answers (their permanent ids).

    `visibility` is "public", "internal" or "private"; what is not known counts as private.
    """

    project: str
    visibility: str
    team: frozenset[str] = frozenset()

    @property
    def readers(self) -> str:
        """The visibility of a passage from here: a private project's passages are for itself alone."""
        return self.visibility if self.visibility in {"public", "internal"} else self.project


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAnswer:
    """One answer as it was written. `digest` is the same for the same words.

    `sent` says that it is a reply a reviewer approved here, `thanked` that the reporter said it helped.
    """

    note: str
    author_id: str
    author: str
    body: str
    at: datetime
    digest: str
    sent: bool = False
    thanked: bool = False

    @classmethod
    def of(cls, note: Note, *, body: str, digest: str, sent: bool, thanked: bool) -> PastAnswer:
        author = note.author
        return cls(
            note=note.id,
            author_id=author.id,
            author="" if sent else author.username,
            body=body,
            at=note.created_at,
            digest=digest,
            sent=sent,
            thanked=thanked,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one sent reply teaches: an answer, and that its issue's title is another way to ask for what it cites.

    `past` is None when the issue cannot be learned from any more.
    """

    review_id: int
    at: datetime
    past: PastIssue | None
    cited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person made of a draft before it was sent: `before` and `after` are bodies with footer and marker."""

    review_id: int
    title: str
    body: str
    before: str
    after: str
    at: datetime
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIssue:
    """A question with the answers that may be learned from it. Without answers nothing else of it is kept.

    `readers` is the visibility of its passages.
    """

    key: IssueKey
    title: str
    body: str
    url: str
    readers: str
    created_at: datetime
    labels: tuple[str, ...] = ()
    answers: tuple[PastAnswer, ...] = ()

    @property
    def source(self) -> str:
        return source_of(self.key)

    def with_answers(self, answers: tuple[PastAnswer, ...]) -> PastIssue:
        """The same question with other answers."""
        return replace(self, answers=answers)
