"""What Discord sends, read without any I/O: control ids, submitted modals, emoji."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.chats.discord.card import TEMPLATE, Action
from bot.domain.review import Verdict

BRING = "g:bring"
PUBLISH = re.compile(r"p:(?P<message>\d{1,19})")
_CONTROL = re.compile(TEMPLATE)

VERDICT_OF = {
    Action.APPROVE: Verdict.APPROVE,
    Action.REGENERATE: Verdict.REGENERATE,
    Action.EDIT: Verdict.EDIT,
    Action.DISMISS: Verdict.DISMISS,
    Action.UNDO: Verdict.UNDO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What a button on a card, or the modal it opened, is about."""

    review: int
    draft: int
    action: Action


def control_of(custom_id: str) -> Control | None:
    """None for an id that no version of this bot wrote, or that asks for what this one cannot do."""
    found = _CONTROL.fullmatch(custom_id)
    if found is None or found["action"] not in set(Action):
        return None
    return Control(review=int(found["review"]), draft=int(found["draft"]), action=Action(found["action"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What came back from a modal: texts by the names of their inputs, and uploads as Discord describes them."""

    texts: Mapping[str, str]
    uploads: tuple[Mapping[str, Any], ...]


def submission_of(data: Mapping[str, Any]) -> Submission:
    texts: dict[str, str] = {}
    uploads: list[Mapping[str, Any]] = []
    attachments = data.get("resolved", {}).get("attachments", {})
    for field in _fields(data.get("components", [])):
        if "value" in field:
            texts[field["custom_id"]] = field["value"]
        uploads += [attachments[number] for number in field.get("values", []) if number in attachments]
    return Submission(texts=texts, uploads=tuple(uploads))


def _fields(components: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        if "component" in component:  # a label around one input
            yield component["component"]
        elif "components" in component:  # a row
            yield from component["components"]


def controls_on(message: discord.Message) -> Iterator[Control]:
    """The controls of a message of ours, wherever in it they are."""
    for component in _walk(message.components):
        control = control_of(getattr(component, "custom_id", None) or "")
        if control is not None:
            yield control


def first_text(message: discord.Message) -> str:
    """The first text of a message: what an answer's view shows as the answer itself."""
    for component in _walk(message.components):
        if isinstance(component, discord.TextDisplay):
            return component.content
    return message.content


def _walk(components: Any) -> Iterator[Any]:
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))


def same_emoji(configured: str, emoji: discord.PartialEmoji) -> bool:
    """Custom emoji by their id (":name:id" or "<:name:id>"), others without the selector that only asks for colour."""
    if emoji.id is not None:
        return configured.strip("<>").rpartition(":")[2] == str(emoji.id)
    return configured.replace("\ufe0f", "") == (emoji.name or "").replace("\ufe0f", "")
