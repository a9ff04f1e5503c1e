"""Brings the knowledge up to date with the configured files: what changed is read again, what is gone leaves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from bot.domain.history import PREFIX
from bot.knowledge.chunks import passages_of
from bot.ports import Stock
from bot.services.history import HistoryReport
from bot.settings import KnowledgeSettings

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the file at hand."""

_MOST_BYTES = 5_000_000


class Shelves(Stock, Protocol):
    """A stock that can name its sources, so that what has gone can be removed."""

    async def sources(self) -> set[str]: ...


@dataclass(slots=True, kw_only=True)
class LearnReport:
    """What changed, in passages; `unreadable` holds (file, reason): all other files were learned."""

    added: int = 0
    unchanged: int = 0
    removed: int = 0
    unreadable: tuple[tuple[str, str], ...] = field(default=())
    history: HistoryReport | None = None
    replies: int = 0

    def as_json(self) -> dict[str, Any]:
        """The shape that `learn --json` prints."""
        return {
            "replies": self.replies,
            "history": self.history.as_json() if self.history else None,
            "added": self.added,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "unreadable": [{"file": file, "reason": reason} for file, reason in self.unreadable],
        }


async def learn(settings: KnowledgeSettings, stock: Shelves, progress: Progress) -> LearnReport:
    """One transaction a file: a stop in the middle loses nothing, and the next run goes on."""
    report = LearnReport()
    files = list(_files(settings))
    kept = {source for source in await stock.sources() if not source.startswith(PREFIX)}
    gone = kept - {name for name, _, _ in files}
    for done, (name, path, url) in enumerate(files):
        progress(done, len(files), name)
        try:
            text = await asyncio.to_thread(_read, path)
        except (OSError, ValueError) as error:
            report.unreadable = (*report.unreadable, (name, _reason(error)))
            continue
        _add(report, await stock.replace_source(name, passages_of(text, file=name, url=url)))
    for name in sorted(gone):
        _add(report, await stock.replace_source(name, []))
    progress(len(files), len(files), "")
    return report


def _add(report: LearnReport, counts: tuple[int, int, int]) -> None:
    added, unchanged, removed = counts
    report.added += added
    report.unchanged += unchanged
    report.removed += removed


def _files(settings: KnowledgeSettings) -> Iterator[tuple[str, Path, str]]:
    """Every file once: the name it is known by, where it is, its public address."""
    for number, path in enumerate(settings.paths):
        root = path if path.is_dir() else path.parent
        base = settings.url if settings.url and number == 0 else ""
        for file in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            name = file.relative_to(root).as_posix()
            yield f"{path.name}/{name}" if path.is_dir() else name, file, f"{base}/{quote(name)}" if base else ""


def _read(path: Path) -> str:
    if os.stat(path).st_size > _MOST_BYTES:
        raise ValueError(f"larger than {_MOST_BYTES // 1_000_000} MB")
    return path.read_bytes().decode("utf-8-sig")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.start})"
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
