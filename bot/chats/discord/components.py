"""The card made of components: a frame for the issue, a frame for the draft, what is known about it, and buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.chats.discord.content import Content, content_of
from bot.chats.discord.drafted import FILE, Drafted
from bot.chats.discord.rendered import Rendered
from bot.domain.card import Card

_Text = discord.ui.TextDisplay[discord.ui.LayoutView]
_Item = discord.ui.Item[discord.ui.LayoutView]


@dataclass(frozen=True, slots=True)
class Components:
    """Components V2: no link in them is unfurled, and a file shows only where a component names it."""

    def render(self, card: Card, *, language: str, now: datetime, mention_role: int | None = None) -> Rendered:
        content = content_of(card, language, _live, mention=mention_role)
        return Rendered(make_view=lambda: _view(content), files=content.files, role=mention_role)


def _live(at: datetime) -> str:
    """Discord shows it as an age, always the present one, in the reader's language."""
    return f"<t:{int(at.timestamp())}:R>"


def _view(content: Content) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    if content.mention:
        view.add_item(_Text(content.mention))
    view.add_item(_frame(content.colour, _Text(content.heading), *_texts(content.excerpt)))
    view.add_item(_frame(None, *_draft(content.draft)))
    for text in _texts(content.evidence):
        view.add_item(text)
    for row in content.buttons.rows():
        view.add_item(discord.ui.ActionRow(*row))
    return view


def _frame(colour: int | None, *items: _Item) -> discord.ui.Container[discord.ui.LayoutView]:
    return discord.ui.Container(*items, accent_colour=colour)


def _texts(*texts: str) -> list[_Text]:
    """Discord refuses empty texts."""
    return [_Text(text) for text in texts if text]


def _draft(draft: Drafted) -> Iterator[_Item]:
    """Alone in its frame, below a rule: nothing in it can pass for words of ours."""
    if draft.title:
        yield _Text(draft.title)
        yield discord.ui.Separator()
    yield _Text(draft.text)
    if draft.note:
        yield discord.ui.Separator()
        yield _Text(f"-# 📎 {draft.note}")
    if draft.file is not None:
        yield discord.ui.File(f"attachment://{FILE}")
