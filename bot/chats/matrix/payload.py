"""What a homeserver sends, read without any I/O. Nothing in an event is trusted to have its shape."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.chats.matrix.content import CARD

_SELECTORS = frozenset("\ufe0e\ufe0f")
_SKINS = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a room; `sent_at` is its server's word, in milliseconds."""

    room: str
    id: str
    kind: str
    sender: str
    content: Mapping[str, Any]
    sent_at: int
    state_key: str | None = None
    redacts: str = ""
    redacted: bool = False


def event_of(room: str, source: Any) -> Event | None:
    """None for what no event looks like."""
    if not isinstance(source, Mapping):
        return None
    content, unsigned = _table(source.get("content")), _table(source.get("unsigned"))
    names = [source.get(key) for key in ("event_id", "type", "sender")]
    if not all(isinstance(name, str) for name in names):
        return None
    state_key, sent_at = source.get("state_key"), source.get("origin_server_ts")
    return Event(
        room=room,
        id=str(names[0]),
        kind=str(names[1]),
        sender=str(names[2]),
        content=content,
        sent_at=sent_at if isinstance(sent_at, int) else 0,
        state_key=state_key if isinstance(state_key, str) else None,
        redacts=_text(content.get("redacts")) or _text(source.get("redacts")),  # since room version 11, and before
        redacted="redacted_because" in unsigned,
    )


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How an event refers to others. `reply_to` is what a person replied to, not what old clients are to show."""

    edits: str = ""
    annotates: str = ""
    key: str = ""
    thread: str = ""
    reply_to: str = ""


def relation_of(content: Mapping[str, Any]) -> Relation:
    relates = _table(content.get("m.relates_to"))
    kind, target = relates.get("rel_type"), _text(relates.get("event_id"))
    reply_to = _text(_table(relates.get("m.in_reply_to")).get("event_id"))
    thread = target if kind == "m.thread" else ""
    if thread and relates.get("is_falling_back") is True:
        reply_to = ""
    annotates = target if kind == "m.annotation" else ""
    edits = target if kind == "m.replace" else ""
    return Relation(edits=edits, annotates=annotates, key=_text(relates.get("key")), thread=thread, reply_to=reply_to)


def about_of(content: Mapping[str, Any]) -> str:
    """The gesture that a notice of ours answers; it stands beside the relation, which encryption leaves readable."""
    return _text(_table(content.get("m.relates_to")).get(f"{CARD}.about"))


def new_content(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return _table(content.get("m.new_content"))


def words_of(content: Mapping[str, Any]) -> str:
    """The text of a message as it was typed; empty for notices (no bot answers a bot), pictures and the like.

    Older clients put the message that is replied to in front, as lines that begin with ">".
    """
    if content.get("msgtype") != "m.text":
        return ""
    body = _text(content.get("body")).replace("\r\n", "\n")
    if relation_of(content).reply_to and body.startswith("> <"):
        quoted, blank, rest = body.partition("\n\n")
        if blank and all(line.startswith(">") for line in quoted.split("\n")):
            return rest.strip()
    return body.strip()


def mentions(content: Mapping[str, Any], user: str) -> bool:
    named = _table(content.get("m.mentions")).get("user_ids")
    return isinstance(named, list) and user in named


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a card of ours says about itself. `draft` is 0 while not all of its text can be read."""

    review: int
    draft: int
    key: str


def mark_of(content: Mapping[str, Any]) -> Mark | None:
    """None for what is no card; the sender is to be compared by the caller."""
    mark = _table(content.get(CARD))
    review, draft = mark.get("review"), mark.get("draft")
    if not isinstance(review, int) or not isinstance(draft, int):
        return None
    return Mark(review=review, draft=draft, key=_text(mark.get("key")))


def plain_emoji(key: str) -> str:
    """Without the selector that only asks for colour, and without the colour of a skin."""
    kept = (sign for sign in key if sign not in _SELECTORS and ord(sign) not in _SKINS)
    return unicodedata.normalize("NFC", "".join(kept)).strip()
