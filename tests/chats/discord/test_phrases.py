"""Both languages say the same, in the room that Discord gives."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chats.discord import phrases
from bot.chats.discord.actions import Action
from bot.chats.discord.limits import (
    BUTTON_LABEL,
    COMMAND_DESCRIPTION,
    INPUT_DESCRIPTION,
    INPUT_LABEL,
    MENU_NAME,
    MODAL_TITLE,
    PLACEHOLDER,
    TAG_NAME,
    THREAD_NAME,
    size,
)
from bot.chats.discord.phrases import words
from bot.domain.review import Verdict

SOURCES = [path for path in Path(phrases.__file__).parent.glob("*.py") if path.name != "phrases.py"]
COMMANDS = ("answer", "ask", "drafts", "edit", "status", "pause", "resume")
COMPOSED = {*(f"command_{name}" for name in COMMANDS), *(f"verdict_{verdict}" for verdict in Verdict)} | {
    action.value for action in Action if action is not Action.USE
}
"""Names that the code puts together."""


def fields_of(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def trees() -> Iterator[ast.AST]:
    for path in SOURCES:
        yield ast.parse(path.read_text(encoding="utf-8"))


def uses() -> Iterator[tuple[str, set[str]]]:
    """Names written out in calls of the catalogue, with the fields they are given."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "words":
                fields = {keyword.arg for keyword in node.keywords if keyword.arg}
                name = node.args[1]
                for one in (name.body, name.orelse) if isinstance(name, ast.IfExp) else (name,):
                    if isinstance(one, ast.Constant):
                        yield str(one.value), fields


def test_every_phrase_that_the_code_names_exists_with_the_fields_it_is_given() -> None:
    found = list(uses())
    assert len(found) > 30
    for name, fields in found:
        assert fields_of(words.entries[name][0]) == fields, name
    assert words.entries.keys() >= COMPOSED


def test_every_phrase_is_used() -> None:
    written = {node.value for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert words.entries.keys() - written - COMPOSED == set()


@pytest.mark.parametrize("name", words.entries)
def test_both_languages_say_it_with_the_same_fields(name: str) -> None:
    english, french = words.entries[name]
    assert english.strip()
    assert french.strip()
    assert fields_of(english) == fields_of(french)


def most(name: str) -> int | None:
    """What Discord takes of a phrase in its place."""
    if name in set(Action) | {"use_thread", "post_here"}:
        return BUTTON_LABEL
    places = {
        "command_": COMMAND_DESCRIPTION,
        "option_": COMMAND_DESCRIPTION,
        "tag_": TAG_NAME,
        "menu_": MENU_NAME,
        "bring": PLACEHOLDER,
        "alert_title": THREAD_NAME,
        "digest_title": THREAD_NAME,
        "form_upload_why": INPUT_DESCRIPTION,
        "form_optional": INPUT_DESCRIPTION,
        "form_too_long": None,
        "form_edit": MODAL_TITLE,
        "form_write": MODAL_TITLE,
        "form_": min(INPUT_LABEL, MODAL_TITLE),
    }
    return next((limit for start, limit in places.items() if name.startswith(start)), None)


@pytest.mark.parametrize("name", [name for name in words.entries if most(name) is not None])
def test_a_phrase_fits_its_place(name: str) -> None:
    limit = most(name)
    assert limit is not None
    for text in words.entries[name]:
        assert 0 < size(text.replace("{number}", "999999")) <= limit
