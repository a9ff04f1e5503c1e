"""Reading everything that changed in one project or group, although rows move while we page.

GitLab pages by offset: a row that is updated meanwhile leaves its page, and the next page misses another.
So a page is followed not by page 2 but by a new question from the last row's time on. Page 2 is asked for
only while rows share one time, and such a run is read again until it shows nothing new.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

from bot.trackers.gitlab.backend import Backend
from bot.trackers.gitlab.cursor import Position, mark, updated

_log = logging.getLogger(__name__)

# Answers show milliseconds while the database compares microseconds; and a server may round up.
_ROUNDING = timedelta(milliseconds=1)


async def sweep(backend: Backend, path: str, position: Position) -> AsyncGenerator[tuple[list[Any], Position], None]:
    """Rows that are new or changed since `position`, oldest first, each batch with the position behind it."""
    overlap = backend.bounds.overlap
    start = position.at - overlap
    had: set[tuple[str, str]] = set()  # of this look: `seen` of a position is bounded
    for _ in range(backend.bounds.max_pages):
        onward: datetime | None = None
        pages = news = 0
        async with aclosing(backend.pages(path, **_query(start))) as listing:
            async for page in listing:
                pages += 1
                fresh = [row for row in page.rows if position.fresh(row) and mark(row) not in had]
                had.update(mark(row) for row in fresh)
                news += len(fresh)
                position = position.after(page.rows, page.at, overlap)
                yield fresh, position
                onward = _onward(page.rows, start) if page.next is not None else None
                if onward is not None:
                    break
        if pages > 1 and news:
            continue
        if onward is None:
            return
        start = onward
    _log.warning("%s has more changes than one look can take; the next look goes on from here.", path)


def _query(start: datetime) -> dict[str, str]:
    return {
        "scope": "all",
        "state": "all",
        "order_by": "updated_at",
        "sort": "asc",
        "updated_after": start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _onward(rows: list[Any], start: datetime) -> datetime | None:
    """The time to ask from next, if these rows lead beyond the last question."""
    last = updated(rows[-1]) if rows else None
    return last - _ROUNDING if last is not None and last - _ROUNDING > start else None
