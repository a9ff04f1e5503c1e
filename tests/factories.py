"""Values with sensible defaults; a test overrides what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.domain.gesture import Decide, Person
from bot.domain.issue import Author, Issue, IssueKey, Note, Thread
from bot.domain.passage import Match, MatchWord, Passage
from bot.domain.review import Verdict

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

ALICE = Person(id="fake:alice", name="Alice")
MALLORY = Person(id="fake:mallory", name="Mallory")


def make_author(username: str = "reporter", **changes: Any) -> Author:
    return Author(**{"id": username, "username": username, "name": username.title(), **changes})


def make_key(number: int = 1, **changes: Any) -> IssueKey:
    return IssueKey(**{"tracker": "fake", "project": "7", "number": number, **changes})


def make_issue(number: int = 1, **changes: Any) -> Issue:
    values: dict[str, Any] = {
        "key": make_key(number),
        "title": "How do I restart the service?",
        "body": "After the update the service does not start any more.",
        "author": make_author(),
        "url": f"https://git.example/group/project/-/issues/{number}",
        "project_name": "group/project",
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Issue(**{**values, **changes})


def make_note(number: int = 1, **changes: Any) -> Note:
    values: dict[str, Any] = {
        "id": str(number),
        "author": make_author("somebody"),
        "body": "I see the same.",
        "created_at": NOON,
    }
    return Note(**{**values, **changes})


def make_thread(number: int = 1, notes: tuple[Note, ...] = (), **changes: Any) -> Thread:
    return Thread(issue=make_issue(number, **changes), notes=notes)


def make_passage(**changes: Any) -> Passage:
    values: dict[str, Any] = {
        "id": "faq.md#restart",
        "source": "faq.md",
        "title": "How do I restart the service?",
        "body": "Run `systemctl restart example`; the log says when it is ready.",
        "url": "https://docs.example/faq#restart",
        "language": "en",
    }
    return Passage(**{**values, **changes})


def make_match(score: float = 0.95, word: MatchWord = MatchWord.STRONG, **changes: Any) -> Match:
    return Match(passage=make_passage(**changes), score=score, word=word, terms=("restart", "service"))


def make_decide(verdict: Verdict = Verdict.APPROVE, **changes: Any) -> Decide:
    values: dict[str, Any] = {
        "id": "gesture-1",
        "person": ALICE,
        "chat": "fake",
        "channel": "team",
        "verdict": verdict,
        "review_id": 1,
        "draft": 1,
    }
    return Decide(**{**values, **changes})
