"""Measures the search on a set of questions whose right entries are known.

A set is a folder with `kb.jsonl` and `queries.jsonl`. One whose base is empty holds questions about something
else altogether: they are put to every other set's base, and none of them should be answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.passage import Match, MatchWord
from bot.knowledge import metrics
from bot.knowledge.calibration import calibrate
from bot.ports import Knowledge, Stock
from bot.services.judged import Asked, JudgedSet
from bot.services.prompt import build_query

Progress = Callable[[int, int, str], None]
_DEPTH = 10
_SOURCE = "base"
Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question with what was found for it."""

    asked: Asked
    matches: Sequence[Match]

    @property
    def ranking(self) -> list[str]:
        return [match.passage.id for match in self.matches]

    @property
    def confidence(self) -> float:
        return self.matches[0].score if self.matches else 0.0

    @property
    def drafted(self) -> bool:
        """Whether the first result is good enough for a draft."""
        return bool(self.matches) and self.matches[0].word is not MatchWord.NONE

    @property
    def right(self) -> bool:
        return metrics.precision_at_1(self.ranking, self.asked.gold) > 0


async def evaluate(sets: Sequence[JudgedSet], stock: Stock, progress: Progress) -> dict[str, Figures]:
    """The figures of every set that has a base, by its name; the stock is empty before and after."""
    foreign = [asked for one in sets if not one.base for asked in one.queries]
    measured = [one for one in sets if one.base]
    total = sum(len(one.queries) + len(foreign) for one in measured)
    done, figures = 0, {}
    for one in measured:
        progress(done, total, one.name)
        await stock.replace_source(_SOURCE, one.base)
        outcomes = []
        for asked in (*one.queries, *foreign):
            outcomes.append(Outcome(asked, await find(stock, one, asked)))
            done += 1
            progress(done, total, one.name)
        own = outcomes[: len(one.queries)]
        figures[one.name] = _figures(own) | _foreign_figures(own, outcomes[len(own) :])
        await stock.replace_source(_SOURCE, [])
    return figures


async def find(knowledge: Knowledge, one: JudgedSet, asked: Asked) -> Sequence[Match]:
    """The way `answer` searches, without the entries that the set's rules forbid."""
    query = replace(build_query(asked.title, asked.text), exclude=one.unseen(asked))
    return await knowledge.search(query, limit=_DEPTH)


def _figures(outcomes: Sequence[Outcome]) -> Figures:
    with_answer = [one for one in outcomes if one.asked.gold]
    right = [(one.confidence, one.right) for one in outcomes]
    return {
        "queries": len(outcomes),
        "answerable": len(with_answer),
        "p_at_1": _mean([metrics.precision_at_1(one.ranking, one.asked.gold) for one in with_answer]),
        "mrr": _mean([metrics.reciprocal_rank(one.ranking, one.asked.gold) for one in with_answer]),
        "r_at_5": _mean([metrics.recall(one.ranking, one.asked.gold) for one in with_answer]),
        "ndcg_at_10": _mean([metrics.ndcg(one.ranking, one.asked.gold) for one in with_answer]),
        "auroc": metrics.auroc([(one.confidence, bool(one.asked.gold)) for one in outcomes]),
        "auroc_c": metrics.auroc(right),
        "cov90": metrics.coverage_at(right),
        "ece": metrics.calibration_error(right),
        "ece_recalibrated": metrics.calibration_error(_recalibrated(outcomes)),
        "drafted": _mean([float(one.drafted) for one in outcomes]),
        "drafts_right": _mean([float(one.right) for one in outcomes if one.drafted]),
    }


def _foreign_figures(own: Sequence[Outcome], foreign: Sequence[Outcome]) -> Figures:
    if not foreign:
        return {}
    pairs = [(one.confidence, True) for one in own if one.asked.gold] + [(one.confidence, False) for one in foreign]
    return {
        "off_topic_auroc": metrics.auroc(pairs),
        "off_topic_drafted": _mean([float(one.drafted) for one in foreign]),
    }


def _recalibrated(outcomes: Sequence[Outcome]) -> list[tuple[float, bool]]:
    """Each half's confidences after a calibration on the other half."""
    halves: tuple[list[tuple[float, bool]], list[tuple[float, bool]]] = ([], [])
    for one in outcomes:
        halves[hashlib.sha256(one.asked.id.encode()).digest()[0] % 2].append((one.confidence, one.right))
    first, second = calibrate(halves[1]), calibrate(halves[0])
    return [(first(c), good) for c, good in halves[0]] + [(second(c), good) for c, good in halves[1]]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def as_json(figures: dict[str, Figures]) -> dict[str, Any]:
    """Rounded, because more digits would only look exact."""
    return {
        name: {key: round(value, 4) if isinstance(value, float) else value for key, value in one.items()}
        for name, one in figures.items()
    }
