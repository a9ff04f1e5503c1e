"""The index is asked for few and telling terms, whatever the stock's size."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.candidates import chosen_terms, indexed_terms, possible_terms
from bot.knowledge.parts import make_question

TOTAL = 100_000


def asked(title: str, body: str = "", **frequencies: int) -> list[str]:
    return [term for term, _ in chosen_terms(make_question(title, body, "en"), frequencies, TOTAL)]


def test_a_passage_is_found_by_its_words_those_of_its_title_and_their_letters() -> None:
    assert list(indexed_terms(["key"], ["lost"])) == ["key", "lost", "=key", "#_ke", "#key", "#ey_"]


def test_what_no_passage_holds_is_not_asked_for() -> None:
    assert asked("Lost key", key=3) == ["key"]


def test_rare_terms_come_first_and_common_ones_only_while_there_is_room() -> None:
    assert asked("alpha beta gamma", alpha=29_000, beta=20_000, gamma=5) == ["gamma", "beta"]


def test_the_rarest_term_is_asked_for_however_common() -> None:
    assert asked("alpha", alpha=90_000) == ["alpha"]


def test_a_rare_term_is_worth_more_and_again_in_a_title() -> None:
    question = make_question("alpha beta", "", "en")
    worth = dict(chosen_terms(question, {"alpha": 5, "beta": 5000, "=alpha": 2}, TOTAL))
    assert worth["alpha"] > worth["beta"]
    assert worth["=alpha"] >= worth["alpha"]


def test_errors_add_terms() -> None:
    question = make_question("It stops", "", "en", ["ValueError: the port is taken"])
    assert "valueerror" in possible_terms(question)


@given(st.text(max_size=60))
def test_terms_are_what_no_index_takes_apart(title: str) -> None:
    question = make_question(title, "", "")
    for term in possible_terms(question):
        assert term.isascii()
        assert not set(term) & set("\"'\\ \t\n,{}()*:^+-")
