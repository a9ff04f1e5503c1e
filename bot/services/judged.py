"""Reads sets of questions whose right entries are known: `kb.jsonl` and `queries.jsonl`, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.passage import Passage
from bot.errors import UsageError
from bot.knowledge.clean import query_text
from bot.knowledge.language import detect

BASE, QUERIES = "kb.jsonl", "queries.jsonl"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with the ids of the entries that answer it; none when nothing does."""

    id: str
    title: str
    text: str
    gold: frozenset[str]
    exclude: frozenset[str] = frozenset()
    seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSet:
    """A base of entries, and questions to it. `order` is the place in time of those entries that have one."""

    name: str
    base: Sequence[Passage]
    queries: Sequence[Asked]
    order: dict[str, int] = field(default_factory=dict)

    def unseen(self, asked: Asked) -> frozenset[str]:
        """What must not be found: named by the question, or later than it."""
        if asked.seq is None:
            return asked.exclude
        return asked.exclude | {entry for entry, seq in self.order.items() if seq >= asked.seq}


def read_sets(folder: Path) -> list[JudgedSet]:
    """The set in `folder`, or those in the folders inside it; UsageError when there is none."""
    if (folder / QUERIES).is_file():
        return [_read(folder)]
    inside = sorted(path.parent for path in folder.glob(f"*/{QUERIES}")) if folder.is_dir() else []
    if not inside:
        raise UsageError(f"{folder} holds no {QUERIES}, and no folder with one; name a set or a folder of sets.")
    return [_read(one) for one in inside]


def _read(folder: Path) -> JudgedSet:
    base = list(_rows(folder / BASE))
    entries = [_passage(row, place) for row, place in base]
    queries = [_asked(row, place) for row, place in _rows(folder / QUERIES)]
    _refuse_twice(entries, folder / BASE)
    order = {row["id"]: row["seq"] for row, _ in base if isinstance(row.get("seq"), int)}
    return JudgedSet(name=folder.resolve().name, base=entries, queries=queries, order=order)


def _rows(path: Path) -> Iterator[tuple[Row, str]]:
    """Each object with where it stands, for the sentence that complains about it."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}).") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _object(line, f"{path}, line {number}"), f"{path}, line {number}"


def _object(line: str, place: str) -> Row:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{place}: not JSON ({error}).") from error
    if not isinstance(row, dict):
        raise UsageError(f"{place}: an object is needed, not {type(row).__name__}.")
    return row


def _passage(row: Row, place: str) -> Passage:
    title, body = _text(row, "title", place), _text(row, "text", place)
    asked = _text(row, "question_body", place, needed=False)
    return Passage(
        id=_text(row, "id", place),
        source="base",
        title=title,
        question=query_text(asked) if asked else "",
        body=body,
        url=_text(row, "url", place, needed=False),
        language=detect(f"{title} {body}") or _text(row, "lang", place, needed=False),
    )


def _asked(row: Row, place: str) -> Asked:
    seq = row.get("seq")
    if seq is not None and not isinstance(seq, int):
        raise UsageError(f"{place}: seq must be a whole number.")
    issue = _text(row, "issue", place, needed=False)
    return Asked(
        id=_text(row, "id", place),
        title=_text(row, "title", place, needed=False),
        text=_text(row, "text", place),
        gold=_ids(row, "gold", place),
        exclude=_ids(row, "exclude", place) | ({issue} if issue else set()),
        seq=seq,
    )


def _text(row: Row, key: str, place: str, *, needed: bool = True) -> str:
    value = row.get(key) if needed else row.get(key) or ""
    if not isinstance(value, str):
        raise UsageError(f"{place}: {key} must be a text.")
    return value


def _ids(row: Row, key: str, place: str) -> frozenset[str]:
    value = row.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UsageError(f"{place}: {key} must be a list of ids.")
    return frozenset(value)


def _refuse_twice(entries: Sequence[Passage], path: Path) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise UsageError(f"{path}: the id {entry.id} stands there twice.")
        seen.add(entry.id)
