"""Whom the bot answers, and when it begins again. (field 29)"""

from __future__ import annotations

import pytest

from bot.domain.audience import Audience, is_thanks, notes_after
from bot.domain.issue import Note, Reply
from tests.factories import NOON, make_author, make_issue, make_note, make_thread

REPORTER = make_issue().author
ME = make_author("gepettto", me=True)
MAINTAINER = make_author("maintainer")
ROBOT = make_author("triage-bot", bot=True)

OURS = make_note(5, author=ME, body="Restart it.")
REPLY = Reply(note_id="5", url="https://git.example/x#note_5", body="Restart it.", at=NOON)


def by(author: str, number: int, body: str = "It still fails. What now?") -> Note:
    people = {"reporter": REPORTER, "me": ME, "maintainer": MAINTAINER, "robot": ROBOT}
    return make_note(number, author=people[author], body=body)


@pytest.mark.parametrize(
    ("labels", "body", "out"),
    [
        ((), "Please help.", False),
        (("human only",), "Please help.", True),
        (("Human only",), "Please help.", False),
        ((), "Please help. [NO\n Bot]", True),
        ((), "There is no bot here.", False),
    ],
)
def test_a_label_or_a_phrase_says_no_bot(labels: tuple[str, ...], body: str, out: bool) -> None:
    audience = Audience(ignore_labels=frozenset({"human only"}), ignore_phrases=("[no bot]",))
    assert audience.opted_out(make_issue(labels=labels, body=body)) is out


@pytest.mark.parametrize(
    ("notes", "outcome"),
    [
        ((OURS,), ""),
        ((by("reporter", 1), OURS), ""),
        ((OURS, by("reporter", 6)), "again"),
        ((OURS, by("reporter", 6, "Thanks!"), by("reporter", 7, "One more: why?")), "again"),
        ((OURS, by("reporter", 6, "Thank you, that worked.")), "thanks"),
        ((OURS, by("reporter", 6, "Please no more. [no bot]")), "opted_out"),
        ((OURS, by("maintainer", 6)), ""),
        ((OURS, by("reporter", 6), by("maintainer", 7)), ""),
        ((OURS, by("maintainer", 6), by("reporter", 7)), ""),
        ((OURS, by("robot", 6)), ""),
        ((OURS, by("robot", 6), by("reporter", 7)), "again"),
        ((OURS, by("me", 6)), ""),
        ((by("reporter", 6),), ""),
        ((by("me", 1), by("reporter", 2), by("me", 3), by("reporter", 4), OURS, by("reporter", 6)), "depth"),
        ((by("me", 1), by("reporter", 2), by("maintainer", 3), by("me", 4), OURS, by("reporter", 6)), "again"),
        ((by("me", 1), by("robot", 2), by("me", 3), by("robot", 4), OURS, by("reporter", 6)), "depth"),
    ],
)
def test_when_a_reporter_asked_again(notes: tuple[Note, ...], outcome: str) -> None:
    audience = Audience(ignore_phrases=("[no bot]",), rounds=3)
    assert audience.follow_up(make_thread(notes=notes), REPLY) == outcome


def test_no_round_follows_where_none_is_wanted() -> None:
    thread = make_thread(notes=(OURS, by("reporter", 6)))
    assert Audience(rounds=0).follow_up(thread, REPLY) == "depth"


def test_what_was_there_before_our_reply_or_is_not_public_does_not_count() -> None:
    hidden = (make_note(6, internal=True), make_note(7, system=True))
    assert notes_after(make_thread(notes=(by("reporter", 1), OURS, *hidden)), REPLY) == ()


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Thanks a lot!", True),
        ("Merci beaucoup, résolu.", True),
        ("It works now, thank you.", True),
        ("Thanks, but how do I undo it?", False),
        ("It still fails.", False),
        ("Thanks. " + "And here is my whole story. " * 10, False),
    ],
)
def test_thanks_are_short_and_ask_nothing(text: str, thanks: bool) -> None:
    assert is_thanks(text) is thanks
