"""Outside text shows as itself. Numbers in names are those of the list of hostile conditions (docs/discord.md)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.discord.limits import size
from bot.chats.discord.text import cut, excerpt, is_seen_whole, link, literal, plain, seen
from tests.chats.discord.cards import unescaped

MARKUP = st.sampled_from("\\*_~`|<>[]()@#-+.:!/&\n\t\r 1aé😀\u0301\u202e\u200b\0\ud800")
HOSTILE = st.text(st.one_of(MARKUP, st.characters(exclude_categories=())), max_size=200)
ACTS = re.compile(
    r"[*_~`|<>\[\]@\\]"  # emphasis, code, spoilers, mentions, quotations, links
    r"|^\s*(?:#{1,3}|-#?|\+|\d+[.)])\s"  # headings, lists, small print
    r"|:\S"  # shortcodes, addresses
    r"|discord\.gg/",
    re.MULTILINE,
)


def acting(shown: str) -> re.Match[str] | None:
    """What of a text Discord would still read as markup: an escaped sign is a letter to it."""
    return ACTS.search(re.sub(r"\\[^0-9A-Za-z\s]", "x", shown))


@settings(max_examples=400, deadline=None)
@given(HOSTILE)
def test_nothing_of_it_acts_and_every_character_is_there(text: str) -> None:
    shown = literal(text)
    assert acting(shown) is None
    assert unescaped(shown) == seen(text) == plain(shown)


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "@here",
        "<@123>",
        "<@&123>",
        "<#123>",
        "</cmd:123>",
        "<t:1:R>",
        "<:x:1>",
        ":smile:",
        "<id:customize>",
    ],
)
def test_19_24_mentions_emoji_and_timestamps_are_words(text: str) -> None:
    assert acting(literal(text)) is None
    assert unescaped(literal(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "[gitlab.com](https://evil.example)",
        "<https://evil.example>",
        "https://evil.example/pixel.png",
        "discord.gg/abc",
        "https://discord.com/invite/abc",
    ],
)
def test_20_links_and_invitations_are_words(text: str) -> None:
    assert acting(literal(text)) is None
    assert not re.search(r"https?://|discord\.gg/|com/invite", literal(text))


@pytest.mark.parametrize(
    "text",
    ["||secret||", "```\nopen", "> quoted", ">>> all", "# title", "-# small", "- list", "1. one", "* star", "  + x"],
)
def test_21_blocks_are_words(text: str) -> None:
    assert acting(literal(text)) is None
    assert acting(literal(f"before\n{text}")) is None


@pytest.mark.parametrize("character", ["\u202e", "\u200b", "\u2066", "\0", "\ud800", "\x1b", "\u2028", "\ufeff"])
def test_23_what_acts_unseen_is_shown_as_its_code(character: str) -> None:
    assert unescaped(literal(f"a{character}b")) == f"a<U+{ord(character):04X}>b"
    assert not is_seen_whole(f"a{character}b")


def test_23_a_crowd_of_combining_marks_does_not_climb_over_the_lines_around_it() -> None:
    assert seen("e" + "\u0301" * 100).count("\u0301") == 4
    assert seen("e\u0301\u0323") == "e\u0301\u0323"
    assert not is_seen_whole("e" + "\u0301" * 100)


@pytest.mark.parametrize("text", ["a\tb", "a \nb", "a\n\n\nb", " a", "a\n", "a\r\nb"])
def test_23_blanks_that_cannot_be_told_apart_are_not_called_seen(text: str) -> None:
    assert not is_seen_whole(text)


def test_ordinary_text_is_seen_whole() -> None:
    assert is_seen_whole("Bonjour,\n\nlancez `make`.\n\n    code\n\n😀")


@settings(max_examples=300, deadline=None)
@given(HOSTILE, st.integers(0, 120))
def test_21_23_a_cut_text_holds_no_half_of_anything(text: str, most: int) -> None:
    shown = literal(text)
    short = cut(shown, most)
    assert size(short) <= most
    assert acting(short) is None
    assert short == shown or shown.startswith(short.removesuffix("…"))
    rest = shown[len(short.removesuffix("…")) :]
    assert short == shown or not re.match(r"[0-9A-Fa-f+]*>", rest) or not re.search(r"<U?\+?[0-9A-F]*…\Z", short)


def test_a_cut_says_so_and_nothing_fits_into_nothing() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcdef", 1) == "…"
    assert cut("abcdef", 0) == ""
    assert cut("a\\*b", 3) == "a…", "an escape is one piece"
    assert cut("a<U+202E>", 8) == "a…", "a code is one piece"
    assert cut("a😀b", 3) == "a…", "a pair is one piece"


def test_23_an_excerpt_is_short_in_every_direction() -> None:
    assert excerpt("a\n" * 2000, 300, 6).count("\n") <= 6
    assert excerpt("\n" * 2000 + "a", 300, 6).count("\n") <= 6
    assert size(excerpt("*" * 10_000, 300, 6)) <= 300
    assert excerpt("one\n\n\n\ntwo", 300, 6) == "one\n\ntwo"
    assert excerpt("one\ntwo\nthree", 300, 2).endswith(" …")


def test_a_link_shows_its_words_and_leads_to_a_web_address_only() -> None:
    assert link("docs", "https://docs.example/a b") == "docs"
    assert link("docs", "https://docs.example/(a)") == "[docs](https://docs.example/%28a%29)"
    assert link("docs", "javascript:alert(1)") == "docs"
    assert link("docs", "https://docs.example/" + "a" * 500) == "docs"
    assert link("docs", "https://docs.example/\ud800") == "docs"
    assert link(literal("[BUG] crash"), "https://x.example/1") == "[\\[BUG\\] crash](https://x.example/1)"


@pytest.mark.parametrize("title", ["half [ a pair", "](https://evil.example)", "see https://evil.example/x"])
def test_20_a_title_that_would_break_its_link_stands_beside_it(title: str) -> None:
    shown = link(literal(title), "https://x.example/1")
    assert shown == f"{literal(title)} [↗](https://x.example/1)"
