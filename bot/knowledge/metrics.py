"""How good a search is, in the figures of the literature. Pure; rankings are lists of ids, best first."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

Judged = Sequence[tuple[float, bool]]
"""Confidences, each with whether it was justified."""

_BINS = 10


def precision_at_1(ranking: Sequence[str], gold: Collection[str]) -> float:
    return float(bool(ranking) and ranking[0] in gold)


def reciprocal_rank(ranking: Sequence[str], gold: Collection[str], depth: int = 10) -> float:
    """1 for a right first result, a half for a right second one, and so on."""
    return next((1 / place for place, found in enumerate(ranking[:depth], 1) if found in gold), 0.0)


def recall(ranking: Sequence[str], gold: Collection[str], depth: int = 5) -> float:
    """The share of the right ids among the first results."""
    return len(set(ranking[:depth]) & set(gold)) / len(gold)


def ndcg(ranking: Sequence[str], gold: Collection[str], depth: int = 10) -> float:
    """Discounted gain of the right ids, as a share of the best possible order's."""
    gain = sum(1 / math.log2(place + 1) for place, found in enumerate(ranking[:depth], 1) if found in gold)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(len(gold), depth) + 1))


def auroc(judged: Judged) -> float | None:
    """How often a justified confidence is above an unjustified one; None where there is only one kind."""
    right = sum(good for _, good in judged)
    wrong = len(judged) - right
    if not right or not wrong:
        return None
    total, place = 0.0, 0
    ordered = sorted(judged)
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        total += sum(good for _, good in ordered[place:end]) * (place + end + 1) / 2
        place = end
    return (total - right * (right + 1) / 2) / (right * wrong)


def coverage_at(judged: Judged, precision: float = 0.9) -> float:
    """The largest share of all queries that can be answered with at least this share of answers right."""
    ordered = sorted(judged, key=lambda pair: -pair[0])
    best = right = 0
    for place, (confidence, good) in enumerate(ordered, 1):
        right += good
        ends = place == len(ordered) or ordered[place][0] < confidence  # equal confidences stand or fall together
        if ends and right >= precision * place:
            best = place
    return best / len(ordered) if ordered else 0.0


def calibration_error(judged: Judged) -> float:
    """How far confidences are from the share that was justified, over ten bins (ECE)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for confidence, good in judged:
        bins[min(int(confidence * _BINS), _BINS - 1)].append((confidence, good))
    gaps = (abs(sum(c for c, _ in inside) - sum(good for _, good in inside)) for inside in bins)
    return sum(gaps) / len(judged) if judged else 0.0
