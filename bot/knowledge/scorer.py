"""How well a passage answers a question: features of the pair, and one calibrated confidence. Pure.

The constants were fitted by logistic regression on public question sets; `tests/benchmarks/retrieval.py`
measures them. Other constants, or those of one project, replace these and nothing else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.passage import MatchWord
from bot.knowledge.tokens import tokens, trigrams

Idf = Callable[[str], float]
"""How telling a stem is in this stock: 0 for one that stands everywhere."""

WEIGHTS: Mapping[str, float] = {
    "bm25_of_best": 1.44,
    "bm25_squashed": 4.65,
    "covered": 0.40,
    "covered_in_title": 1.10,
    "title_covered": 3.57,
    "letters_title": 0.20,
    "letters_all": 3.85,
    "matched": -0.72,
    "length": -0.54,
}
BIAS = -6.14
SCALE, LEAD, OFFSET = 0.35, 0.93, -0.46
"""Confidence of the first result from its value and its lead over the second (a logistic of both)."""

STRONG = 0.77
"""From here about nine of ten first results were right on the sets the constants were fitted on."""
POSSIBLE = 0.40
"""From here more than half were."""
_OTHER_LANGUAGE = 0.5

_ALONE = 2.0
"""The lead of an only candidate, and the most that a lead counts."""

_K1 = 1.2
_B = 0.6


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the scorer sees it: stems of its parts and letters of its title."""

    id: str
    title: Counter[str]
    body: Counter[str]
    title_letters: Mapping[str, int]
    body_letters: Mapping[str, int]
    length: int
    language: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the scorer sees it; the title counts twice."""

    stems: Counter[str]
    title_letters: Mapping[str, int]
    letters: Mapping[str, int]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage's place in the ranking, with the confidence and the stems that speak for it."""

    id: str
    score: float
    terms: tuple[str, ...]
    value: float = 0.0
    lead: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def word(self) -> MatchWord:
        if len(self.terms) < 2 and self.score < STRONG:
            return MatchWord.NONE  # one shared word is an accident
        return (
            MatchWord.STRONG
            if self.score >= STRONG
            else MatchWord.POSSIBLE
            if self.score >= POSSIBLE
            else MatchWord.NONE
        )


def make_question(title: str, body: str, language: str) -> Question:
    stems = Counter(tokens(title, language))
    weighted = Counter({stem: 2 * count for stem, count in stems.items()}) + Counter(tokens(body, language))
    return Question(weighted, trigrams(title), trigrams(f"{title} {body[:600]}"), language)


def rank(question: Question, entries: Sequence[Entry], idf: Idf, usual_length: float) -> list[Scored]:
    """All entries, best first; the confidence of the first takes its lead over the second into account."""
    if not entries or not question.stems:
        return []
    raw = [_features(question, entry, idf, usual_length) for entry in entries]
    values = [_linear(features) for features, _ in raw]
    best = sorted(values, reverse=True)[:2]
    scored = []
    for entry, (features, terms), value in zip(entries, raw, values, strict=True):
        lead = value - (best[-1] if value == best[0] else best[0]) if len(best) > 1 else _ALONE
        confidence = _sigmoid(SCALE * value + LEAD * max(-_ALONE, min(_ALONE, lead)) + OFFSET)
        if entry.language and question.language and entry.language != question.language:
            confidence *= _OTHER_LANGUAGE
        scored.append((value, Scored(entry.id, confidence, terms, value, lead, features)))
    return [item for _, item in sorted(scored, key=lambda pair: (-pair[0], pair[1].id))]


def _linear(features: Mapping[str, float]) -> float:
    return BIAS + sum(weight * features[name] for name, weight in WEIGHTS.items())


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


def _features(
    question: Question, entry: Entry, idf: Idf, usual_length: float
) -> tuple[dict[str, float], tuple[str, ...]]:
    weights = {stem: idf(stem) for stem in question.stems}
    total = sum(weights.values()) or 1.0
    matched = [stem for stem in question.stems if stem in entry.title or stem in entry.body]
    in_title = sum(weights[stem] for stem in matched if stem in entry.title)
    title_total = sum(idf(stem) for stem in entry.title) or 1.0
    bm25 = sum(_bm25(stem, question, entry, weights[stem], usual_length) for stem in matched)
    best = sum(weights[stem] * min(count, 2) * (_K1 + 1) / 1.6 for stem, count in question.stems.items()) or 1.0
    features = {
        "bm25_of_best": bm25 / best,
        "bm25_squashed": bm25 / (bm25 + 10.0),
        "covered": sum(weights[stem] for stem in matched) / total,
        "covered_in_title": in_title / total,
        "title_covered": sum(idf(stem) for stem in entry.title if stem in question.stems) / title_total,
        "letters_title": _cosine(question.title_letters, entry.title_letters),
        "letters_all": _cosine(question.letters, entry.body_letters),
        "matched": math.log1p(len(matched)),
        "length": math.log1p(len(question.stems)),
    }
    order = sorted(matched, key=lambda stem: -weights[stem])
    return features, tuple(order[:8])


def _bm25(stem: str, question: Question, entry: Entry, weight: float, usual_length: float) -> float:
    count = 2 * entry.title[stem] + entry.body[stem]
    norm = _K1 * (1 - _B + _B * entry.length / (usual_length or 1.0))
    return weight * min(question.stems[stem], 2) * count * (_K1 + 1) / (count + norm)


def _cosine(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    if not one or not other:
        return 0.0
    small, large = (one, other) if len(one) < len(other) else (other, one)
    dot = sum(count * large.get(gram, 0) for gram, count in small.items())
    return dot / math.sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
