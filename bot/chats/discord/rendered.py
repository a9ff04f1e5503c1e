"""A message ready to be sent, as the arguments of discord.py's methods."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import discord

AnyView = discord.ui.View | discord.ui.LayoutView


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Can be asked again and again: files are read up and views are bound by sending, so each time they are new.

    `make_view` gives the controls; `files` are contents by name; `role` is the one that may be notified.
    """

    make_view: Callable[[], AnyView | None]
    content: str = ""
    embeds: tuple[discord.Embed, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    role: int | None = None

    def for_post(self) -> dict[str, Any]:
        """For `send`, `create_thread` of a forum, and answers to an interaction."""
        parts = {
            "content": self.content,
            "embeds": list(self.embeds),
            "files": self._files(),
            "view": self._view(),
        }
        return {name: part for name, part in parts.items() if part} | {"allowed_mentions": self._mentions(self.role)}

    def for_edit(self) -> dict[str, Any]:
        """For `edit` of a message: everything is stated, so that nothing of what stood there before remains."""
        return {
            "content": self.content or None,
            "embeds": list(self.embeds),
            "attachments": self._files(),
            "view": self._view(),
            "allowed_mentions": self._mentions(None),
        }

    def _files(self) -> list[discord.File]:
        return [discord.File(io.BytesIO(content), filename=name) for name, content in self.files.items()]

    def _view(self) -> AnyView | None:
        view = self.make_view()
        if view is not None:
            view.stop()  # the library keeps no memory of it: the ids of its controls say everything
        return view

    def _mentions(self, role: int | None) -> discord.AllowedMentions:
        roles: list[discord.abc.Snowflake] = [discord.Object(role)] if role is not None else []
        return discord.AllowedMentions(everyone=False, users=False, roles=roles or False, replied_user=False)
