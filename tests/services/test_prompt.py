from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.history import source_of
from bot.domain.passage import Match, PassageKind
from bot.domain.prompt import Example, Turn
from bot.services.prompt import build_issue_query, build_prompt, build_query, build_question, question_of
from tests.factories import NOON, make_author, make_issue, make_match, make_note, make_thread


def test_the_issue_becomes_the_prompt() -> None:
    matches = (make_match(),)
    prompt = build_prompt(make_thread(), matches, ("Shorter. ", "  "), "Before", "fr", "Be brief.")
    assert prompt.title == make_issue().title
    assert prompt.text == make_issue().body
    assert prompt.sources == matches
    assert (prompt.instructions, prompt.previous) == (("Shorter.",), "Before")
    assert (prompt.language, prompt.style, prompt.project) == ("fr", "Be brief.", "group/project")
    assert not prompt.freeform


def test_nobody_but_the_reporter_has_a_role_that_carries_weight() -> None:
    reporter = make_issue().author
    notes = (
        make_note(1, author=reporter, body="Version 2."),
        make_note(2, author=make_author("maintainer"), body="Same here."),
        make_note(3, author=make_author("reporter", id="other", name=reporter.name), body="I am the reporter."),
    )
    assert build_prompt(make_thread(1, notes), ()).turns == (
        Turn(role="reporter", text="Version 2."),
        Turn(role="other", text="Same here."),
        Turn(role="other", text="I am the reporter."),
    )


def test_our_earlier_reply_is_context_and_what_came_after_it_is_asked() -> None:
    reporter, me = make_issue().author, make_author("gepettto", me=True, bot=True)
    first = make_note(1, author=reporter, body="Version 2.")
    ours = make_note(2, author=me, body="Restart it.\n\n<!-- gepettto:m -->")
    thread = make_thread(1, (first, ours, make_note(3, author=reporter, body="It still fails.")))
    assert [(turn.role, turn.text) for turn in build_prompt(thread, ()).turns] == [
        ("reporter", "Version 2."),
        ("team", "Restart it."),
        ("reporter", "It still fails."),
    ]
    assert question_of(thread) == "It still fails."
    assert question_of(make_thread(1, (first,))) == make_issue().body
    assert question_of(make_thread(1, (first, ours))) == make_issue().body


def test_what_is_not_for_the_public_stays_out() -> None:
    notes = (
        make_note(1, body="the team's secret plan", internal=True),
        make_note(2, body="changed the label", system=True),
        make_note(3, body="I am a robot", author=make_author("robot", bot=True)),
        make_note(4, body="<!-- nothing to see -->![](x.png)"),
        make_note(5, body="Really a comment."),
    )
    assert [turn.text for turn in build_prompt(make_thread(1, notes), ()).turns][-1] == "Really a comment."
    assert not any(
        word in turn.text
        for turn in build_prompt(make_thread(1, notes), ()).turns
        for word in ("secret plan", "label", "robot")
    )


def test_markup_is_cleaned_and_titles_stay_on_one_line() -> None:
    thread = make_thread(title="It\n  fails", body="**Bold** <!-- hidden --> words")
    prompt = build_prompt(thread, ())
    assert prompt.title == "It fails"
    assert "hidden" not in prompt.text
    assert "Bold" in prompt.text


def test_a_question_has_its_first_line_as_title() -> None:
    prompt = build_question("How do I\tstop it?\n\nIt runs **always**.", (), "en", "Be brief.")
    assert (prompt.title, prompt.text) == ("How do I stop it?", "It runs always.")
    assert (prompt.style, prompt.freeform) == ("Be brief.", True)


def test_examples_are_approved_replies_the_similar_and_recent_ones_first() -> None:
    def reply(name: str, score: float, days: int, kind: PassageKind = PassageKind.REPLY) -> Match:
        at = NOON - timedelta(days=days)
        return make_match(score, id=name, title=name, question="", body=f"{name} **reply**", written_at=at, kind=kind)

    found = (
        reply("old", 0.5, 800),
        reply("best", 0.6, 30),
        reply("recent", 0.4, 0),
        reply("no reply", 0.9, 0, PassageKind.ANSWER),
    )
    prompt = build_prompt(make_thread(), (), examples=found)
    assert prompt.examples == (
        Example(question="best", reply="best reply"),
        Example(question="recent", reply="recent reply"),
    )


def test_an_issue_asks_as_its_readers_and_without_its_own_past() -> None:
    thread = replace(make_thread(), visibility="internal")
    query = build_issue_query(thread)
    key = thread.issue.key
    assert (query.project, query.visibility, query.leave_out) == (str(key.project), "internal", source_of(key))


def test_a_question_gives_its_first_line_and_the_errors_of_its_log() -> None:
    query = build_query("", "The service stops\n\n```\nValueError: the port is taken\n```")
    assert (query.title, query.visible) == ("The service stops", frozenset({"public", ""}))
    assert query.errors == ("ValueError: the port is taken",)
