"""Hostile text cannot leave its frame, act on the terminal, or pass for the bot's own words. (field 30)"""

from __future__ import annotations

import io
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.chats.phrases import card_words, warning, warning_words
from bot.chats.render import one_line, visible
from bot.chats.terminal.commands import COMMANDS, help_of
from bot.chats.terminal.phrases import say
from bot.chats.terminal.screen import card_view
from bot.domain.card import Card
from bot.domain.changes import Difference, What
from bot.domain.passage import Citation
from bot.domain.phrases import Phrases
from bot.domain.receipt import Receipt
from bot.domain.review import Decision, Draft, DraftStatus, Review, State, Verdict
from tests.factories import NOON, make_author, make_issue

HOSTILE = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("\x1b\r\n\t\b\u202e\u200b\ufeff│╭╰┃[]/")), max_size=300
)


def make_card(text: str, state: State = State.PENDING) -> Card:
    issue = make_issue(title=text, body=text, labels=(text,), project_name=text, author=make_author(text, name=text))
    review = Review(
        id=1, issue=issue, round=1, state=state, rev=1, draft=1, marker="m", created_at=NOON, updated_at=NOON,
        problem=text,
    )  # fmt: skip
    draft = Draft(
        review_id=1, number=1, body=text or "x", status=DraftStatus.ANSWER, author=text, at=NOON, model=text,
        citations=(Citation(id="a", title=text, url=text),), note_to_team=text, warnings=(text,),
        differences=tuple(Difference(what=what, who=text, before=text, after=text) for what in What),
    )  # fmt: skip
    decision = Decision(
        gesture="g", review_id=1, draft=1, verdict=Verdict.EDIT, reviewer="a", reviewer_name=text, chat="c", at=NOON
    )
    return Card(review=review, draft=draft, decision=decision, receipt=Receipt(up=1, answered=text))


def drawn(card: Card, width: int = 80, language: str = "en") -> str:
    screen = io.StringIO()
    Console(file=screen, width=width, highlight=False).print(card_view(card, language, NOON, whole=True), markup=False)
    return screen.getvalue()


@settings(max_examples=150, deadline=None)
@given(HOSTILE, st.sampled_from([40, 80]))
def test_every_line_of_a_card_stands_inside_its_frame(text: str, width: int) -> None:
    lines = drawn(make_card(text), width).splitlines()
    assert lines[0].startswith("╭─")
    assert lines[-1].startswith("╰─")
    assert all(line.startswith("│ ") and line.rstrip().endswith("│") for line in lines[1:-1])


@given(HOSTILE)
def test_nothing_that_acts_reaches_the_screen(text: str) -> None:
    shown = visible(text)
    assert not any(c in shown for c in "\x1b\r\b\u202e\u200b\ufeff")
    assert "\n" not in one_line(text)
    assert len(one_line(text)) <= 200


def test_markup_is_shown_and_not_obeyed() -> None:
    assert "[red]x[/red]" in drawn(make_card("[red]x[/red]"))


def test_every_character_of_a_draft_is_shown() -> None:
    body = "word " * 200 + "the end"
    card = replace(make_card("x"), draft=replace(make_card("x").draft, body=body))  # type: ignore[type-var]
    words = drawn(card).replace("│", "").replace("┃", "").split()
    assert words.count("word") == 200


def test_every_state_has_its_word_in_both_languages() -> None:
    for state in State:
        for language in ("en", "fr"):
            assert card_words(language, f"state_{state}") in drawn(make_card("x", state), language=language)


def test_what_changed_is_told_in_both_languages() -> None:
    """field 19"""
    for what in What:
        english, french = drawn(make_card("x")), drawn(make_card("x"), language="fr")
        for language, screen in (("en", english), ("fr", french)):
            sentence = card_words(language, f"different_{what}", who="x", before="x", after="x")
            assert sentence in screen
    assert "− x" in english
    assert "+ x" in english


def test_a_warning_without_a_translation_is_shown_as_it_is() -> None:
    assert warning("fr", "brand_new") == "brand_new"


def test_every_phrase_has_both_languages_with_the_same_fields() -> None:
    import string

    from bot.services.phrases import say as services_say

    catalogues: list[Phrases] = [card_words, warning_words, say, help_of, services_say]
    for catalogue in catalogues:
        for name, (english, french) in catalogue.entries.items():
            assert english, name
            assert french, name
            parsed = [string.Formatter().parse(text) for text in (english, french)]
            fields = [{field for _, field, _, _ in parts if field} for parts in parsed]
            if name != "no_draft":
                assert fields[0] == fields[1], name


def test_every_command_has_its_help() -> None:
    assert set(help_of.entries) == set(COMMANDS)
