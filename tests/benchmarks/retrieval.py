"""How well the knowledge is searched: `python -m tests.benchmarks.retrieval FOLDER...`.

Each FOLDER holds kb.jsonl and queries.jsonl. P@1, MRR@10 and R@5 are over answerable queries. AUROC says
whether the confidence tells answerable from unanswerable queries, AUROCc whether the first result is right,
ECE how far (in 10 bins) the confidence is from the share of right first results.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bot.domain.passage import MatchWord, Passage
from bot.knowledge.clean import query_text
from bot.knowledge.language import detect
from bot.knowledge.scorer import Scored
from bot.ports import Query
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from bot.store.passages import SqlStock

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def as_passage(entry: Row) -> Passage:
    return Passage(
        id=entry["id"],
        source="base",
        title=entry["title"],
        question=query_text(entry.get("question_body") or "") if entry.get("question_body") else "",
        body=entry["text"],
        language=detect(f"{entry['title']} {entry['text']}") or entry.get("lang", ""),
    )


async def searched(folder: Path, depth: int = 10) -> list[tuple[Row, list[Scored]]]:
    """Every query with its ranking, through the real stock."""
    base, queries = rows(folder / "kb.jsonl"), rows(folder / "queries.jsonl")
    order = {entry["id"]: entry.get("seq") for entry in base}
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/store.db"
        await migrate(url)
        store = SqlStore(url)
        stock = SqlStock(store.engine)
        start = time.perf_counter()
        await stock.replace_source("base", [as_passage(entry) for entry in base])
        print(f"{folder.name}: {len(base)} passages in {time.perf_counter() - start:.1f} s", file=sys.stderr)
        results = []
        for query in queries:
            body = query_text(query["text"]) if query["text"].strip() else ""
            later = {i for i, seq in order.items() if query.get("seq") and seq and seq >= query["seq"]}
            exclude = frozenset({*query.get("exclude", []), *later})
            language = detect(f"{query['title']}\n{body}")
            scored, _ = await stock.scored(Query(title=query["title"], body=body, language=language, exclude=exclude))
            results.append((query, scored[:depth]))
        await store.close()
    return results


def auroc(pairs: list[tuple[float, bool]]) -> float:
    right = [score for score, good in pairs if good]
    wrong = [score for score, good in pairs if not good]
    if not right or not wrong:
        return float("nan")
    ranked = sorted(pairs)
    total, place = 0.0, 0
    while place < len(ranked):
        end = place
        while end < len(ranked) and ranked[end][0] == ranked[place][0]:
            end += 1
        total += sum(good for _, good in ranked[place:end]) * (place + end + 1) / 2
        place = end
    return (total - len(right) * (len(right) + 1) / 2) / (len(right) * len(wrong))


def ece(pairs: list[tuple[float, bool]]) -> float:
    total = 0.0
    for number in range(10):
        inside = [p for p in pairs if number / 10 <= p[0] < (number + 1) / 10 or (number == 9 and p[0] == 1.0)]
        if inside:
            gap = abs(sum(s for s, _ in inside) / len(inside) - sum(g for _, g in inside) / len(inside))
            total += gap * len(inside)
    return total / len(pairs)


def measure(results: list[tuple[Row, list[Scored]]]) -> dict[str, float]:
    """The figures of one set."""
    first = reciprocal = recall = answerable = drafted = 0.0
    by_answerable, by_right = [], []
    for query, scored in results:
        gold, ids = set(query["gold"]), [s.id for s in scored]
        confidence = scored[0].score if scored else 0.0
        right = bool(ids) and ids[0] in gold
        by_answerable.append((confidence, bool(gold)))
        by_right.append((confidence, right))
        if not gold:
            drafted += bool(scored) and scored[0].word is not MatchWord.NONE
            continue
        answerable += 1
        first += right
        reciprocal += next((1 / (place + 1) for place, i in enumerate(ids) if i in gold), 0.0)
        recall += len(gold & set(ids[:5])) / len(gold)
    unanswerable = len(results) - answerable
    return {
        "p_at_1": first / answerable if answerable else float("nan"),
        "mrr": reciprocal / answerable if answerable else float("nan"),
        "r_at_5": recall / answerable if answerable else float("nan"),
        "auroc": auroc(by_answerable),
        "auroc_c": auroc(by_right),
        "ece": ece(by_right),
        "drafted_wrongly": drafted / unanswerable if unanswerable else float("nan"),
    }


async def main(folders: list[Path]) -> None:
    names = ("p_at_1", "mrr", "r_at_5", "auroc", "auroc_c", "ece", "drafted_wrongly")
    print(f"{'set':18}" + "".join(f"{name:>16}" for name in names))
    for folder in folders:
        figures = measure(await searched(folder))
        print(f"{folder.name:18}" + "".join(f"{figures[name]:16.3f}" for name in names))


if __name__ == "__main__":
    asyncio.run(main([Path(argument) for argument in sys.argv[1:]]))
