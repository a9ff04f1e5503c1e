"""What events of ours are made of. Every message says whom it mentions: nobody, unless it is meant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.chats.matrix.markup import Text

CARD = "org.gepettto.card"
"""The key under which a card of ours says which review and draft it shows."""

_HTML = "org.matrix.custom.html"
MOST_BYTES = 40_000
"""An event may have 65,536; encryption takes a third, the server's own fields some more."""

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an event stands; as text it is what the store keeps as the id of a post."""

    room: str
    event: str

    def __str__(self) -> str:
        return f"{self.room}/{self.event}"

    @classmethod
    def of(cls, post_id: str) -> Spot:
        room, _, event = post_id.partition("/")
        return cls(room, event)

    @property
    def link(self) -> str:
        return f"https://matrix.to/#/{self.room}/{self.event}"


def message(text: Text, *, notice: bool = False, mentioned: Collection[str] = ()) -> Content:
    """A notice notifies nobody and is answered by no bot; new cards are texts."""
    return {
        "msgtype": "m.notice" if notice else "m.text",
        "body": text.plain,
        "format": _HTML,
        "formatted_body": text.html,
        "m.mentions": {"user_ids": sorted(mentioned)} if mentioned else {},
    }


def edit(event: str, content: Mapping[str, Any], *, fallback: str) -> Content:
    """The new content of an event; who cannot show edits sees `fallback`."""
    plain = {"msgtype": content["msgtype"], "body": f"* {fallback}", "m.mentions": {}}
    outside = {key: value for key, value in content.items() if key == CARD}
    relation = {"rel_type": "m.replace", "event_id": event}
    return {**plain, **outside, "m.new_content": dict(content), "m.relates_to": relation}


def in_thread(content: Content, root: str, *, reply_to: str = "", about: str = "") -> Content:
    """In the thread of `root`; `about` is the gesture it answers, so that after a restart it is not answered again."""
    relation: Content = {
        "rel_type": "m.thread",
        "event_id": root,
        "is_falling_back": not reply_to,
        "m.in_reply_to": {"event_id": reply_to or root},
    }
    if about:
        relation[f"{CARD}.about"] = about
    return {**content, "m.relates_to": relation}


def in_reply(content: Content, to: str) -> Content:
    return {**content, "m.relates_to": {"m.in_reply_to": {"event_id": to}}}


def reaction(event: str, key: str) -> Content:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}


def transaction(*parts: object) -> str:
    """The same parts give the same id: what a request that is repeated does not do twice."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:32]


def digest_of(content: Mapping[str, Any]) -> str:
    """What tells one content from another, for the id of a request."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def fits(content: Mapping[str, Any]) -> bool:
    return len(json.dumps(content, ensure_ascii=False).encode()) <= MOST_BYTES
