"""Requests held against Discord's own OpenAPI document, where it is at hand."""

from __future__ import annotations

from functools import cache
from typing import Any

from tests.fake_discord.call import Call
from tests.openapi import Document

API = "/api/v10"

# Where discord.py and the document differ, and Discord takes both. The rest of every such request is checked.

# The library writes these in queries as 0 and 1; the document knows the words only.
_BOOLEANS = frozenset({"wait", "with_response", "with_components", "with_counts"})
_WORDS = {"0": "false", "1": "true"}
# It writes ids as numbers; the document knows them as texts of digits.
_IDS = frozenset({"message_id", "channel_id", "guild_id"})
_LISTS_OF_IDS = frozenset({"applied_tags", "users", "roles"})
_THINGS_WITH_IDS = frozenset({"attachments", "available_tags"})
# It says how a forum post's first message is nested, which the document does not mention.
_UNDOCUMENTED_QUERY = frozenset({"use_nested_fields"})
# It repeats in every edit that the message is not read aloud, which only a new message can be.
_UNDOCUMENTED_IN_EDITS = frozenset({"tts"})


@cache
def document() -> Document | None:
    """Read once for all fakes of a process; None where the reference folder is absent."""
    return Document.load("discord-openapi.json", prefix=API)


def problems_of(call: Call) -> list[str]:
    """What the document says against a request, nothing where it is absent."""
    known = document()
    if known is None:
        return []
    query = {
        name: [_WORDS.get(value, value) if name in _BOOLEANS else value]
        for name, value in call.query.items()
        if name not in _UNDOCUMENTED_QUERY
    }
    body = _ids_as_texts(call.body)
    if call.method == "PATCH" and isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in _UNDOCUMENTED_IN_EDITS}
    return [f"{call.route}: {problem}" for problem in known.problems(call.method, call.path, query, body)]


def _ids_as_texts(node: Any, name: str = "") -> Any:
    if isinstance(node, dict):
        inside = {key: _ids_as_texts(value, key) for key, value in node.items()}
        return {**inside, "id": _text(inside["id"])} if name in _THINGS_WITH_IDS and "id" in inside else inside
    if isinstance(node, list):
        return [_text(one) if name in _LISTS_OF_IDS else _ids_as_texts(one, name) for one in node]
    return _text(node) if name in _IDS else node


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
