"""Issue text becomes what a person would read of it, whatever was pasted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import clean
from bot.knowledge.clean import clean_text, error_lines, query_text, shorten_code


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Bold** and _italic_ `code`", "Bold and italic code"),
        ("# Title\n\nText", "Title\n\nText"),
        ("[docs](https://docs.example/x)", "docs (https://docs.example/x)"),
        ("<https://docs.example>", "https://docs.example"),
        ("before <!-- hidden\norders --> after", "before after"),
        ("![shot](https://x.example/a.png)\n\nSee above.", "See above."),
        ("- one\n- two", "- one\n- two"),
        ("a\x1b[31mred\x1b[0m b", "ared b"),
        ("zero\u200bwidth\u202e", "zerowidth"),
        ("## Steps\n\n## Version\n\n2.0", "Version\n\n2.0"),
        ("- [ ] I searched\n\nIt fails", "It fails"),
        ("&lt;b&gt; &amp;", "<b> &"),
        ("<script>alert(1)</script>Hello", "Hello"),
    ],
)
def test_markup_is_gone_and_words_stay(markdown: str, text: str) -> None:
    assert clean_text(markdown) == text


def test_short_code_stays_as_it_is() -> None:
    assert "x = 1\n  y = 2" in clean_text("Look:\n\n```python\nx = 1\n  y = 2\n```\n\nDone.")


def test_long_logs_keep_their_ends_and_the_telling_lines() -> None:
    log = [f"line {n}" for n in range(1000)]
    log[500] = "ValueError: the port is taken"
    text = clean_text("```\n" + "\n".join(log) + "\n```")
    assert "line 0" in text
    assert "line 999" in text
    assert "ValueError: the port is taken" in text
    assert "[991 lines removed]" in text
    assert len(text.splitlines()) < 20


def test_a_line_that_repeats_is_said_once() -> None:
    assert clean_text("again\n\nagain\n\nagain").count("again") == 1 or "repeated" in clean_text("again\nagain\nagain")


@given(st.text(max_size=400))
def test_nothing_visible_is_lost_altogether(markdown: str) -> None:
    words = [word for word in markdown.split() if word.isalnum() and word.isascii()]
    if words and not any(c in markdown for c in "<&![`~\\"):
        assert clean_text(markdown)


@pytest.mark.parametrize(
    "bomb",
    [
        ">" * 5000 + " deep",
        "- " * 5000 + "deep",
        "[" * 20_000,
        "![x](y)" * 10_000,
        "*" * 50_000,
        "<div>" * 5000,
        "`" * 30_000,
        "line\n" * 50_000,
        "<!--" * 20_000,
        "a" * 1_048_576,
        "a\n=\n" * 30_000,
        "# a\n" * 30_000,
        "a\n\n=\n" * 20_000,
        "| a " * 5000 + "\n" + "|---" * 5000,
    ],
)
def test_bombs_end_and_stay_small(bomb: str) -> None:
    """gitlab 15, field 28"""
    assert len(clean_text(bomb)) < 200_000
    assert len(query_text(bomb).split()) <= 150


def test_a_thousand_headings_are_cut_in_the_middle() -> None:
    """The Markdown library's time grows with the square of the headings."""
    text = clean_text("\n".join(f"# Heading {n}\n\nText {n}" for n in range(5000)))
    assert "Text 0" in text
    assert "Text 4999" in text
    assert "lines removed]" in text


def test_a_query_leaves_out_code_logs_and_quotes() -> None:
    text = query_text("> quoted\n\nWhy does it stop?\n\n```\ncode\n```\n\n2026-01-01T10:00:00 INFO started\n")
    assert text == "Why does it stop?"


def test_a_query_is_never_emptied() -> None:
    assert "Traceback" in query_text("```\nTraceback: it broke\n```")


def test_error_lines_are_masked_and_told_once() -> None:
    log = "Error 42 in /usr/lib/x.py\nfine\nError 43 in /usr/lib/y.py\n"
    assert error_lines(log) == ("Error <n> in <path>",)


def test_code_of_sixteen_lines_is_shortened() -> None:
    assert shorten_code("\n".join("abcdefghijklmno")).count("\n") == 14
    assert "[8 lines removed]" in shorten_code("\n".join("abcdefghijklmnop"))


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_cleaning_never_raises(markdown: str) -> None:
    clean_text(markdown)
    query_text(markdown)
    error_lines(markdown)


@given(st.from_regex(clean._MARKLESS, fullmatch=True))
def test_text_without_marks_comes_out_as_markdown_would_leave_it(text: str) -> None:
    """A line that begins like nothing special is spared the way through Markdown: it must make no difference."""
    assert clean_text(text) == clean_text(f"<span></span>{text}")
