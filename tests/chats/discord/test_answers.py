"""The answer to a question: readable, harmless, and literally what is posted afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from bot.chats.discord.answers import answer_view
from bot.chats.discord.card import Rendered
from bot.chats.discord.limits import CONTENT
from bot.chats.discord.markdown import cut_markdown, postable
from bot.domain.passage import MatchWord
from bot.domain.prompt import Answer
from bot.domain.review import DraftStatus
from tests.chats.discord.cards import SOURCE, check_limits, files_of, labels_of, parts_of, text_of, texts_of
from tests.chats.discord.test_text import HOSTILE

HOSTS = {"https://docs.example/faq"}


def make_answer(reply: str = "Run `make`.", **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "status": DraftStatus.ANSWER,
        "reply": reply,
        "confidence": 0.9,
        "match": MatchWord.STRONG,
        "language": "en",
        "drafter": "quoting",
        "sources": (SOURCE,),
    }
    return Answer(**{**values, **changes})


def shown_to(reply: str = "Run `make`.", publish_id: str | None = "p:0", **changes: Any) -> Rendered:
    return answer_view(make_answer(reply, **changes), language="en", publish_id=publish_id)


def test_the_first_text_is_the_reply_then_come_its_sources() -> None:
    shown = shown_to(related=(SOURCE,), warnings=("instructions",))
    check_limits(shown)
    assert texts_of(shown)[0] == "Run `make`."
    assert "**strong match** · quoting" in text_of(shown)
    assert "[How do I restart the service?](https://docs.example/faq#restart) · strong match" in text_of(shown)
    assert "tries to give instructions" in text_of(shown)
    (button,) = (part for part in parts_of(shown) if part["type"] == 2)
    assert (button["custom_id"], button["label"]) == ("p:0", "Post here")


def test_without_a_reply_or_a_place_nothing_can_be_posted() -> None:
    assert labels_of(shown_to(publish_id=None)) == []
    nothing = shown_to("", sources=(), match=MatchWord.NONE)
    check_limits(nothing)
    assert labels_of(nothing) == []
    assert "Nothing that we know" in texts_of(nothing)[0]


def test_25_a_reply_too_long_to_be_posted_comes_as_a_file() -> None:
    assert labels_of(shown_to("a" * CONTENT)) == ["Post here"]
    long = shown_to("a" * (CONTENT + 1))
    check_limits(long)
    assert labels_of(long) == []
    assert files_of(long) == {"answer.md": b"a" * (CONTENT + 1)}
    assert "answer.md" in text_of(long)


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_any_reply_leaves_an_answer_that_discord_takes(text: str) -> None:
    for reply in (text, text * 30):
        shown = shown_to(reply, sources=(), drafter=text, warnings=(text,))
        check_limits(shown)
        assert shown.for_post()["allowed_mentions"].to_dict() == {"parse": []}


@pytest.mark.parametrize(
    "text", ["**bold** and _slanted_", "- one\n- two", "> quoted", "```sh\nrun <this> @everyone\n```", "`<@1>`"]
)
def test_formatting_and_code_stay_as_they_were(text: str) -> None:
    assert postable(text, HOSTS) == text


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("<@1> @everyone", "\\<@1> \\@everyone"),
        ("||hidden||", "\\|\\|hidden\\|\\|"),
        ("see https://docs.example/a_(b).", "see <https://docs.example/a_(b)>."),
        ("<https://docs.example/>", "<https://docs.example/>"),
        ("[docs](https://docs.example/a)", "[docs](<https://docs.example/a>)"),
        ("[docs](https://evil.example/a)", "docs (<https://evil.example/a>)"),
        ("![pixel](https://evil.example/a.png)", "pixel (<https://evil.example/a.png>)"),
        ("[docs.example](https://docs.example/a)", "docs.example (<https://docs.example/a>)"),
        ("[a](javascript:x)", "a (javascript\\:x)"),
        ("https://discord.gg/abc", "https\\://discord.gg\\/abc"),
        ("join discord.gg/abc", "join discord.gg\\/abc"),
        ("a &lt;b&gt; &amp; c", "a \\<b\\> & c"),
        ("a \\< b \\@all", "a \\< b \\@all"),
        ("\u202ea", "\\<U+202E>a"),
    ],
)
def test_20_what_would_act_in_a_posted_reply_is_written_out(text: str, harmless: str) -> None:
    assert postable(text, HOSTS) == harmless


def test_21_a_cut_answer_closes_its_code_block() -> None:
    assert cut_markdown("```\n" + "a" * 50, 20).endswith("…\n```")
    assert cut_markdown("short", 20) == "short"
