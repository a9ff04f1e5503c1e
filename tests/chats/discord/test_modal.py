"""The forms, and how a text survives them. Numbers are those of docs/discord.md's hostile list."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.discord.actions import Action, button_id
from bot.chats.discord.limits import (
    CUSTOM_ID,
    INPUT_DESCRIPTION,
    INPUT_LABEL,
    INPUT_TEXT,
    MODAL_PARTS,
    MODAL_TITLE,
    size,
)
from bot.chats.discord.modal import decode_upload, edit_modal, join_from_modal, reason_modal, split_for_modal
from bot.errors import UsageError
from tests.chats.discord.cards import make_card, make_draft
from tests.chats.discord.test_text import HOSTILE

ID = button_id(9_999_999, 999, Action.EDIT)
LONG = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.lists(st.sampled_from(["word ", "\n", "\n\n", "    code\n", "😀", "x" * 900, "\r\n", " ", "é"]), max_size=12),
    st.integers(1, 40),
)


def made(text: str, language: str = "en") -> dict[str, Any]:
    modal = edit_modal(make_card(draft=make_draft("x", text=text)), language, ID)
    check_modal(modal)
    return modal.to_dict()


def check_modal(modal: discord.ui.Modal) -> None:
    form = modal.to_dict()
    assert 0 < size(form["title"]) <= MODAL_TITLE
    assert size(form["custom_id"]) <= CUSTOM_ID
    assert 0 < len(form["components"]) <= MODAL_PARTS
    for part in form["components"]:
        assert size(part.get("label", "")) <= INPUT_LABEL
        assert size(part.get("description") or "") <= INPUT_DESCRIPTION
        assert size(part.get("component", {}).get("value") or "") <= INPUT_TEXT
    assert modal.timeout is None


def inputs(form: dict[str, Any]) -> list[dict[str, Any]]:
    return [part["component"] for part in form["components"] if part["type"] == 18 and part["component"]["type"] == 4]


def upload(form: dict[str, Any]) -> dict[str, Any]:
    (found,) = (part["component"] for part in form["components"] if part.get("component", {}).get("type") == 19)
    return dict(found)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_form_holds_the_text_as_it_was_written_and_a_place_for_a_file(language: str) -> None:
    form = made("Please restart it.", language)
    (only,) = inputs(form)
    assert (only["custom_id"], only["value"], only["style"]) == ("part1", "Please restart it.", 2)
    assert only["max_length"] == INPUT_TEXT
    assert not only["required"]
    assert (upload(form)["custom_id"], upload(form)["required"], upload(form)["max_values"]) == ("upload", False, 1)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    ("length", "count"), [(0, 1), (1, 1), (3999, 1), (4000, 1), (4001, 2), (16_000, 4), (16_001, 0), (100_000, 0)]
)
def test_25_a_text_takes_as_many_inputs_as_it_needs_or_only_a_file(length: int, count: int, language: str) -> None:
    form = made("a" * length, language)
    assert [one["custom_id"] for one in inputs(form)] == [f"part{number}" for number in range(1, count + 1)]
    assert upload(form)["required"] == (count == 0)
    explained = [part["content"] for part in form["components"] if part["type"] == 10]
    assert len(explained) == (count == 0)
    assert all("reply.md" in text for text in explained)


def test_25_letters_that_may_count_twice_are_counted_twice() -> None:
    assert [len(split_for_modal("😀" * count) or []) for count in (2000, 2001, 8000, 8001)] == [1, 2, 4, 0]


def test_a_review_without_a_draft_opens_an_empty_form() -> None:
    card = make_card()
    modal = edit_modal(type(card)(review=card.review), "en", ID)
    check_modal(modal)
    assert modal.title == "Write a reply"
    (only,) = inputs(modal.to_dict())
    assert not only.get("value")


def test_a_text_is_split_at_its_paragraphs() -> None:
    text = "\n\n".join(["a" * 1500] * 5)
    pieces = split_for_modal(text)
    assert pieces is not None
    assert len(pieces) == 3
    assert all(piece.endswith("a\n\n") for piece in pieces[:-1])


def test_paragraphs_that_would_waste_the_room_are_split_where_they_must_be() -> None:
    text = "\n\n".join(["a" * 2100] * 7)
    pieces = split_for_modal(text)
    assert pieces is not None
    assert "".join(pieces) == text


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_23_what_no_form_can_hold_needs_a_file(text: str) -> None:
    assert split_for_modal(text) is None
    assert made(text)["components"][0]["type"] == 10


def windows(part: str) -> str:
    return re.sub(r"\r?\n", "\r\n", part)


CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": lambda part: part,
    "trimmed": lambda part: part.strip(),
    "windows": windows,
    "trimmed windows": lambda part: windows(part.strip()),
    "left": lambda part: part.lstrip("\n"),
}


@settings(max_examples=300, deadline=None)
@given(st.one_of(LONG, HOSTILE), st.sampled_from(sorted(CHANGES)))
def test_26_a_text_that_nobody_changed_comes_back_as_it_was(text: str, how: str) -> None:
    pieces = split_for_modal(text)
    if pieces is None:
        return
    assert "".join(pieces) == text
    assert 1 <= len(pieces) <= 4
    assert all(size(piece) <= INPUT_TEXT for piece in pieces)
    assert join_from_modal(pieces, [CHANGES[how](piece) for piece in pieces]) == text


@settings(max_examples=100, deadline=None)
@given(LONG, st.integers(0, 3))
def test_26_a_changed_part_leaves_the_others_as_they_were(text: str, changed: int) -> None:
    pieces = split_for_modal(text)
    if pieces is None or changed >= len(pieces) or not pieces[changed].strip():
        return
    parts = [piece.strip() for piece in pieces]
    parts[changed] = "Quite\r\nanother text.  "
    joined = join_from_modal(pieces, parts)
    blanks = re.search(r"\s*\Z", pieces[changed])
    assert blanks is not None
    before, after = "".join(pieces[:changed]), "".join(pieces[changed + 1 :])
    assert joined == f"{before}Quite\nanother text.{blanks[0]}{after}"


def test_an_emptied_part_is_gone_with_its_blanks() -> None:
    assert join_from_modal(["one\n\n", "two\n\n", "three"], ["one", "", "three"]) == "one\n\nthree"
    assert join_from_modal(["one"], [""]) == ""
    assert join_from_modal(["one"], [" \r\n "]) == ""


def test_parts_whose_original_is_gone_become_paragraphs() -> None:
    assert join_from_modal([], ["one ", "", "two"]) == "one\n\ntwo"
    assert join_from_modal(["one"], ["one", "two"]) == "one\n\ntwo"


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("action", [Action.REGENERATE, Action.DISMISS])
def test_a_reason_is_one_short_text_that_may_stay_away(action: Action, language: str) -> None:
    modal = reason_modal(action, language, button_id(1, 1, action))
    check_modal(modal)
    (only,) = inputs(modal.to_dict())
    assert (only["custom_id"], only["required"], only["max_length"]) == ("text", False, 1000)


def test_an_upload_is_read_as_people_write_files() -> None:
    assert decode_upload(b"\xef\xbb\xbfBonjour\r\nvous\rtous\n", "a.md") == "Bonjour\nvous\ntous\n"


@pytest.mark.parametrize(
    "data", [b"\x89PNG\x00\xff", b"a\x00b", "déjà".encode("latin-1"), b"", b" \r\n ", b"\xef\xbb\xbf"]
)
def test_25_an_upload_without_a_text_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"\Aa\.png is [^.\n]*; [^.\n]*\.\Z"):
        decode_upload(data, "a.png")


def test_19_the_name_of_an_upload_is_one_line() -> None:
    with pytest.raises(UsageError) as caught:
        decode_upload(b"", "a\n" * 200)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
