"""What a card says, and that nothing from outside says it in its place."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.chats.matrix.card import MOST_DRAFT, content_of, needs_file
from bot.chats.matrix.content import MOST_BYTES, edit
from bot.chats.matrix.listing import Voice, answer_text, digest_text, help_text, notice_text, version_text
from bot.chats.matrix.markup import is_web, link, phrase, words
from bot.chats.matrix.phrases import say
from bot.domain.card import Post
from bot.domain.gesture import Notice, Tone
from bot.domain.passage import Citation, MatchWord
from bot.domain.prompt import Answer
from bot.domain.review import DraftStatus, State, Verdict
from tests.chats.matrix.cards import make_card, make_decision, make_draft, make_look

VOICE = Voice(language="en", prefix="!gpt")
OURS = {"p", "br", "strong", "blockquote", "pre", "code", "a"}
_AGGRESSIVE = st.text() | st.sampled_from(
    ["<script>", "</code></pre><b>", "```", '" onclick="x', "javascript:x", "@room", "&amp;", "\u202e", "<mx-reply>"]
)
HOSTILE = st.lists(_AGGRESSIVE, max_size=8).map("".join)


class Tags(HTMLParser):
    """What a client reads: tags, where links lead, and the text of the code blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.code: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)
        if tag == "code":
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.code[-1] += data


def read(content: dict[str, Any]) -> Tags:
    tags = Tags()
    tags.feed(content["formatted_body"])
    tags.close()
    assert tags.open == []
    return tags


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_18_whatever_comes_from_outside_only_our_tags_and_web_links_leave(
    title: str, body: str, name: str, reply: str
) -> None:
    sources = (Citation(id="x", title=title, url=f"javascript:{name}"), Citation(id="y", title=name, url=reply))
    card = make_card(
        issue={"title": title, "body": body, "labels": (name,), "project_name": name},
        draft=make_draft(reply, author=name, note_to_team=title, citations=sources, warnings=(name,), model=title),
        problem=body, no_replies=name, decision=make_decision(reviewer_name=name, text=title),
    )  # fmt: skip
    content = content_of(card, make_look(), "key")
    tags = read(content)
    assert tags.tags <= OURS
    assert all(key == "href" and value and is_web(value) for key, value in tags.attributes)
    assert content["m.mentions"] == {}


@given(st.text(min_size=1))
def test_a_draft_is_shown_character_by_character_or_attached(text: str) -> None:
    card = make_card(draft=make_draft(text))
    content = content_of(card, make_look(), "key")
    if needs_file(card.draft):
        assert "reply.md" in content["body"]
    else:
        assert text in content["body"]
        assert text.replace("\r", "\n") in [code.replace("\r", "\n") for code in read(content).code]


@given(st.sampled_from("&<\"'`x\U0001f600é"), st.integers(min_value=1, max_value=30_000))
@example("\U0001f600", 2175)  # addresses of such signs are three times as long once encoded
@settings(max_examples=40, deadline=None)
def test_17_every_event_has_a_safe_size(sign: str, length: int) -> None:
    text = sign * length
    sources, many = (Citation(id="x", title=text, url=f"https://x.example/{text[:350]}"),) * 20, (text,) * 20
    card = make_card(
        issue={"title": text, "body": text, "labels": many},
        draft=make_draft(text, note_to_team=text, warnings=many, citations=sources, related=sources),
        problem=text, no_replies=text, decision=make_decision(reviewer_name=text),
    )  # fmt: skip
    content = content_of(card, make_look(), "key")
    for event in (content, edit("$x", content, fallback="x"), {"body": version_text(card, "en").html}):
        assert len(json.dumps(event, ensure_ascii=False).encode()) < 60_000


def test_17_what_is_longer_than_a_card_holds_is_a_file() -> None:
    assert not needs_file(make_draft("x" * MOST_DRAFT))
    assert needs_file(make_draft("x" * (MOST_DRAFT + 1)))
    assert needs_file(make_draft("<" * 11_000))
    assert MOST_BYTES < 65_536


def test_a_fence_in_the_draft_does_not_end_the_fence_around_it() -> None:
    body = content_of(make_card(draft=make_draft("```\nx\n````\n✅ approved by nobody")), make_look(), "key")["body"]
    assert body.count("`````\n```\nx\n````\n✅ approved by nobody\n`````") == 1


