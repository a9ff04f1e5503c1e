"""Exports the training set: whole files or none, and the same bytes for the same knowledge."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from bot.errors import Permanent, UsageError
from bot.knowledge.training import forms
from bot.knowledge.training.card import card
from bot.knowledge.training.rows import (
    Row,
    Tally,
    distinct,
    prepared,
    real_edits,
    row_of_edit,
    rows_of_issue,
    rows_of_passage,
    split,
)
from bot.ports import Material

Progress = Callable[[int, int, str], None]

_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted: only issues with a label, only the FAQ, and the form of the rows."""

    label: str = ""
    faq: bool = False
    form: str = "chat"


@dataclass(slots=True, kw_only=True)
class Export:
    """What was written, and what the data card says of it."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The shape that `dataset export --json` prints."""
        return {"files": self.files, "card": self.card}


async def export(material: Material, out: Path, wish: Wish, progress: Progress) -> Export:
    """Write OUT.train.jsonl, OUT.valid.jsonl, OUT.preferences.jsonl and OUT.card.md.

    Each is written under another name first, so that an interruption leaves the earlier ones as they were; the card
    comes last and names the others' hashes.
    """
    tally, pairs_tally = Tally(), Tally()
    rows = await _rows(material, wish, progress)
    counts = Counter(row.origin for row in rows)
    rows = distinct(prepared(rows, tally, label=wish.label), tally)
    train, valid, count = split(rows)
    edits = [] if wish.faq else [row_of_edit(edit) async for edit in material.edits()]
    pairs = real_edits(prepared(edits, pairs_tally, label=wish.label), pairs_tally)
    base = out.with_suffix("") if out.suffix == ".jsonl" else out
    parts = {"train": (train, wish.form), "valid": (valid, wish.form), "preferences": (pairs, "preferences")}
    result = Export()
    with _whole_files() as create:
        for name, (some, form) in parts.items():
            path = base.with_name(f"{base.name}.{name}.jsonl")
            result.files[path.name] = _write(create(path), some, form)
        result.card, text = card(wish.label, wish.form, counts, tally, pairs_tally, rows, count, result.files)
        create(base.with_name(f"{base.name}.card.md")).write(text.encode())
    progress(len(rows), len(rows), "")
    return result


def check(path: Path) -> tuple[str, int, list[tuple[int, str]]]:
    """The form of a file, how many rows it has, and its first problems by line."""
    problems: list[tuple[int, str]] = []
    form, count = "", 0
    try:
        with path.open("rb") as file:
            for number, found, problem in forms.check(file):
                form, count = form or found, number
                if problem and len(problems) < _MOST_PROBLEMS:
                    problems.append((number, problem))
            if file.tell() > forms.LARGEST:
                problems.append((count, f"makes the file larger than {forms.LARGEST // 1_000_000} MB"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give the name of a JSONL file.") from None
    if not count:
        problems.append((1, "is absent: the file is empty"))
    return form, count, problems


async def _rows(material: Material, wish: Wish, progress: Progress) -> list[Row]:
    rows: list[Row] = []
    if not wish.label:  # an entry of the FAQ carries no labels
        async for passage in material.texts():
            rows += rows_of_passage(passage)
    if not wish.faq:
        async for past in material.past():
            rows += rows_of_issue(past)
            progress(len(rows), 0, str(past.key))
    return rows


def _write(file: BinaryIO, rows: Sequence[Row], form: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    for row in rows:
        line = forms.line(row, form).encode()
        digest.update(line)
        file.write(line)
    return {"rows": len(rows), "sha256": digest.hexdigest()}


@contextmanager
def _whole_files() -> Iterator[Callable[[Path], BinaryIO]]:
    """Files that get their names when all of them are on the disk; none of them if anything fails."""
    opened: list[tuple[Path, Path, BinaryIO]] = []

    def create(path: Path) -> BinaryIO:
        part = path.with_name(f".{path.name}.part")
        file = part.open("wb")
        opened.append((path, part, file))
        return file

    try:
        yield create
        for _, _, file in opened:
            file.flush()
            os.fsync(file.fileno())
            file.close()
        for path, part, _ in opened:
            part.replace(path)
    except OSError as error:
        raise Permanent(f"The training set cannot be written ({error.strerror}): {error.filename}.") from None
    finally:
        for _, part, file in opened:
            file.close()
            part.unlink(missing_ok=True)
