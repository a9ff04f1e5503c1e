"""What people decided and what it cost; and, for one issue, everything that ever happened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.figures import Event, Figures, figures
from bot.domain.review import Review
from bot.errors import Gone, UsageError
from bot.ports import Clock, Store, Transaction

DEFINITIONS = {
    "begun": "reviews that began in the time",
    "acceptance": "approved / (approved + dismissed), by the last such decision on each review that was not undone",
    "edited_share": "of the approved: a person wrote the text that was approved",
    "decision_seconds": "median from the first draft to the first approval or dismissal",
    "thumbs_up": "reactions of other people to our notes, up to two weeks after each",
    "thumbs_down": "the same",
    "thanked": "replies after which the reporter thanked and asked nothing",
    "reopened": "replies whose issue was closed and opened again",
    "answered": "replies after which somebody else than the reporter wrote",
    "cost": "what the models' price table says; drafts without a price are not in it",
}
"""Printed beside the figures: a share without its definition means nothing."""

_ISSUE = re.compile(r"(?:https?://[^/]+/)?(?P<project>.+?)(?:#|/-/(?:issues|work_items)/)(?P<number>\d+)(?:[?#].*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of the last `days`."""

    days: int
    rows: tuple[Figures, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape that `report --json` prints."""
        return {"days": self.days, "definitions": DEFINITIONS, "rows": [row.as_json() for row in self.rows]}


async def report(store: Store, clock: Clock, *, days: int, project: str = "") -> Report:
    """Over everything, or over one project (its path or id)."""
    async with store.read() as tx:
        cases = await tx.cases(clock.now() - timedelta(days=days))
    if project:
        wanted = project.casefold()
        cases = [case for case in cases if wanted in {case.project.casefold(), case.review.key.project.casefold()}]
    return Report(days=days, rows=tuple(figures(cases)))


async def audit(store: Store, target: str) -> list[Event]:
    """Every event of one issue, all its rounds; the trackers are not asked. UsageError when it is not known."""
    async with store.read() as tx:
        reviews = await _named(tx, target.strip())
        if not reviews:
            raise UsageError(
                f"No review of {target!r} is known; give an address, group/project#7, or a review's number."
            )
        return await tx.trail([review.id for review in reviews])


async def _named(tx: Transaction, target: str) -> list[Review]:
    if target.isdecimal():
        try:
            return [await tx.review(int(target))]
        except Gone:
            return []
    found = _ISSUE.fullmatch(target)
    return await tx.reviews_of(found["project"], int(found["number"])) if found else []
