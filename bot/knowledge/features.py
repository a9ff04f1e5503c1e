"""What speaks for a passage as the answer to a question: measured features of the pair. Pure.

A question's title (or its first line) is looked at apart from its body, because a body tells much that no
entry is about.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from bot.knowledge.likeness import Likeness
from bot.knowledge.parts import Entry, Question

_K1 = 1.2
_B = 0.6
_MOST_SENTENCES = 60
_HEAD = 2
"""Sentences at the beginning of an entry, where it says what it is about."""
_LEAST_TOTAL = 100
"""A small stock does not tell how rare a word is; it is taken for a part of one of this size."""
_MOST_REPEATS = 2
_MOST_TERMS = 8

Features = dict[str, float]


class Lens:
    """One question, held against entries of one stock.

    `frequencies` says in how many of the `total` passages a stem stands. Those it does not name count as
    moderately rare: looking up every word of every entry would cost more than it tells.
    """

    def __init__(self, question: Question, frequencies: Mapping[str, int], total: int, usual_length: float) -> None:
        self.question = question
        self._usual_length = usual_length or 1.0
        total = max(total, _LEAST_TOTAL)
        self._rarities = {stem: _rarity(count, total) for stem, count in frequencies.items()}
        self._usual_rarity = _rarity(math.sqrt(total), total)
        self._counts = question.stems
        self._weights = {stem: self.rarity(stem) for stem in self._counts}
        self._unknown = sum(weight for stem, weight in self._weights.items() if not frequencies.get(stem))
        self._title = dict.fromkeys(question.title)
        self._all_weight = sum(self._weights.values()) or 1.0
        self._title_weight = sum(self._weights[stem] for stem in self._title) or 1.0
        self._errors = {stem: self.rarity(stem) for stem in question.errors}
        self._likeness = Likeness(self._counts, self._title, self.rarity)
        self._pairs = [(one, other) for one, other in pairwise(question.title) if one != other]

    def rarity(self, stem: str) -> float:
        """How telling a stem is in this stock: near 0 for one that stands everywhere (its idf)."""
        return self._rarities.get(stem, self._usual_rarity)

    def of_question(self) -> Features:
        """What is known before any entry is looked at."""
        return {
            "unknown": self._unknown / self._all_weight,
            "title_length": math.log1p(len(self._title)),
            "body_length": math.log1p(len(self._counts) - len(self._title)),
        }

    def features(self, entry: Entry) -> tuple[Features, tuple[str, ...]]:
        """The features of the pair, and the stems that both have, the most telling first."""
        title = set(entry.title)
        every = title.union(entry.body)
        matched = sorted(every & self._counts.keys(), key=lambda stem: (-self._weights[stem], stem))
        found = {
            **self._bm25(entry, matched),
            **self._coverage(entry, title, every),
            **self._by_letters(entry, title),
            "pairs": self._pairs_in(entry, every),
            "same_kind": self._same_kind(entry),
            "matched": math.log1p(len(matched)),
            "second_rarest": self._weights[matched[1]] / 8 if len(matched) > 1 else 0.0,
        }
        return found, tuple(matched[:_MOST_TERMS])

    def _bm25(self, entry: Entry, matched: Sequence[str]) -> Features:
        length = len(entry.title) + len(entry.body)
        norm = _K1 * (1 - _B + _B * length / self._usual_length)
        all_of_it = of_title = 0.0
        for stem in matched:
            count = 2 * entry.title.count(stem) + entry.body.count(stem)
            value = self._weights[stem] * count * (_K1 + 1) / (count + norm)
            all_of_it += value * min(self._counts[stem], _MOST_REPEATS)
            of_title += value if stem in self._title else 0.0
        return {
            "bm25_squashed": all_of_it / (all_of_it + 10.0),
            "bm25_of_report": all_of_it / (all_of_it + 10.0) if self.question.body else 0.0,
            "title_bm25_of_best": of_title * 1.6 / ((_K1 + 1) * self._title_weight),
            "title_bm25_squashed": of_title / (of_title + 10.0),
            "length": math.log1p(length),
        }

    def _coverage(self, entry: Entry, title: set[str], every: set[str]) -> Features:
        heading = {stem: self.rarity(stem) for stem in title}
        in_both = sum(weight for stem, weight in heading.items() if stem in self._counts)
        missing = [self._weights[stem] for stem in self._title if stem not in every]
        reported = sum(weight for stem, weight in self._errors.items() if stem in every)
        return {
            "title_covered": self._share(every),
            "title_covered_at_head": self._share(title.union(*entry.sentences[:_HEAD])),
            "heading_covered": in_both / (sum(heading.values()) or 1.0),
            "rarest_missing": max(missing, default=0.0) / 8,
            "errors_covered": reported / (sum(self._errors.values()) or 1.0),
        }

    def _share(self, stems: set[str]) -> float:
        return sum(self._weights[stem] for stem in self._title if stem in stems) / self._title_weight

    def _by_letters(self, entry: Entry, title: set[str]) -> Features:
        cosine, nearly = self._likeness.cosine, self._likeness.misspelled(title)
        alike = (set(part) for part in entry.sentences[:_MOST_SENTENCES] if not self._counts.keys().isdisjoint(part))
        return {
            "letters_heading": cosine(title),
            "best_sentence": max(map(cosine, alike), default=0.0),
            "nearly_in_heading": sum(self._weights[stem] * near for stem, near in nearly.items()) / self._title_weight,
        }

    def _pairs_in(self, entry: Entry, every: set[str]) -> float:
        """The share of neighbouring words of the question's title that are neighbours here too."""
        possible = [pair for pair in self._pairs if pair[0] in every and pair[1] in every]
        if not possible:
            return 0.0
        there = {pair for part in (entry.title, *entry.sentences) for pair in pairwise(part)}
        return self._weight_of(pair for pair in possible if pair in there) / self._weight_of(self._pairs)

    def _weight_of(self, pairs: Iterable[tuple[str, str]]) -> float:
        return sum(self._weights[one] + self._weights[other] for one, other in pairs)

    def _same_kind(self, entry: Entry) -> float:
        if not self.question.kinds or not entry.kinds:
            return 0.0
        return 1.0 if self.question.kinds & entry.kinds else -1.0


def _rarity(count: float, total: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))
