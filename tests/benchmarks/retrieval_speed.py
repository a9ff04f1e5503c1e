"""How fast a large stock is learned and searched: `python -m tests.benchmarks.retrieval_speed [PASSAGES] [URL]`.

The passages are made up: words with the frequencies of a natural language, about 90 to a passage, in files of
50. The queries are issues of 60 words. The baseline is what anybody would write first, in the same run and
over the same texts: one FTS5 table, all words of the query joined by OR, bm25, the best five.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Sequence
from itertools import accumulate
from typing import Any

from bot.domain.passage import Passage
from bot.ports import Query
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from bot.store.passages import SqlStock

_FILE = 50
_QUERIES = 200
_SYLLABLES = [f"{a}{b}" for a in ("b", "c", "d", "f", "gr", "l", "m", "pl", "r", "st", "t", "v") for b in "aeiou"]


def vocabulary(rng: random.Random, size: int) -> list[str]:
    return list({"".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(size)})


class Author:
    """Writes texts whose words are as unevenly frequent as those of people (Zipf)."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)  # noqa: S311  nothing is secret here
        self._words = vocabulary(self._rng, 60_000)
        self._weights = list(accumulate(1 / (rank + 10) for rank in range(len(self._words))))

    def text(self, words: int) -> str:
        chosen = self._rng.choices(self._words, cum_weights=self._weights, k=words)
        return " ".join(f"{word}." if place % 15 == 14 else word for place, word in enumerate(chosen))

    def file(self, name: str) -> list[Passage]:
        return [
            Passage(id=f"{name}#{n}", source=name, title=self.text(7), body=self.text(90), language="en")
            for n in range(_FILE)
        ]

    def query(self) -> Query:
        return Query(title=self.text(8), body=self.text(60), language="en")


def quantile(times: Sequence[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] * 1000


def baseline(size: int, queries: Sequence[Query], folder: str) -> list[float]:
    """Seconds of each query on one plain FTS5 table of the same texts."""
    author = Author(1)
    with sqlite3.connect(f"{folder}/baseline.db") as connection:
        connection.execute("CREATE VIRTUAL TABLE plain USING fts5(title, body)")
        for number in range(size // _FILE):
            texts = [(passage.title, passage.body) for passage in author.file(f"file{number}")]
            connection.executemany("INSERT INTO plain VALUES (?, ?)", texts)
        connection.commit()
        times = []
        for query in queries:
            words = " OR ".join(f'"{word}"' for word in f"{query.title} {query.body}".replace(".", "").split())
            start = time.perf_counter()
            connection.execute(
                "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY bm25(plain, 4.0, 1.0) LIMIT 5", (words,)
            ).fetchall()
            times.append(time.perf_counter() - start)
    connection.close()
    return times


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def longest_hold(stop: asyncio.Event) -> float:
    """The longest time the event loop was held while others worked, in seconds."""
    longest = 0.0
    while not stop.is_set():
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - start)
    return longest


async def learned(stock: SqlStock, size: int) -> float:
    """Seconds to learn the passages, without the writing of them."""
    author, spent = Author(1), 0.0
    for number in range(size // _FILE):
        passages = author.file(f"file{number}")
        start = time.perf_counter()
        await stock.replace_source(f"file{number}", passages)
        spent += time.perf_counter() - start
    return spent


async def searched(stock: SqlStock, queries: Sequence[Query]) -> list[float]:
    times = []
    for query in queries:
        start = time.perf_counter()
        await stock.search(query)
        times.append(time.perf_counter() - start)
    return times


async def watched(work: Awaitable[Any]) -> float:
    """Seconds that the event loop was held at most during the work."""
    stop = asyncio.Event()
    watch = asyncio.create_task(longest_hold(stop))
    await work
    stop.set()
    return await watch


async def main(size: int, url: str) -> None:
    author = Author(2)
    queries = [author.query() for _ in range(_QUERIES)]
    with tempfile.TemporaryDirectory() as folder:
        url = url or f"sqlite:///{folder}/store.db"
        await migrate(url)
        store = SqlStore(url)
        stock = SqlStock(store.engine)
        await stock.search(queries[0])
        before = memory()
        work = time.process_time()
        spent = await learned(stock, size)
        learning, work = time.process_time() - work, time.process_time()
        times = await searched(stock, queries)
        searching = (time.process_time() - work) / len(queries)
        print(f"{size} passages: learned in {spent:.1f} s; a query takes {quantile(times, 0.5):.1f} ms, ", end="")
        print(f"p95 {quantile(times, 0.95):.1f} ms; added memory {memory() - before:.0f} MB")
        print(f"processor time: {learning:.1f} s with the writing of the texts; {searching * 1000:.1f} ms a query")
        held = await watched(searched(stock, queries[:50]))
        more = Author(3).file("more")
        held_learning = await watched(stock.replace_source("more", more))
        print(f"the event loop was held {held * 1000:.0f} ms by searching, {held_learning * 1000:.0f} ms by learning")
        await store.close()
        plain = baseline(size, queries, folder)
        print(f"baseline (plain FTS5): p50 {quantile(plain, 0.5):.1f} ms, p95 {quantile(plain, 0.95):.1f} ms")


if __name__ == "__main__":
    arguments = [*sys.argv[1:], "", ""]
    asyncio.run(main(int(arguments[0] or 10_000), arguments[1]))
