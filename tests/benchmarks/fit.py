"""Fits the scorer's constants: `python -m tests.benchmarks.fit FOLDER` prints what stands in the scorer.

FOLDER is a folder of sets as `gepettto evaluate` takes it. It needs numpy and scipy, which the bot does not.

- RANKING: a listwise fit (softmax over the candidates of each answerable question), every set weighted by the
  root of its size so that none decides alone, with a quadratic penalty on standardised weights.
- CONFIDENCE and BIAS: a logistic fit on the first results of all questions, the foreign ones of the sets
  without a base included; the outcome is whether the first result is right.

Besides the constants it prints how well they do on questions and on sets that they were not fitted on.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import Any

from bot.knowledge import scorer
from bot.knowledge.scorer import standing
from bot.services.judged import JudgedSet, read_sets
from bot.services.prompt import build_query
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from bot.store.passages import SqlStock

# Imported by name, so that type checks do not depend on what happens to be installed.
np: Any = import_module("numpy")
minimize: Any = import_module("scipy.optimize").minimize

_RANKING_PENALTY = 10.0
_CONFIDENCE_PENALTY = 3.0
_FOREIGN_WEIGHT = 3.0
Figures = dict[str, tuple[float, float]]
_FAMILIES = {"covidfaq-fr": "covidfaq", "covidfaq-en": "covidfaq", "dup-hadoop": "gitbugs", "dup-seamonkey": "gitbugs"}


@dataclass(frozen=True, slots=True)
class Case:
    """A question put to a base: which candidates are right, and their features."""

    of: str
    id: str
    foreign: bool
    gold: int
    right: Any
    features: list[dict[str, float]]

    @property
    def half(self) -> int:
        return hashlib.sha256(self.id.encode()).digest()[0] % 2

    def matrix(self, names: Sequence[str]) -> Any:
        return np.array([[one[name] for name in names] for one in self.features])


async def cases_of(one: JudgedSet, foreign: Sequence[Any]) -> list[Case]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/store.db"
        await migrate(url)
        store = SqlStore(url)
        stock = SqlStock(store.engine)
        await stock.replace_source("base", one.base)
        cases = []
        for number, asked in enumerate((*one.queries, *foreign)):
            query = replace(build_query(asked.title, asked.text), exclude=one.unseen(asked))
            scored, _ = await stock.scored(query)
            right = np.array([s.id in asked.gold for s in scored], bool)
            outside = number >= len(one.queries)
            cases.append(Case(one.name, asked.id, outside, len(asked.gold), right, [dict(s.features) for s in scored]))
        await store.close()
    return cases


def measured(one: JudgedSet, foreign: Sequence[Any]) -> list[Case]:
    return asyncio.run(cases_of(one, foreign))


def fit_ranking(cases: Sequence[Case], names: Sequence[str]) -> Any:
    used = [case for case in cases if not case.foreign and case.right.any() and not case.right.all()]
    sizes = {name: sum(case.of == name for case in used) for name in {case.of for case in used}}
    rows = np.vstack([case.matrix(names) for case in used])
    scale = rows.std(0) + 1e-6
    rows = rows / scale
    lengths = np.array([len(case.right) for case in used])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    group = np.repeat(np.arange(len(used)), lengths)
    right = np.concatenate([case.right for case in used])
    weight = np.array([sizes[case.of] ** -0.5 for case in used])
    weight = weight / weight.sum() * 1000

    def loss(b: Any) -> tuple[float, Any]:
        z = rows @ b
        e = np.exp(z - np.maximum.reduceat(z, starts)[group])
        total, good = np.add.reduceat(e, starts), np.add.reduceat(e * right, starts)
        pull = e / total[group] - e * right / (good[group] + 1e-30)
        value = -(weight * np.log(good / total + 1e-12)).sum() + _RANKING_PENALTY * (b @ b) / 2
        return float(value), rows.T @ (pull * weight[group]) + _RANKING_PENALTY * b

    best = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return best / scale


def firsts(cases: Sequence[Case], weights: Any, names: Sequence[str]) -> list[tuple[Case, dict[str, float], bool]]:
    """The first result of each question under `weights`, with the features that confidence is made of."""
    found = []
    for case in cases:
        if not case.features:
            continue
        values = case.matrix(names) @ weights
        best = int(values.argmax())
        ordered = sorted(values, reverse=True)
        share = float(1 / np.exp(values - ordered[0]).sum())
        head = standing(float(ordered[0]), float(ordered[1]) if len(ordered) > 1 else None, share)
        found.append((case, case.features[best] | head, bool(case.right[best])))
    return found


def fit_confidence(results: Sequence[tuple[Case, dict[str, float], bool]], names: Sequence[str]) -> tuple[Any, float]:
    rows = np.array([[features[name] for name in names] for _, features, _ in results])
    middle, scale = rows.mean(0), rows.std(0) + 1e-6
    rows = (rows - middle) / scale
    right = np.array([good for *_, good in results], float)
    kinds = [(case.of, case.foreign) for case, *_ in results]
    sizes = {kind: kinds.count(kind) for kind in set(kinds)}
    weight = np.array([(_FOREIGN_WEIGHT if kind[1] else 1.0) * sizes[kind] ** -0.5 for kind in kinds])
    weight = weight / weight.sum() * len(results)

    def loss(b: Any) -> tuple[float, Any]:
        p = 1 / (1 + np.exp(-(rows @ b[1:] + b[0])))
        value = -(weight * (right * np.log(p + 1e-12) + (1 - right) * np.log(1 - p + 1e-12))).sum()
        pull = weight * (p - right)
        gradient = np.concatenate([[pull.sum()], rows.T @ pull + _CONFIDENCE_PENALTY * b[1:]])
        return float(value + _CONFIDENCE_PENALTY * (b[1:] @ b[1:]) / 2), gradient

    b = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    return b[1:] / scale, float(b[0] - (b[1:] / scale) @ middle)


def held_out(cases: Sequence[Case], part: Callable[[Case], Any], names: Sequence[str]) -> Figures:
    """P@1 and R@5 of each set, every question ranked by weights that never saw its part."""
    weights = {one: fit_ranking([c for c in cases if part(c) != one], names) for one in {part(c) for c in cases}}
    figures = {}
    for name in {case.of for case in cases}:
        mine = [case for case in cases if case.of == name and case.gold and not case.foreign]
        first = recalled = 0.0
        for case in mine:
            if case.features:
                order = np.argsort(-(case.matrix(names) @ weights[part(case)]), kind="stable")
                first += case.right[order[0]]
                recalled += case.right[order[:5]].sum() / case.gold
        figures[name] = first / len(mine), recalled / len(mine)
    return figures


def show(title: str, figures: Figures) -> None:
    print(title, " ".join(f"{name} {p:.3f}/{r:.3f}" for name, (p, r) in sorted(figures.items())))


def main(folder: Path) -> None:
    sets = read_sets(folder)
    foreign = [asked for one in sets if not one.base for asked in one.queries]
    with ProcessPoolExecutor() as pool:
        parts = pool.map(measured, [one for one in sets if one.base], repeat(foreign))
    report([case for part in parts for case in part])


def report(cases: Sequence[Case]) -> None:
    ranking, confidence = list(scorer.RANKING), list(scorer.CONFIDENCE)
    show("other half of the questions", held_out(cases, lambda case: case.half, ranking))
    show("other families of sets", held_out(cases, lambda case: _FAMILIES.get(case.of, case.of), ranking))
    weights = fit_ranking(cases, ranking)
    for name, weight in zip(ranking, weights, strict=True):
        print(f'    "{name}": {weight:.3f},')
    sure, bias = fit_confidence(firsts(cases, weights, ranking), confidence)
    for name, weight in zip(confidence, sure, strict=True):
        print(f'    "{name}": {weight:.3f},')
    print(f"BIAS = {bias:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
