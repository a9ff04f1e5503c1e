"""The chat on Discord: cards in a channel, decided by buttons, forms, reactions and commands."""

from __future__ import annotations

from bot.chats.discord.chat import DiscordChat

__all__ = ["DiscordChat"]
