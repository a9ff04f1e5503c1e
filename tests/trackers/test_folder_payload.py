"""Markdown files as issues: what people really write, and what only looks like a file."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.issue import Issue, IssueKey
from bot.errors import Unreadable
from bot.trackers.folder_payload import LARGEST, front_matter, number_of, parse_issue_file

KEY = IssueKey(tracker="folder", project="folder", number=1)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def parsed(raw: bytes | str, name: str = "001-cannot-log_in.md") -> Issue:
    return parse_issue_file(raw.encode() if isinstance(raw, str) else raw, name, key=KEY, at=AT)


def test_front_matter_gives_title_author_labels_address_and_date() -> None:
    issue = parsed(
        "---\ntitle: \"Login: fails\"\nauthor: ada\nlabels: [bug, 'help wanted']\nurl: https://x.invalid/1\n"
        "created: 2026-02-03\nunknown: ignored\n---\n\nIt says no.\n"
    )
    assert (issue.title, issue.body, issue.author.username) == ("Login: fails", "It says no.", "ada")
    assert issue.labels == ("bug", "help wanted")
    assert issue.url == "https://x.invalid/1"
    assert issue.created_at == datetime(2026, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "labels", ["labels: [a, b]", "labels:\n  - a\n  - b", "labels: a, b", "labels:\n- a\n# why\n- 'b'"]
)
def test_labels_in_every_common_form(labels: str) -> None:
    assert parsed(f"---\n{labels}\n---\nx").labels == ("a", "b")


def test_the_title_is_the_first_heading_and_leaves_the_body() -> None:
    issue = parsed("\n## It fails ##\n\nAlways.\n\n# Not this\n")
    assert (issue.title, issue.body) == ("It fails", "Always.\n\n# Not this")


def test_without_a_heading_the_file_name_is_the_title() -> None:
    assert parsed("It fails.").title == "cannot log in"
    assert parsed("It fails.", "007.md").title == "007"


@pytest.mark.parametrize("text", ["---\nIt fails.\n---\nAlways.", "---\ntitle: never closed\n\nIt fails."])
def test_a_block_that_is_no_front_matter_is_text(text: str) -> None:
    assert parsed(text).body == text


def test_windows_line_ends_and_byte_order_marks_disappear() -> None:
    assert parsed(b"\xef\xbb\xbf# Title\r\n\r\none\r\ntwo\r").body == "one\ntwo"
    assert parsed("# Titre\n\nété".encode("utf-16")).body == "été"


def test_what_is_not_utf8_is_read_as_windows_1252_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert parsed("Ça ne marche pas – jamais".encode("cp1252")).body == "Ça ne marche pas – jamais"
    assert "Windows-1252" in caplog.text


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"---\nauthor: ada\n---\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "not a text file"),
        (b"x" * (LARGEST + 1), "larger than 1 MiB"),
    ],
)
def test_what_is_no_question_is_refused_in_one_sentence(raw: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        parsed(raw, "note.md")
    assert str(caught.value).startswith("note.md ")
    assert "\n" not in str(caught.value)


def test_one_mebibyte_is_accepted() -> None:
    assert len(parsed(b"x" * LARGEST).body) == LARGEST


@pytest.mark.parametrize(
    ("name", "number"), [("12-a.md", 12), ("007.md", 7), ("3 b.md", 3), ("2147483647.md", 2**31 - 1)]
)
def test_leading_digits_number_an_issue(name: str, number: int) -> None:
    assert number_of(name) == number


@pytest.mark.parametrize(
    "name", ["login.md", "2026-03-01-login.md", "20260301.md", "0.md", "2147483648.md", "99999999999.md"]
)
def test_other_names_have_a_number_of_their_own(name: str) -> None:
    assert number_of(name) == number_of(name)
    assert 100_000_000 <= number_of(name) < 2**31
    assert number_of(name) != number_of(f"x{name}")


@given(st.binary(max_size=300))
def test_any_bytes_become_an_issue_or_one_sentence(raw: bytes) -> None:
    try:
        issue = parsed(raw)
    except Unreadable:
        return
    assert issue.title
    assert "\r" not in issue.body


@given(st.text(alphabet="-:ab #[]'\n", max_size=60))
def test_front_matter_never_loses_text(text: str) -> None:
    fields, body = front_matter(text)
    assert text.endswith(body)
    assert fields or body == text
