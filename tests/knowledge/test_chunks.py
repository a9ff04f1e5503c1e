"""Markdown files become passages with stable addresses."""

from __future__ import annotations

import pytest

from bot.knowledge.chunks import passages_of, slug

FAQ = """---
title: ignored
---
# FAQ

Intro text.

## How do I restart?

Run `restart`.

```sh
# not a heading
restart
```

## How do I restart?

Another way.

Setext question?
----------------

An answer.

## Empty section
"""


def test_each_question_is_one_passage_with_its_anchor() -> None:
    found = passages_of(FAQ, file="faq.md", url="https://docs.example/faq.md")
    assert [p.id for p in found] == [
        "faq.md#faq",
        "faq.md#how-do-i-restart",
        "faq.md#how-do-i-restart-1",
        "faq.md#setext-question",
    ]
    assert found[1].url == "https://docs.example/faq.md#how-do-i-restart"
    assert "# not a heading" in found[1].body
    assert found[1].title == "How do I restart?"


def test_documentation_is_cut_to_pieces_under_its_path() -> None:
    paragraphs = "\n\n".join(" ".join(f"word{n}" for n in range(80)) for _ in range(5))
    found = passages_of(f"# Guide\n\n## Install\n\n{paragraphs}", file="guide.md")
    assert [p.id for p in found] == ["guide.md#install", "guide.md#install~2", "guide.md#install~3"]
    assert found[0].title == "Guide › Install"
    assert all(len(p.body.split()) <= 180 for p in found)


def test_code_stays_with_its_paragraph() -> None:
    (only,) = passages_of("# Use\n\nText:\n```\na\n\nb\n```\n", file="use.md")
    assert "a\n\nb" in only.body


def test_a_file_without_headings_is_one_passage_named_after_it() -> None:
    (only,) = passages_of("Just text.\r\n", file="notes/short.md", url="https://d.example/short.md")
    assert (only.id, only.title, only.url) == ("notes/short.md", "short", "https://d.example/short.md")


def test_an_empty_file_has_no_passages() -> None:
    assert passages_of("\n\n# Title only\n", file="x.md") == []


def test_a_short_entry_has_the_language_of_its_file() -> None:
    text = "# FAQ\n\nVoici les questions que vous nous posez.\n\n## Prix ?\n\nGratuit.\n"
    assert {p.language for p in passages_of(text, file="faq.fr.md")} == {"fr"}


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("How do I `restart`?", "how-do-i-restart"),
        ("Où est l'aide ?", "où-est-laide-"),
        ("A [link](https://x.example) here", "a-link-here"),
        ("A -- B", "a-b"),
    ],
)
def test_anchors_are_those_of_gitlab(heading: str, anchor: str) -> None:
    assert slug(heading).strip("-") == anchor.strip("-")
