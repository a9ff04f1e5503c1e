"""What became of the reviews of a time: counts, shares, times, cost. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from bot.domain.receipt import Receipt
from bot.domain.review import Decision, Draft, Review, State, Verdict

ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of the audit trail."""

    review_id: int | None
    at: datetime
    by: str
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A review with everything that was written and decided about it, oldest first."""

    review: Review
    drafts: tuple[Draft, ...] = ()
    decisions: tuple[Decision, ...] = ()
    receipt: Receipt | None = None

    @property
    def project(self) -> str:
        return self.review.issue.project_name

    @property
    def decision(self) -> Decision | None:
        """The last approval or dismissal, unless it was undone."""
        ends = [d for d in self.decisions if d.verdict in {Verdict.APPROVE, Verdict.DISMISS, Verdict.UNDO}]
        return ends[-1] if ends and ends[-1].verdict is not Verdict.UNDO else None

    @property
    def waited(self) -> float | None:
        """Seconds from the first draft to the first approval or dismissal."""
        ends = [d.at for d in self.decisions if d.verdict in {Verdict.APPROVE, Verdict.DISMISS}]
        return (ends[0] - self.drafts[0].at).total_seconds() if ends and self.drafts else None

    def decided(self, verdict: Verdict) -> bool:
        return self.decision is not None and self.decision.verdict is verdict

    @property
    def edited(self) -> bool:
        """Whether a person wrote what was approved."""
        return self.decided(Verdict.APPROVE) and any(
            draft.by_person for draft in self.drafts if self.decision and draft.number == self.decision.draft
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the reviews that began in `period` ("2026-03") in `project`; ALL stands for every one."""

    period: str
    project: str
    begun: int
    approved: int
    dismissed: int
    edited: int
    regenerated: int
    sent: int
    decision_seconds: float | None
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    thumbs_up: int = 0
    thumbs_down: int = 0
    thanked: int = 0
    reopened: int = 0
    answered: int = 0

    @property
    def acceptance(self) -> float | None:
        return _share(self.approved, self.approved + self.dismissed)

    @property
    def edited_share(self) -> float | None:
        return _share(self.edited, self.approved)

    def as_json(self) -> dict[str, Any]:
        """One element of `rows` in the JSON of `report`."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return own | {"acceptance": self.acceptance, "edited_share": self.edited_share}


def figures(cases: Sequence[Case]) -> list[Figures]:
    """A row for all, then one for each month and project."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((f"{case.review.created_at:%Y-%m}", case.project), []).append(case)
    return [_row(ALL, ALL, cases), *(_row(*name, group) for name, group in sorted(groups.items()))]


def _row(period: str, project: str, cases: Sequence[Case]) -> Figures:
    usages = [draft.usage for case in cases for draft in case.drafts if draft.usage is not None]
    costs = [usage.cost for usage in usages if usage.cost is not None]
    receipts = [case.receipt for case in cases if case.receipt is not None]
    waits = [case.waited for case in cases if case.waited is not None]
    return Figures(
        period=period,
        project=project,
        begun=len(cases),
        approved=_count(cases, lambda case: case.decided(Verdict.APPROVE)),
        dismissed=_count(cases, lambda case: case.decided(Verdict.DISMISS)),
        edited=_count(cases, lambda case: case.edited),
        regenerated=_count(cases, lambda case: any(d.verdict is Verdict.REGENERATE for d in case.decisions)),
        sent=_count(cases, lambda case: case.review.state is State.SENT),
        decision_seconds=median(waits) if waits else None,
        prompt_tokens=sum(usage.prompt_tokens for usage in usages),
        completion_tokens=sum(usage.completion_tokens for usage in usages),
        cost=sum(costs) if costs else None,
        thumbs_up=sum(receipt.up for receipt in receipts),
        thumbs_down=sum(receipt.down for receipt in receipts),
        thanked=sum(receipt.thanked for receipt in receipts),
        reopened=sum(receipt.reopened for receipt in receipts),
        answered=sum(bool(receipt.answered) for receipt in receipts),
    )


def _count(cases: Iterable[Case], holds: Callable[[Case], bool]) -> int:
    return sum(holds(case) for case in cases)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
