"""Which passages are worth a closer look: the terms to ask the index for, and what each is worth. Pure.

The index only says which passages hold a term. Terms are chosen rarest first until they stand for as many
passages as may be looked at, so that a large stock is searched as fast as a small one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.knowledge.parts import Question
from bot.knowledge.tokens import coded

MOST = 70
"""Passages that are scored."""

_MOST_STEMS = 32
_MOST_LETTERS = 24
_STEM_HITS = 30_000
_LETTER_HITS = 10_000
_ASKED = 2.0
_IN_TITLE = 2.0
_LETTERS = 0.5
_WHOLE = 1000
"""Weights are whole numbers: their sums are the same in every database, in whatever order they are made."""


def indexed_terms(title: Iterable[str], body: Iterable[str]) -> Iterator[str]:
    """What a passage is found by: its stems, those of its title apart, and the letters of its title."""
    title = list(title)
    yield from dict.fromkeys(coded(stem) for stem in (*title, *body))
    yield from dict.fromkeys(in_title(stem) for stem in title)
    yield from dict.fromkeys(run for stem in title for run in runs(stem))


def in_title(stem: str) -> str:
    return f"={coded(stem)}"


def runs(stem: str) -> Iterator[str]:
    """Three letters each; a stem is padded, so that its beginning and its end count."""
    padded = f"_{stem}_"
    return (f"#{coded(padded[at : at + 3])}" for at in range(len(padded) - 2))


def possible_terms(question: Question) -> list[str]:
    """Every term whose frequency `chosen_terms` wants to know."""
    stems = dict.fromkeys((*question.title, *question.body, *question.errors))
    letters = (run for stem in question.title for run in runs(stem))
    return list(dict.fromkeys((*map(coded, stems), *map(in_title, stems), *letters)))


def chosen_terms(question: Question, frequencies: Mapping[str, int], total: int) -> list[tuple[str, int]]:
    """The terms to look up, and what a passage that holds one is worth for it."""

    def worth(term: str, factor: float) -> int:
        return round(_WHOLE * factor * math.log(1 + total / frequencies[term]))

    asked = {coded(stem) for stem in question.title}
    stems = asked | {coded(stem) for stem in (*question.body, *question.errors)}
    chosen = _rarest(stems, frequencies, _MOST_STEMS, _STEM_HITS)
    titles = [f"={stem}" for stem in chosen if frequencies.get(f"={stem}")]
    letters = _rarest({run for stem in question.title for run in runs(stem)}, frequencies, _MOST_LETTERS, _LETTER_HITS)
    return [
        *((stem, worth(stem, _ASKED if stem in asked else 1.0)) for stem in chosen),
        *((term, worth(term[1:], _IN_TITLE)) for term in titles),
        *((run, worth(run, _LETTERS)) for run in letters),
    ]


def _rarest(terms: Iterable[str], frequencies: Mapping[str, int], most: int, hits: int) -> Sequence[str]:
    """Always the rarest one, then others while there is room."""
    chosen: list[str] = []
    for term in sorted((t for t in terms if frequencies.get(t)), key=lambda t: (frequencies[t], t))[:most]:
        hits -= frequencies[term]
        if chosen and hits < 0:
            break
        chosen.append(term)
    return chosen
