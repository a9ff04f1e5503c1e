"""Which texts say nearly the same: groups by the overlap of their five-word runs. Pure, exact, and sparing.

Two sets of which 8 in 10 members agree share one of their rarest members; only texts that do are compared.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from bot.knowledge.tokens import fold

ALIKE = 0.8
_RUN = 5

Shingles = frozenset[str]


def groups(*columns: Sequence[str]) -> list[int]:
    """A group number for every row: rows stand together when they are alike in any column, or by way of others.

    Texts of no words are alike to nothing.
    """
    boss = list(range(len(columns[0])))
    for column in columns:
        for one, other in _pairs([shingles(text) for text in column]):
            a, b = _root(boss, one), _root(boss, other)
            boss[max(a, b)] = min(a, b)
    return [_root(boss, row) for row in range(len(boss))]


def shingles(text: str) -> Shingles:
    """All runs of five words; a shorter text is one run."""
    words = re.findall(r"\w+", fold(text))
    if not words:
        return frozenset()
    return frozenset(" ".join(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1)))


def _root(boss: list[int], row: int) -> int:
    while boss[row] != row:
        boss[row] = boss[boss[row]]
        row = boss[row]
    return row


def _pairs(sets: Sequence[Shingles]) -> list[tuple[int, int]]:
    """Rows that are alike; of rows that are the same, each with the first."""
    first: dict[Shingles, int] = {}
    found = [(first.setdefault(each, row), row) for row, each in enumerate(sets) if each]
    known = Counter(shingle for each in first for shingle in each)
    index: dict[str, list[int]] = {}
    for each, row in first.items():
        rarest = sorted(each, key=lambda shingle: (known[shingle], shingle))
        prefix = rarest[: len(each) - math.ceil(ALIKE * len(each)) + 1]
        near = {other for shingle in prefix for other in index.get(shingle, ())}
        found += [(other, row) for other in sorted(near) if _alike(each, sets[other])]
        for shingle in prefix:
            index.setdefault(shingle, []).append(row)
    return found


def _alike(one: Shingles, other: Shingles) -> bool:
    return len(one & other) >= ALIKE * len(one | other)
