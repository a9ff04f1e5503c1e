"""How like a question's words other words are, letter by letter: typing errors, compounds, endings. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import repeat

from bot.knowledge.tokens import letters

_MOST_REPEATS = 2
_NEARLY = 0.4
"""From this share of common letters on, two words may be one word in two spellings."""
_SHORT = 3


class Likeness:
    """Compares with one question. `counts` are its stems, `title` those of its title; each word is compared once."""

    def __init__(self, counts: Mapping[str, int], title: Iterable[str], rarity: Callable[[str], float]) -> None:
        self._rarity = rarity
        self._letters: dict[str, float] = {}
        for stem, count in counts.items():
            for run in letters(stem):
                self._letters[run] = self._letters.get(run, 0.0) + rarity(stem) * min(count, _MOST_REPEATS)
        self._norm = math.sqrt(sum(value * value for value in self._letters.values())) or 1.0
        self._title = {stem: set(letters(stem)) for stem in title if len(stem) > _SHORT}
        self._compared: dict[str, tuple[float, float]] = {}
        self._spelled: dict[str, dict[str, float]] = {}

    def cosine(self, stems: Collection[str]) -> float:
        """Of the letters of these stems, rare stems weighing more, and the question's."""
        dot = square = 0.0
        for stem in stems:
            like = self._compared.get(stem) or self._compare(stem)
            dot += like[0]
            square += like[1]
        return dot / (self._norm * math.sqrt(square)) if square else 0.0

    def _compare(self, stem: str) -> tuple[float, float]:
        weight, runs = self._rarity(stem), letters(stem)
        like = weight * sum(map(self._letters.get, runs, repeat(0.0))), weight * weight * len(runs)
        self._compared[stem] = like
        return like

    def misspelled(self, stems: Collection[str]) -> dict[str, float]:
        """The words of the question's title that stand among `stems` in another spelling only, and how near it is."""
        best: dict[str, float] = {}
        for stem in stems:
            for asked, share in self._spellings(stem).items():
                best[asked] = max(best.get(asked, 0.0), share)
        return {asked: share for asked, share in best.items() if asked not in stems}

    def _spellings(self, stem: str) -> dict[str, float]:
        if stem not in self._spelled:
            mine = set(letters(stem))
            shares = {asked: 2 * len(mine & runs) / (len(mine) + len(runs)) for asked, runs in self._title.items()}
            self._spelled[stem] = {asked: share for asked, share in shares.items() if share > _NEARLY}
        return self._spelled[stem]
