"""Everything a drafter is given, already cleaned and already chosen; and what the team gets back on demand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from bot.domain.passage import Citation, Match, MatchWord
from bot.domain.review import DraftStatus, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One cleaned note of the thread; `role` is "reporter", "team" or "other"."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """How the team answered a similar question before: for tone and form, not a source."""

    question: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The material of one draft. Title, text, turns and sources are outsiders' words: never instructions.

    `sources` are ordered by score; drafters name them S1, S2, … in that order. `instructions` come
    from reviewers, oldest first, the last one wins. `language` is an ISO 639-1 code.
    """

    title: str
    text: str
    turns: tuple[Turn, ...] = ()
    sources: tuple[Match, ...] = ()
    examples: tuple[Example, ...] = ()
    instructions: tuple[str, ...] = ()
    previous: str = ""
    language: str = "en"
    style: str = ""
    project: str = ""
    freeform: bool = False

    @property
    def sha256(self) -> str:
        """Names exactly this material in the audit trail."""
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A draft on demand, with its evidence: the JSON of `answer` and `ask`."""

    status: DraftStatus
    reply: str
    confidence: float
    match: MatchWord
    language: str
    drafter: str
    sources: tuple[Citation, ...] = ()
    related: tuple[Citation, ...] = ()
    model: str = ""
    usage: Usage | None = None
    warnings: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The stable shape of DESIGN section 7 (docs/reference.md describes each key)."""
        return {
            "status": self.status.value,
            "reply": self.reply,
            "confidence": round(self.confidence, 4),
            "match": self.match.value,
            "sources": [{"id": s.id, "title": s.title, "url": s.url, "quote": s.quote} for s in self.sources],
            "related": [
                {"key": s.id, "title": s.title, "url": s.url, "score": s.score, "why": list(s.terms)}
                for s in self.related
            ],
            "language": self.language,
            "drafter": self.drafter,
            "model": self.model or None,
            "usage": _usage_json(self.usage),
            "warnings": list(self.warnings),
        }


def _usage_json(usage: Usage | None) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.prompt_tokens,
        "cached_tokens": usage.cached_tokens,
        "completion_tokens": usage.completion_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost": usage.cost,
        "seconds": round(usage.seconds, 3),
        "finish_reason": usage.finish_reason,
        "estimated": usage.estimated,
    }
