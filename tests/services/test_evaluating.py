"""Sets are read as their rules say, and a mistake in one is a sentence with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UsageError
from bot.services.evaluating import as_json, evaluate
from bot.services.judged import read_sets
from bot.store.database import SqlStore
from bot.store.passages import SqlStock

BASE = [
    {"id": "a", "title": "How do I restart the service?", "text": "Run the restart command and wait."},
    {"id": "b", "title": "How do I make a backup of the database?", "text": "Use the backup command.", "seq": 5},
]
QUERIES = [
    {"id": "1", "title": "", "text": "restarting the service", "gold": ["a"]},
    {"id": "2", "title": "Backup of my database", "text": "", "gold": ["b"]},
    {"id": "3", "title": "Zebra crossing", "text": "football", "gold": []},
]


def write(folder: Path, base: list[Any], queries: list[Any]) -> Path:
    folder.mkdir(parents=True)
    for name, rows in (("kb.jsonl", base), ("queries.jsonl", queries)):
        (folder / name).write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return folder


def nothing(done: int, total: int, what: str) -> None:
    """No progress to show."""


async def test_each_set_with_a_base_has_its_figures(tmp_path: Path, sqlite_store: SqlStore) -> None:
    write(tmp_path / "faq", BASE, QUERIES)
    write(tmp_path / "foreign", [], [{"id": "9", "title": "Tailwind classes vanish", "text": "in css", "gold": []}])
    seen: list[tuple[int, int, str]] = []
    stock = SqlStock(sqlite_store.engine)
    figures = await evaluate(read_sets(tmp_path), stock, lambda *progress: seen.append(progress))
    assert figures.keys() == {"faq"}
    assert (figures["faq"]["queries"], figures["faq"]["answerable"]) == (3, 2)
    assert (figures["faq"]["p_at_1"], figures["faq"]["mrr"], figures["faq"]["auroc"]) == (1, 1, 1)
    assert (figures["faq"]["off_topic_auroc"], figures["faq"]["off_topic_drafted"]) == (1, 0)
    assert (seen[0], seen[-1]) == ((0, 4, "faq"), (4, 4, "faq"))
    assert await stock.size() == 0
    json.dumps(as_json(figures))


async def test_later_and_excluded_entries_do_not_exist_for_a_query(tmp_path: Path, sqlite_store: SqlStore) -> None:
    queries = [
        {"id": "1", "title": "backup of the database", "text": "", "gold": ["b"], "seq": 6},
        {"id": "2", "title": "backup of the database", "text": "", "gold": ["b"], "seq": 5},
        {"id": "3", "title": "backup of the database", "text": "", "gold": ["b"], "exclude": ["b"]},
        {"id": "4", "title": "backup of the database", "text": "", "gold": ["b"], "issue": "b"},
    ]
    folder = write(tmp_path / "faq", BASE, queries)
    figures = await evaluate(read_sets(folder), SqlStock(sqlite_store.engine), nothing)
    assert figures["faq"]["p_at_1"] == 1 / 4


async def test_without_answerable_queries_there_is_no_precision(tmp_path: Path, sqlite_store: SqlStore) -> None:
    folder = write(tmp_path / "faq", BASE, QUERIES[2:])
    figures = await evaluate(read_sets(folder), SqlStock(sqlite_store.engine), nothing)
    assert (figures["faq"]["p_at_1"], figures["faq"]["auroc"]) == (None, None)


@pytest.mark.parametrize(
    ("base", "queries", "sentence"),
    [
        (["{\n"], QUERIES, r"faq/kb\.jsonl, line 1: not JSON"),
        (["\n", "[1]\n"], QUERIES, r"kb\.jsonl, line 2: an object is needed, not list"),
        ([BASE[0], {"id": "b", "title": "t"}], QUERIES, r"kb\.jsonl, line 2: text must be a text"),
        ([BASE[0], BASE[0]], QUERIES, r"kb\.jsonl: the id a stands there twice"),
        (BASE, [QUERIES[0] | {"gold": "a"}], r"queries\.jsonl, line 1: gold must be a list of ids"),
        (BASE, [QUERIES[0], QUERIES[1] | {"seq": "x"}], r"queries\.jsonl, line 2: seq must be a whole number"),
        (BASE, [QUERIES[0] | {"id": 7}], r"queries\.jsonl, line 1: id must be a text"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, base: list[Any], queries: list[Any], sentence: str) -> None:
    write(tmp_path / "faq", base, queries)
    with pytest.raises(UsageError, match=sentence):
        read_sets(tmp_path)


def test_what_is_no_set_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no queries\.jsonl"):
        read_sets(tmp_path)
    folder = write(tmp_path / "faq", [], [])
    (folder / "kb.jsonl").unlink()
    with pytest.raises(UsageError, match=r"kb\.jsonl cannot be read: No such file"):
        read_sets(folder)
    (folder / "kb.jsonl").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"is not UTF-8 \(byte 0\)"):
        read_sets(folder)