def test_everything_a_decision_needs_stands_on_the_card() -> None:
    body = content_of(make_card(issue={"labels": ("bug",)}), make_look(), "key")["body"]
    for part in (
        "🟡 waiting for you", "review 7", "group/project#12: How do I restart the service?",
        "https://git.example/group/project/-/issues/12", "opened by Reporter, 2026-03-02 12:00 UTC", "[bug]",
        "> After the update", "Draft 1 by quoting", "Please restart it.",
        "FAQ (https://docs.example/faq) (strong match)",
        "✅ sends exactly this", "!gpt approve|edit|regenerate|dismiss 7",
    ):  # fmt: skip
        assert part in body


def test_what_is_to_be_typed_stands_out() -> None:
    html = content_of(make_card(), make_look(), "key")["formatted_body"]
    assert "<code>!gpt approve|edit|regenerate|dismiss 7</code>" in html
    assert phrase("`a` <b>`c").html == "<code>a</code> &lt;b&gt;`c"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_sign_and_a_word_in_both_languages(state: State, language: str) -> None:
    card = make_card(state, decision=make_decision(), problem="closed")
    content = content_of(card, make_look(language=language), "key")
    offered = "!gpt" in content["body"]
    assert offered == bool(card.verdicts)
    assert read(content).tags <= OURS


def test_only_a_new_card_that_waits_mentions_people() -> None:
    look = make_look(ping=("@alice:example.org",))
    assert content_of(make_card(), look, "key", new=True)["m.mentions"] == {"user_ids": ["@alice:example.org"]}
    assert content_of(make_card(), look, "key")["m.mentions"] == {}
    assert content_of(make_card(State.SENT), look, "key", new=True)["m.mentions"] == {}


def test_while_the_file_is_missing_the_card_names_no_draft() -> None:
    card = make_card(draft=make_draft("x" * 20_000))
    assert content_of(card, make_look(), "key", attached=False)["org.gepettto.card"]["draft"] == 0
    assert content_of(card, make_look(), "key")["org.gepettto.card"]["draft"] == 1


@given(HOSTILE)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    assert ("<a " in link(words("x"), url).html) == is_web(url)


@given(HOSTILE, HOSTILE)
def test_notices_lists_and_answers_are_as_harmless(text: str, title: str) -> None:
    post = Post(review_id=7, chat="matrix", channel="!a:b", key="k", id="!a:b/$c")
    cards = (make_card(issue={"title": title}), make_card(issue={"title": text}, posts=(post,)))
    answer = Answer(
        status=DraftStatus.ANSWER, reply=text, confidence=1, match=MatchWord.STRONG, language="en", drafter="x",
        sources=(Citation(id="a", title=title, url=text),),
    )  # fmt: skip
    shown = [
        notice_text(Notice(text=text, tone=Tone.REFUSED, cards=cards, answer=answer), VOICE),
        digest_text(cards, 9, VOICE),
        answer_text(answer, "fr"),
        version_text(make_card(State.DISMISSED, decision=make_decision(text=text)), "en"),
    ]
    for one in shown:
        assert read({"formatted_body": one.html}).tags <= OURS


def test_a_list_leads_to_the_cards_and_tells_which_are_held_back() -> None:
    post = Post(review_id=7, chat="matrix", channel="!a:b", key="k", id="!a:b/$c")
    held = Post(review_id=7, chat="matrix", channel="!a:b", key="k", held=True)
    text = digest_text([make_card(posts=(post,)), make_card(posts=(held,))], 5, VOICE).plain
    assert "https://matrix.to/#/!a:b/$c" in text
    assert text.count("!gpt show 7") == 1
    assert "… and 3 more" in text


def test_help_and_every_verdict_have_words() -> None:
    assert "regenerate" in help_text(VOICE).plain
    for verdict in Verdict:
        assert say("fr", f"verdict_{verdict}")


def test_phrases_are_complete_in_both_languages() -> None:
    for name, (english, french) in say.entries.items():
        assert english, name
        assert french, name
        fields = {part.partition("}")[0] for part in english.split("{")[1:]}
        assert fields == {part.partition("}")[0] for part in french.split("{")[1:]}, name
