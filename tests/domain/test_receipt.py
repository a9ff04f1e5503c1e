"""How a reply landed, from what stands under it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.issue import Reply
from bot.domain.receipt import Receipt, Thumbs, receipt_of
from tests.factories import NOON, make_author, make_issue, make_note, make_thread

OURS = make_note(5, author=make_author("gepettto", me=True))
REPLY = Reply(note_id="5", url="u", body="b", at=NOON)
THANKS = make_note(6, author=make_issue().author, body="Thanks!")
QUESTION = make_note(7, author=make_issue().author, body="Thanks, and how do I undo it?")
CORRECTION = make_note(8, author=make_author("maintainer", name="Mia"), body="Not quite: use the other switch.")


@pytest.mark.parametrize(
    ("thread", "thumbs", "before", "expected"),
    [
        ({"notes": (OURS,)}, Thumbs(), Receipt(), Receipt()),
        ({"notes": (OURS,)}, Thumbs(up=2, down=1), Receipt(up=1), Receipt(up=2, down=1)),
        ({"notes": (OURS,)}, Thumbs(), Receipt(up=2), Receipt()),
        ({"notes": (OURS, THANKS)}, Thumbs(), Receipt(), Receipt(thanked=True)),
        ({"notes": (THANKS, OURS, QUESTION)}, Thumbs(), Receipt(), Receipt()),
        ({"notes": (CORRECTION, OURS)}, Thumbs(), Receipt(), Receipt()),
        ({"notes": (OURS, CORRECTION)}, Thumbs(), Receipt(), Receipt(answered="Mia")),
        ({"notes": (OURS,), "open": False}, Thumbs(), Receipt(), Receipt(closed=True)),
        ({"notes": (OURS,)}, Thumbs(), Receipt(closed=True), Receipt(closed=True, reopened=True)),
        (
            {"notes": (OURS,), "open": False},
            Thumbs(),
            Receipt(closed=True, reopened=True),
            Receipt(closed=True, reopened=True),
        ),
        ({"notes": (THANKS, CORRECTION)}, Thumbs(), Receipt(), Receipt()),
    ],
)
def test_what_is_seen(thread: dict[str, Any], thumbs: Thumbs, before: Receipt, expected: Receipt) -> None:
    assert receipt_of(make_thread(**thread), REPLY, thumbs, before) == expected


def test_a_mere_closing_changes_no_card() -> None:
    assert not Receipt(closed=True).shows(Receipt())
    assert Receipt(reopened=True).shows(Receipt())
