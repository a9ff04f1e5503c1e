"""The card made of classic embeds, for servers and clients that know no components beyond buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import discord

from bot.chats.discord.content import Content, content_of
from bot.chats.discord.drafted import Drafted
from bot.chats.discord.rendered import Rendered
from bot.chats.phrases import age
from bot.domain.card import Card


@dataclass(frozen=True, slots=True)
class Embeds:
    """The same texts as with components; ages are words, true at the time that the last embed shows."""

    def render(self, card: Card, *, language: str, now: datetime, mention_role: int | None = None) -> Rendered:
        content = content_of(card, language, lambda then: age(language, then, now), mention=mention_role)
        return Rendered(
            make_view=lambda: _view(content),
            content=content.mention,
            embeds=tuple(_embeds(content, now)),
            files=content.files,
            role=mention_role,
        )


def _embeds(content: Content, now: datetime) -> list[discord.Embed]:
    issue = "\n".join(part for part in (content.heading, content.excerpt) if part)
    embeds = [discord.Embed(description=issue, colour=content.colour), discord.Embed(description=_draft(content.draft))]
    if content.evidence:
        embeds.append(discord.Embed(description=content.evidence))
    embeds[-1].timestamp = now
    return embeds


def _draft(draft: Drafted) -> str:
    note = f"-# 📎 {draft.note}" if draft.note else ""
    return "\n".join(part for part in (draft.title, draft.text, note) if part)


def _view(content: Content) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(content.buttons.rows()):
        for button in row:
            button.row = number
            view.add_item(button)
    return view
