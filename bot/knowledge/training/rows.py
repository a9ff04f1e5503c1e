"""Rows of a training set: from material to scrubbed text, what is left out and why, and the split by time. Pure."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.history import Edit, PastIssue, answer_id
from bot.domain.passage import Passage
from bot.knowledge import trivial
from bot.knowledge.chunks import is_question
from bot.knowledge.clean import clean_text
from bot.knowledge.history import written
from bot.knowledge.language import detect
from bot.knowledge.training.scrub import scrub
from bot.knowledge.training.similar import groups

VALIDATION = 0.15
"""The part of all dated rows that is kept for validation: the newest."""

LEAST_ROWS = 10
"""With fewer rows nothing is kept for validation."""

SAME_ANSWER = 3
"""So many rows may end in the same words."""

_QUESTION, _ANSWER = 6_000, 8_000
_EDIT_LEAST, _EDIT_MOST = 0.1, 0.8
_COMPARED = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question with its answer. `rejected` is the draft that a person corrected into the answer."""

    id: str
    origin: str
    question: str
    answer: str
    rejected: str = ""
    at: datetime | None = None
    labels: tuple[str, ...] = ()
    language: str = ""


@dataclass(slots=True)
class Tally:
    """How many rows went into each step and came out of it, in order; what was replaced by what."""

    steps: list[tuple[str, int, int]] = field(default_factory=list)
    replaced: Counter[str] = field(default_factory=Counter)

    def step(self, name: str, before: Sequence[Row], after: Sequence[Row]) -> list[Row]:
        self.steps.append((name, len(before), len(after)))
        return list(after)


def rows_of_issue(past: PastIssue) -> list[Row]:
    """A row for the best answer: one that was approved, else one that helped, else the first."""
    best = sorted(past.answers, key=lambda answer: (not answer.sent, not answer.thanked, answer.at))[:1]
    return [
        Row(
            id=answer_id(past.key, answer.note),
            origin="reply" if answer.sent else "history",
            question=f"{past.title}\n\n{past.body}",
            answer=answer.body,
            at=answer.at,
            labels=past.labels,
        )
        for answer in best
    ]


def row_of_edit(edit: Edit) -> Row:
    """A pair: what a person made of a draft, and the draft."""
    return Row(
        id=f"review {edit.review_id}",
        origin="reply",
        question=f"{edit.title}\n\n{edit.body}",
        answer=written(edit.after),
        rejected=written(edit.before),
        at=edit.at,
        labels=edit.labels,
    )


def rows_of_passage(passage: Passage) -> list[Row]:
    """A row for an entry of the FAQ; other sections of the documentation ask nothing."""
    if not is_question(passage.title):
        return []
    return [Row(id=passage.id, origin="faq", question=passage.title, answer=passage.body)]


def prepared(rows: Iterable[Row], tally: Tally, *, label: str = "") -> list[Row]:
    """Cleaned, scrubbed and without what teaches nothing, in the order of time."""
    kept = sorted(rows, key=_order)
    if label:
        kept = tally.step(f"carries the label {label}", kept, [row for row in kept if label in row.labels])
    # Before the cleaning too: it may take a key apart, and no pattern would know the pieces.
    kept = tally.step("holds no key", kept, [row for row in kept if not any(scrub(part).key for part in _parts(row))])
    cleaned = [_cleaned(row) for row in kept]
    telling = [row for row, raw in zip(cleaned, kept, strict=True) if row.question and not _trivial(row, raw)]
    kept = tally.step("says something after cleaning", cleaned, telling)
    scrubbed = [_scrubbed(row, tally) for row in kept]
    return tally.step("holds no key after cleaning", kept, [row for row in scrubbed if row is not None])


def distinct(rows: Sequence[Row], tally: Tally) -> list[Row]:
    """Each question with its answer once, each answer a few times only."""
    once = {(_plain(row.question), _plain(row.answer)): row for row in reversed(rows)}
    kept = tally.step("is no copy of another row", rows, sorted(once.values(), key=_order))
    seen: Counter[str] = Counter()
    few = []
    for row in kept:
        seen[_plain(row.answer)] += 1
        if seen[_plain(row.answer)] <= SAME_ANSWER:
            few.append(row)
    return tally.step(f"has an answer that stands at most {SAME_ANSWER} times", kept, few)


def real_edits(rows: Sequence[Row], tally: Tally) -> list[Row]:
    """Pairs that teach: more than a typing error mended, less than another answer."""
    ratios = [(row, edit_ratio(row.rejected, row.answer)) for row in rows]
    kept = tally.step("was edited more than a typing error", rows, [r for r, ratio in ratios if ratio >= _EDIT_LEAST])
    near = [row for row, ratio in ratios if _EDIT_LEAST <= ratio <= _EDIT_MOST]
    return tally.step("is no other answer altogether", kept, near)


def edit_ratio(before: str, after: str) -> float:
    """The share of words that differ."""
    words = before.split()[:_COMPARED], after.split()[:_COMPARED]
    return 1.0 - difflib.SequenceMatcher(None, *words, autojunk=False).ratio()


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row], int]:
    """Rows for training, rows for validation, and in how many groups of near copies they stand.

    Validation is the newest part. A group of near copies is never cut: one that reaches back beyond the cut, or into
    the FAQ, is for training as a whole.
    """
    numbers = groups([row.question for row in rows], [row.answer for row in rows]) if rows else []
    dated = sorted(row.at for row in rows if row.at is not None)
    if len(dated) < LEAST_ROWS:
        return list(rows), [], len(set(numbers))
    cut = dated[len(dated) - max(1, round(len(dated) * VALIDATION))]
    old = {number for row, number in zip(rows, numbers, strict=True) if row.at is None or row.at < cut}
    sides: tuple[list[Row], list[Row]] = ([], [])
    for row, number in zip(rows, numbers, strict=True):
        sides[number not in old].append(row)
    return *sides, len(set(numbers))


def _order(row: Row) -> tuple[str, str]:
    return (row.at.isoformat() if row.at else "", row.id)


def _cleaned(row: Row) -> Row:
    question, answer = clean_text(row.question)[:_QUESTION].strip(), clean_text(row.answer)[:_ANSWER].strip()
    rejected = clean_text(row.rejected)[:_ANSWER].strip()
    return replace(row, question=question, answer=answer, rejected=rejected, language=detect(f"{question}\n{answer}"))


def _trivial(row: Row, raw: Row) -> bool:
    """What a person approved, corrected or wrote into the FAQ may be short; it must only not be nothing."""
    if row.origin == "history":
        return bool(trivial.reason(row.answer))
    return not row.answer or bool(raw.rejected and not row.rejected)


def _scrubbed(row: Row, tally: Tally) -> Row | None:
    parts = [scrub(text) for text in _parts(row)]
    if any(part.key for part in parts):
        return None
    for part in parts:
        tally.replaced.update(part.replaced)
    question, answer, rejected = (part.text for part in parts)
    return replace(row, question=question, answer=answer, rejected=rejected)


def _parts(row: Row) -> tuple[str, str, str]:
    return row.question, row.answer, row.rejected


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
