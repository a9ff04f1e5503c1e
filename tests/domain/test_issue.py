"""What a thread shows, and to whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_author, make_key, make_note, make_thread


def test_internal_and_system_notes_are_not_public() -> None:
    notes = (make_note(1), make_note(2, internal=True), make_note(3, system=True))
    assert [note.id for note in make_thread(notes=notes).public().notes] == ["1"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": "x"},
        {"body": "x"},
        {"open": False},
        {"confidential": True},
        {"notes": (make_note(),)},
        {"labels": ("bug",)},
        {"kind": "incident"},
        {"locked": True},
        {"moved": True},
    ],
)
def test_the_fingerprint_follows_what_a_reader_relies_on(change: dict[str, Any]) -> None:
    assert make_thread(**change).fingerprint() != make_thread().fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        {"note_count": 3},
        {"notes": (make_note(system=True),)},
        {"notes": (make_note(internal=True),)},
        {"notes": (make_note(author=make_author("gepettto", me=True)),)},
    ],
)
def test_the_fingerprint_follows_neither_our_own_notes_nor_activity(change: dict[str, Any]) -> None:
    assert make_thread(**change).fingerprint() == make_thread().fingerprint()


def test_participants_are_those_who_wrote_in_public() -> None:
    notes = (make_note(1, author=make_author("ann")), make_note(2, author=make_author("boss"), internal=True))
    assert make_thread(notes=notes).participants() == {"reporter", "ann"}


def test_a_key_reads_well() -> None:
    assert str(make_key(5)) == "fake:7#5"
