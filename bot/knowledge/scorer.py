"""Which passage answers a question best, and how sure that is. Pure.

Ranking and confidence are two fits, because they are two questions: which of these, and is it any of them?
`python -m tests.benchmarks.fit` makes the constants from public question sets and prints them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.passage import MatchWord
from bot.knowledge.features import Lens
from bot.knowledge.parts import Entry

RANKING: Mapping[str, float] = {
    "bm25_squashed": 2.651,
    "bm25_of_report": 3.905,
    "title_bm25_of_best": 2.947,
    "title_bm25_squashed": 3.805,
    "length": -0.582,
    "title_covered": -2.571,
    "title_covered_at_head": 1.602,
    "heading_covered": 2.001,
    "errors_covered": 2.726,
    "letters_heading": 2.719,
    "best_sentence": 2.988,
    "nearly_in_heading": 6.627,
    "pairs": 2.102,
    "same_kind": 0.458,
    "second_rarest": 3.150,
}
CONFIDENCE: Mapping[str, float] = {
    "lead": 0.311,
    "log_share": 1.181,
    "bm25_squashed": 2.986,
    "title_bm25_of_best": 0.271,
    "title_bm25_squashed": 3.502,
    "title_covered": -2.788,
    "heading_covered": 0.358,
    "letters_heading": 0.275,
    "best_sentence": 0.567,
    "rarest_missing": -1.230,
    "second_rarest": -2.078,
    "matched": 2.227,
    "length": -0.298,
    "unknown": -1.453,
    "title_length": -2.014,
    "body_length": -0.768,
}
BIAS = 0.557

STRONG = 0.8
"""From here about nine of ten first results were right on the sets the constants were fitted on."""
POSSIBLE = 0.4
"""From here more than half were."""
_OTHER_LANGUAGE = 0.5

_MOST_LEAD = 4.0


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage's place in the ranking, with the confidence and the stems that speak for it."""

    id: str
    score: float
    terms: tuple[str, ...]
    value: float = 0.0
    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def word(self) -> MatchWord:
        if (len(self.terms) < 2 and self.score < STRONG) or not self.terms:
            return MatchWord.NONE  # one shared word, or letters only, may be an accident
        return word_of(self.score)


def word_of(score: float) -> MatchWord:
    if score >= STRONG:
        return MatchWord.STRONG
    return MatchWord.POSSIBLE if score >= POSSIBLE else MatchWord.NONE


def rank(lens: Lens, entries: Sequence[Entry]) -> list[Scored]:
    """All entries, best first; how sure each is depends on the others too."""
    looked = [(entry, *lens.features(entry)) for entry in entries]
    values = [_sum(RANKING, features) for _, features, _ in looked]
    best = sorted(values, reverse=True)
    everything = sum(math.exp(value - best[0]) for value in values) if values else 1.0
    question = lens.of_question()
    scored = []
    for (entry, features, terms), value in zip(looked, values, strict=True):
        rival = best[0] if value < best[0] else best[1] if len(best) > 1 else None
        all_features = features | question | standing(value, rival, math.exp(value - best[0]) / everything)
        confidence = _sigmoid(BIAS + _sum(CONFIDENCE, all_features))
        if entry.language and lens.question.language and entry.language != lens.question.language:
            confidence *= _OTHER_LANGUAGE
        scored.append(Scored(entry.id, confidence, terms, value, all_features))
    return sorted(scored, key=lambda one: (-one.value, one.id))


def standing(value: float, rival: float | None, share: float) -> dict[str, float]:
    """How far an entry stands above its best rival, and its share among all candidates."""
    lead = value - rival if rival is not None else _MOST_LEAD
    return {"lead": max(-_MOST_LEAD, min(_MOST_LEAD, lead)), "log_share": math.log(share + 1e-6)}


def _sum(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return sum(weight * features[name] for name, weight in weights.items())


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
