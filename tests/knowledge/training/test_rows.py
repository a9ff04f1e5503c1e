"""What becomes a row, what is left out and counted, and how the newest part is kept apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.history import PastAnswer, PastIssue
from bot.knowledge.training.rows import (
    Row,
    Tally,
    distinct,
    edit_ratio,
    prepared,
    real_edits,
    rows_of_issue,
    rows_of_passage,
    split,
)
from bot.knowledge.training.similar import groups
from tests.factories import NOON, make_key, make_passage

ANSWER = "Open the settings, choose the tab Network and switch the relay server number {} on, then restart."


def row(number: int = 1, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "id": f"issue {number:03}",
        "origin": "history",
        "question": f"How do I use the relay server number {number}?",
        "answer": ANSWER.format(number),
        "at": NOON + timedelta(days=number),
    }
    return Row(**{**values, **changes})


def answer(note: str, minutes: int, **changes: Any) -> PastAnswer:
    at = NOON + timedelta(minutes=minutes)
    return PastAnswer(note=note, author_id="1", author="marie", body=ANSWER, at=at, digest=note, **changes)


@pytest.mark.parametrize(
    ("answers", "best"),
    [
        ((answer("1", 1), answer("2", 2)), "1"),
        ((answer("1", 1), answer("2", 2, thanked=True)), "2"),
        ((answer("1", 1, thanked=True), answer("2", 2), answer("3", 3, sent=True)), "3"),
    ],
)
def test_the_best_answer_of_an_issue_is_taken(answers: tuple[PastAnswer, ...], best: str) -> None:
    past = PastIssue(
        key=make_key(), title="It fails", body="Help", url="", readers="public", created_at=NOON, answers=answers
    )
    (found,) = rows_of_issue(past)
    assert found.id.endswith(f"/note_{best}")
    assert found.question == "It fails\n\nHelp"


def test_only_questions_of_the_documentation_are_rows() -> None:
    assert [found.origin for found in rows_of_passage(make_passage())] == ["faq"]
    assert rows_of_passage(make_passage(title="Manual › Installation")) == []


def test_markdown_becomes_text_and_every_loss_is_counted() -> None:
    tally = Tally()
    rows = [
        row(1, question="**How** do I?\n\n![](x.png)\n<!-- hidden -->", labels=("question",)),
        row(2, answer="Je ferme.", labels=("question",)),
        row(3, answer="Use glpat-" + "aB3" * 7 + " as the token, as is written in the settings.", labels=("question",)),
        row(4),
    ]
    kept = prepared(rows, tally, label="question")
    assert [found.question for found in kept] == ["How do I?"]
    assert tally.steps == [
        ("carries the label question", 4, 3),
        ("holds no key", 3, 2),
        ("says something after cleaning", 2, 1),
        ("holds no key after cleaning", 1, 1),
    ]


def test_copies_and_canned_answers_are_left_out() -> None:
    tally = Tally()
    rows = [row(1), row(1, id="copy"), *(row(n, answer="The same words for everybody.") for n in range(2, 8))]
    kept = distinct(rows, tally)
    assert len(kept) == 4
    assert [step[1:] for step in tally.steps] == [(8, 7), (7, 4)]


def test_pairs_are_real_edits() -> None:
    tally = Tally()
    words = " ".join(f"word{n}" for n in range(20))
    rows = [
        row(1, answer=words, rejected=words + " typo"),
        row(2, answer=words, rejected=words.replace("word1", "other")),
        row(3, answer=words, rejected="nothing of all that"),
    ]
    assert [found.id for found in real_edits(rows, tally)] == ["issue 002"]
    assert [step[1:] for step in tally.steps] == [(3, 2), (2, 1)]
    assert edit_ratio("a b", "a b") == 0


def test_the_newest_part_is_for_validation() -> None:
    rows = [row(n, answer=f"{'abcdefghijklmnopqrst'[n]} " * 9) for n in range(20)]
    train, valid, count = split([*rows, row(99, at=None, origin="faq", answer="faq answer")])
    assert [found.id for found in valid] == ["issue 017", "issue 018", "issue 019"]
    assert (len(train), count) == (18, 21)


def test_few_rows_are_all_for_training() -> None:
    assert split([row(n) for n in range(5)])[1] == []
    assert split([]) == ([], [], 0)


texts = st.lists(st.sampled_from(["a b c d e f g", "a b c d e f g h", "k l m n o p", "q r s", "t u"]), min_size=1)


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, texts, st.integers(0, 40)), max_size=40))
def test_no_group_is_cut_and_nothing_in_validation_is_older_than_the_cut(
    given_rows: list[tuple[list[str], list[str], int]],
) -> None:
    rows = [
        row(n, question=" ".join(q), answer=" ".join(a), at=NOON + timedelta(days=day))
        for n, (q, a, day) in enumerate(given_rows)
    ]
    train, valid, _ = split(rows)
    assert sorted(found.id for found in (*train, *valid)) == sorted(found.id for found in rows)
    if rows:
        numbers = dict(
            zip([r.id for r in rows], groups([r.question for r in rows], [r.answer for r in rows]), strict=True)
        )
        assert not {numbers[r.id] for r in train} & {numbers[r.id] for r in valid}
    dates = [r.at for r in rows if r.at]
    for kept in valid:
        assert kept.at
        assert sum(at < kept.at for at in dates) >= len(dates) * 0.5 or len(set(dates)) < 3
