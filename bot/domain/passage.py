"""Quotable pieces of what the team knows, and how well they fit a question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MatchWord(StrEnum):
    """How well the best passage fits, in a word a person can act on."""

    STRONG = "strong"
    POSSIBLE = "possible"
    NONE = "none"


class PassageKind(StrEnum):
    """Where a passage comes from."""

    TEXT = "text"  # a file: FAQ, documentation
    ANSWER = "answer"  # what somebody of the team wrote on an issue
    REPLY = "reply"  # what a reviewer approved here


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A quotable piece with its address.

    `id` is stable across runs (file and anchor, or note id); `question` holds what people ask,
    `body` what answers it, in Markdown. `visibility` is "public", "internal", or the one project that may see it.
    """

    id: str
    source: str
    title: str
    body: str
    question: str = ""
    url: str = ""
    language: str = ""
    written_at: datetime | None = None
    visibility: str = "public"
    author: str = ""
    kind: PassageKind = PassageKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A passage found for a question. `score` is a calibrated confidence in 0..1."""

    passage: Passage
    score: float
    word: MatchWord
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A source as it is shown: which passage, the words in it that carry the claim, the stems it was found by."""

    id: str
    title: str
    url: str = ""
    quote: str = ""
    score: float = 0.0
    word: MatchWord = MatchWord.NONE
    terms: tuple[str, ...] = ()
