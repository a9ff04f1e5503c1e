"""The better answer comes first, and how sure that is depends on what stands beside it."""

from __future__ import annotations

import pytest

from bot.domain.passage import MatchWord
from bot.knowledge.features import Lens
from bot.knowledge.parts import Entry, kinds, make_question
from bot.knowledge.scorer import POSSIBLE, STRONG, Scored, rank, word_of
from bot.knowledge.tokens import sentences, tokens

BASE = {
    "restart": ("How do I restart the service?", "Run the restart command. Wait until the log says ready."),
    "backup": ("How do I make a backup?", "Use the backup command; it works while the service runs."),
    "token": ("Which scopes does the access token need?", "The token needs the api scope to post notes."),
}


def entry(name: str, title: str, body: str, language: str = "en") -> Entry:
    parts = sentences(body, language)
    return Entry(name, tokens(title, language), [s for part in parts for s in part], parts, kinds(title), language)


def ranked(title: str, body: str = "", language: str = "en", base: dict[str, tuple[str, str]] = BASE) -> list[Scored]:
    entries = [entry(name, *texts) for name, texts in base.items()]
    frequencies = {stem: sum(stem in {*e.title, *e.body} for e in entries) for e in entries for stem in e.title}
    question = make_question(title, body, language)
    for stem in question.stems:
        frequencies.setdefault(stem, sum(stem in e.body for e in entries))
    return rank(Lens(question, frequencies, 100, 15.0), entries)


@pytest.mark.parametrize(
    ("title", "body", "first"),
    [
        ("Restarting the service fails", "", "restart"),
        ("Help", "I want to make backups of it.", "backup"),
        ("which acces tokens", "", "token"),
        ("bakcup", "", "backup"),
    ],
)
def test_the_better_answer_comes_first(title: str, body: str, first: str) -> None:
    assert ranked(title, body)[0].id == first


def test_the_same_words_in_order_are_worth_more() -> None:
    base = {"a": ("error access log", "x"), "b": ("access error log", "x")}
    assert ranked("access error log", base=base)[0].id == "b"


def test_an_equal_competitor_takes_confidence_away() -> None:
    alone = {"a": BASE["restart"], "b": BASE["token"]}
    twin = alone | {"b": (BASE["restart"][0], "Run the restart command. Wait for the log to say ready.")}
    assert (
        ranked("How to restart the service", base=twin)[0].score
        < ranked("How to restart the service", base=alone)[0].score
    )


def test_what_no_entry_knows_takes_confidence_away() -> None:
    known = ranked("How do I restart the service?")[0].score
    unknown = ranked("How do I restart the quantum flux carburettor of the zeppelin?")[0].score
    assert unknown < known


def test_another_language_halves_the_confidence() -> None:
    english = ranked("restart service command")[0].score
    assert ranked("restart service command", language="fr")[0].score < english


def test_terms_are_those_in_common_the_most_telling_first() -> None:
    assert ranked("restart the service")[0].terms[:2] == ("restart", "servic")


def test_words_follow_the_thresholds() -> None:
    assert word_of(STRONG) is MatchWord.STRONG
    assert word_of(POSSIBLE) is MatchWord.POSSIBLE
    assert word_of(POSSIBLE - 0.01) is MatchWord.NONE
    assert Scored("a", POSSIBLE, ("one",)).word is MatchWord.NONE
    assert Scored("a", POSSIBLE, ("one", "two")).word is MatchWord.POSSIBLE


def test_nothing_to_rank_is_an_empty_ranking() -> None:
    assert ranked("anything", base={}) == []


def test_kinds_of_questions_are_the_same_in_both_languages() -> None:
    assert kinds("How do I…") == kinds("Comment faire…") == {"how"}
    assert kinds("It is broken") == frozenset()
