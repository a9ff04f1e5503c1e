"""A card as a message, in one of two layouts with the same content."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.chats.discord.actions import TEMPLATE, Action, button_id
from bot.chats.discord.components import Components
from bot.chats.discord.embeds import Embeds
from bot.chats.discord.rendered import Rendered
from bot.domain.card import Card

__all__ = ["TEMPLATE", "Action", "Rendered", "Renderer", "button_id", "renderer_of"]


class Renderer(Protocol):
    """Draws cards; `mention_role` is notified when the message is posted, never when it is edited."""

    def render(self, card: Card, *, language: str, now: datetime, mention_role: int | None = None) -> Rendered: ...


def renderer_of(layout: str) -> Renderer:
    """By its name in the configuration: "components" or "embed"."""
    return Embeds() if layout == "embed" else Components()
