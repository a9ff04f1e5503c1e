"""The chat in this terminal: commands from a keyboard or a pipe, cards on the screen."""

from __future__ import annotations

from bot.chats.terminal.chat import TerminalChat

__all__ = ["TerminalChat"]
