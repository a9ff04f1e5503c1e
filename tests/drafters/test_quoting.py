from __future__ import annotations

import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.passage import MatchWord
from bot.domain.phrases import Phrases
from bot.domain.review import DraftStatus
from bot.drafters.quoting import LONGEST_QUOTE, PHRASES, TEAM, QuotingDrafter, telling
from tests.drafters.prompts import make_prompt
from tests.factories import make_match, make_passage

OTHER = make_match(
    0.6,
    MatchWord.POSSIBLE,
    id="faq.md#stop",
    title="How do I stop it?",
    body="Press Ctrl-C.",
    url="https://d.example/s",
)
WEAK = make_match(0.1, MatchWord.NONE, id="faq.md#colour", title="Which colour?", body="Blue.")


async def test_the_best_passage_is_quoted_and_linked() -> None:
    draft = await QuotingDrafter().draft(make_prompt(sources=(make_match(), OTHER)))
    assert draft.text == (
        "Hello, this is answered in [How do I restart the service?](https://docs.example/faq#restart):\n\n"
        "> Run `systemctl restart example`; the log says when it is ready.\n\n"
        "If this does not solve it, please tell us here what you see."
    )
    assert (draft.status, draft.language, draft.drafter) == (DraftStatus.ANSWER, "en", "quoting")
    assert [(c.id, c.quote) for c in draft.citations] == [("faq.md#restart", make_passage().body)]
    assert "How do I stop it?" in draft.note_to_team


@pytest.mark.parametrize(("language", "word"), [("fr", "Bonjour"), ("en", "Hello"), ("de", "Hello"), ("", "Hello")])
async def test_our_sentences_are_in_the_language_of_the_issue(language: str, word: str) -> None:
    draft = await QuotingDrafter().draft(make_prompt(language=language))
    assert draft.text.startswith(word)
    assert draft.language == ("fr" if language == "fr" else "en")


async def test_a_possible_match_is_worded_with_care() -> None:
    draft = await QuotingDrafter().draft(make_prompt(sources=(OTHER,)))
    assert draft.text.startswith("Hello, this may help")


@pytest.mark.parametrize("sources", [(), (WEAK,)])
async def test_without_a_match_it_says_so_and_writes_nothing(sources: tuple[object, ...]) -> None:
    draft = await QuotingDrafter().draft(make_prompt(sources=sources))
    assert (draft.text, draft.citations) == ("", ())
    assert draft.status is DraftStatus.INSUFFICIENT
    assert "The service does not start" in draft.note_to_team
    assert ("Which colour?" in draft.note_to_team) is bool(sources)


async def test_a_regeneration_moves_on_to_the_next_passage_and_round() -> None:
    drafter, prompt = QuotingDrafter(), make_prompt(sources=(make_match(), OTHER, WEAK))
    first = await drafter.draft(prompt)
    second = await drafter.draft(make_prompt(sources=prompt.sources, previous=first.text, instructions=("No",)))
    third = await drafter.draft(make_prompt(sources=prompt.sources, previous=second.text, instructions=("No",)))
    assert [d.citations[0].id for d in (first, second, third)] == ["faq.md#restart", "faq.md#stop", "faq.md#restart"]
    assert "instruction cannot be followed" in second.note_to_team


async def test_the_team_is_told_in_its_own_language() -> None:
    draft = await QuotingDrafter(team_language="fr").draft(make_prompt(sources=()))
    assert draft.note_to_team.startswith("Aucune entrée")


async def test_a_passage_without_an_address_is_only_named() -> None:
    draft = await QuotingDrafter().draft(make_prompt(sources=(make_match(url=""),)))
    assert "“How do I restart the service?”:" in draft.text
    assert "](" not in draft.text


async def test_a_title_cannot_break_out_of_its_link() -> None:
    draft = await QuotingDrafter().draft(make_prompt(sources=(make_match(title="a](https://evil.example) [b\n\nc"),)))
    assert r"[a\](https://evil.example) \[b c](https://docs.example/faq#restart)" in draft.text


def paragraphs(*words: str) -> str:
    return "\n\n".join(f"{word} " + "and some more words about it " * 20 for word in words)


def test_of_a_long_passage_the_telling_paragraphs_are_quoted() -> None:
    quote = telling(paragraphs("Intro", "Install", "Restart", "Service", "History", "Thanks"), ("restart", "servic"))
    assert "Restart" in quote
    assert "Service" in quote
    assert "Thanks" not in quote


def test_a_fenced_block_is_never_split() -> None:
    code = "```sh\nrestart one\n\nrestart two\n```"
    quote = telling(f"{paragraphs('Intro', 'More')}\n\n{code}\n\n{paragraphs('After', 'End')}", ("restart",))
    assert code in quote


def test_one_endless_paragraph_is_cut() -> None:
    quote = telling("One sentence about restarting. " * 200, ("restart",))
    assert 1000 < len(quote) <= LONGEST_QUOTE
    assert quote.endswith("restarting.")


BODIES = st.lists(st.text(st.characters(codec="utf-8"), max_size=900), max_size=8).map("\n\n".join)


@given(BODIES, st.lists(st.text(max_size=8), max_size=4))
def test_a_quote_is_always_an_exact_piece_of_its_passage(body: str, terms: list[str]) -> None:
    quote = telling(body, terms)
    assert quote in body
    assert len(quote) <= LONGEST_QUOTE
    assert quote or not body.strip()


@given(BODIES.filter(str.strip), st.sampled_from(["en", "fr"]), st.sampled_from([MatchWord.STRONG, MatchWord.POSSIBLE]))
async def test_nothing_but_the_passage_and_our_sentences_is_in_a_reply(
    body: str, language: str, word: MatchWord
) -> None:
    match = make_match(0.5, word, body=body)
    draft = await QuotingDrafter().draft(make_prompt(sources=(match,), language=language))
    ours = {
        PHRASES(language, name, source="[How do I restart the service?](https://docs.example/faq#restart)")
        for name in PHRASES.entries
    }
    words = {line.strip() for line in body.splitlines()}
    for line in draft.text.splitlines():
        quoted = line.removeprefix(">").strip()
        assert not line or line in ours or quoted in ours or any(quoted in piece for piece in words), line


@pytest.mark.parametrize("catalogue", [PHRASES, TEAM])
def test_both_languages_have_the_same_fields(catalogue: Phrases) -> None:
    for english, french in catalogue.entries.values():
        fields = [{name for _, name, _, _ in string.Formatter().parse(text)} for text in (english, french)]
        assert fields[0] == fields[1]


async def test_check_says_what_replies_will_be() -> None:
    (finding,) = await QuotingDrafter().check()
    assert finding.ok
    assert "quotations" in finding.detail


def test_quoting_does_not_load_the_model_library() -> None:
    code = "import sys, bot.drafters.quoting; sys.exit('openai' in sys.modules or 'jiter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
