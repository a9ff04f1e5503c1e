"""What differs between what people were shown and what stands there now. (field 19; gitlab 29, 30)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.changes import KEPT_BODY, KEPT_NOTES, Difference, What, differences, seen_of
from bot.domain.issue import Note, Thread
from tests.factories import make_author, make_note, make_thread

BOB = make_author("bob", name="Bob")
ME = make_author("gepettto", me=True)
BODY = "One.\nTwo.\nThree."


def told(before: Thread, after: Thread) -> list[Difference]:
    return list(differences(seen_of(before), after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"title": "A"}, {"title": "B"}, Difference(what=What.TITLE, before="A", after="B")),
        ({"kind": "issue"}, {"kind": "incident"}, Difference(what=What.KIND, before="issue", after="incident")),
        ({}, {"locked": True}, Difference(what=What.LOCKED)),
        ({"locked": True}, {}, Difference(what=What.UNLOCKED)),
        (
            {"labels": ("bug", "question", "x")},
            {"labels": ("x", "support")},
            Difference(what=What.LABELS, before="bug, question", after="support"),
        ),
        ({"body": BODY}, {"body": "One.\n2.\nThree."}, Difference(what=What.BODY, before="Two.", after="2.")),
        ({"body": BODY}, {"body": BODY + "\n\nFour."}, Difference(what=What.BODY, after="Four.")),
        ({"body": BODY}, {"body": ""}, Difference(what=What.BODY, before=BODY)),
        (
            {},
            {"notes": (make_note(author=BOB, body="\n\nFirst line.\nSecond."),)},
            Difference(what=What.NOTE, who="Bob", after="First line."),
        ),
        (
            {"notes": (make_note(author=BOB, body="Yes."),)},
            {"notes": (make_note(author=BOB, body="No."),)},
            Difference(what=What.NOTE_EDITED, who="Bob", before="Yes.", after="No."),
        ),
        (
            {"notes": (make_note(author=BOB, body="Yes."),)},
            {},
            Difference(what=What.NOTE_DELETED, who="Bob", before="Yes."),
        ),
    ],
)
def test_every_change_is_told_in_its_own_words(
    before: dict[str, Any], after: dict[str, Any], expected: Difference
) -> None:
    assert told(make_thread(**before), make_thread(**after)) == [expected]


@pytest.mark.parametrize(
    "notes",
    [(make_note(author=ME),), (make_note(system=True),), (make_note(internal=True),)],
    ids=["our own", "activity", "internal"],
)
def test_what_no_other_person_wrote_in_public_is_no_change(notes: tuple[Note, ...]) -> None:
    assert told(make_thread(), make_thread(notes=notes)) == []


def test_a_change_beyond_what_is_kept_is_told_without_its_words() -> None:
    long = "x" * KEPT_BODY
    assert told(make_thread(body=long + "a"), make_thread(body=long + "b")) == [Difference(what=What.BODY)]


def test_secrets_are_masked_in_what_is_kept_and_told() -> None:
    """field 14"""
    token = "glpat-" + "x" * 20
    before = make_thread(body=f"My token is {token}")
    (difference,) = told(before, make_thread(body=f"My tokens are {token} and more", title=before.issue.title))
    assert token not in repr((seen_of(before), difference))


def test_bounds_hold_for_any_size() -> None:
    """field 28: a description of a megabyte, five thousand notes."""
    notes = tuple(make_note(n, body="y" * 20_000) for n in range(5_000))
    huge = make_thread(title="t" * 255, body="line\n" * 200_000, notes=notes)
    seen = seen_of(huge)
    assert len(repr(seen)) < 60_000
    assert len(repr(differences(seen, make_thread()))) < 10_000
    assert len(told(make_thread(), huge)) == 10
    assert told(make_thread(), huge)[-1].what is What.MORE


def many(numbers: Sequence[int]) -> Thread:
    return make_thread(notes=tuple(make_note(n, author=BOB, body=f"Note {n}.") for n in numbers))


def test_of_very_many_notes_only_what_happened_is_told() -> None:
    before = many(range(1, KEPT_NOTES + 51))
    assert told(before, before) == []
    last = KEPT_NOTES + 50
    assert told(before, many(range(1, last + 2))) == [Difference(what=What.NOTE, who="Bob", after=f"Note {last + 1}.")]
    assert told(before, many([*range(1, last)])) == [
        Difference(what=What.NOTE_DELETED, who="Bob", before=f"Note {last}.")
    ]


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_difference_is_told_exactly_when_the_fingerprint_differs(before: str, after: str) -> None:
    one, other = make_thread(body=before), make_thread(body=after)
    assert bool(told(one, other)) == (one.fingerprint() != other.fingerprint())
