"""Many cards in one message, and the sentences that people are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import discord

from bot.chats.discord.answers import answer_view
from bot.chats.discord.content import STYLES, place_of
from bot.chats.discord.evidence import fitting
from bot.chats.discord.limits import CONTENT, EMBED_DESCRIPTION, OPTION_TEXT, OPTIONS, size
from bot.chats.discord.payload import BRING
from bot.chats.discord.phrases import words
from bot.chats.discord.rendered import Rendered
from bot.chats.discord.text import cut, excerpt, link, literal
from bot.chats.phrases import age, state_word
from bot.chats.render import one_line
from bot.domain.card import Card, Post
from bot.domain.gesture import Notice, Tone

__all__ = ["alert", "answer_view", "digest", "notice_text", "waiting_list"]

_CHAT = "discord"
_MORE = 40
_NOTICE_LINES = 40
_SIGNS = {Tone.DONE: "✅", Tone.REFUSED: "⛔", Tone.INFO: "ℹ️"}
_CHANNEL = re.compile(r"<#\d{1,20}>")


Where = Callable[[Post], str]
"""The address of a card as it stands in a channel."""


def waiting_list(cards: Sequence[Card], text: str, *, language: str, where: Where, now: datetime) -> Rendered:
    """What waits, each with the way to its card; those without a card can be brought."""
    heading = f"**{cut(literal(one_line(text)), CONTENT // 4)}**"
    ways = {card.review.id: _way(card, where) for card in cards}
    homeless = [card for card in cards if not ways[card.review.id]]
    entries = [_entry(card, language, ways[card.review.id], now) for card in cards]
    return _list(heading, entries, homeless, len(cards), language)


def digest(cards: Sequence[Card], total: int, *, language: str, now: datetime) -> Rendered:
    """The one message about what waits without a card; ages are those of the time in its first line."""
    if not total:
        return _message(f"✅ {words(language, 'digest_none')}", (), language)
    count = words(language, "digest_one" if total == 1 else "digest_many", total=total)
    heading = f"📋 **{count}** · <t:{int(now.timestamp())}:f>"
    return _list(heading, [_entry(card, language, "", now) for card in cards], cards, total, language)


def alert(text: str) -> Rendered:
    """What needs a person, in one line."""
    return _message(cut(f"⚠️ {literal(one_line(text))}", EMBED_DESCRIPTION), (), "en")


def _list(heading: str, entries: Sequence[str], offered: Sequence[Card], total: int, language: str) -> Rendered:
    shown = fitting(entries, EMBED_DESCRIPTION - size(heading) - _MORE)
    lines = [heading, *shown]
    if more := total - len(shown):
        lines.append(f"-# {words(language, 'list_more', count=more)}")
    return _message("\n".join(lines), offered, language)


def _entry(card: Card, language: str, way: str, now: datetime) -> str:
    """Two short lines: a phone shows no more in one."""
    issue, sign = card.issue, STYLES[card.state][0]
    title = cut(literal(one_line(issue.title, 80)), 120) or "–"
    number = words(language, "number", number=card.review.id)
    details = (state_word(language, card.state), place_of(issue), number, age(language, issue.created_at, now))
    return f"{sign} {link(title, way or issue.url)}\n-# {' · '.join(details)}"


def _way(card: Card, where: Where) -> str:
    """Where the card stands on Discord; empty when it stands nowhere."""
    return next((where(post) for post in card.posts if post.chat == _CHAT and post.id), "")


def _message(text: str, offered: Sequence[Card], language: str) -> Rendered:
    embed = discord.Embed(description=text)
    return Rendered(make_view=lambda: _menu(offered, language), embeds=(embed,))


def _menu(cards: Sequence[Card], language: str) -> discord.ui.View | None:
    if not cards:
        return None
    options = [_option(card) for card in cards[:OPTIONS]]
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Select(custom_id=BRING, placeholder=words(language, "bring"), options=options))
    return view


def _option(card: Card) -> discord.SelectOption:
    """Plain text: options know no Markdown."""
    issue = card.issue
    label = cut(f"#{issue.key.number} {one_line(issue.title)}", OPTION_TEXT)
    project = cut(one_line(issue.project_name), OPTION_TEXT)
    return discord.SelectOption(label=label, value=str(card.review.id), description=project or None)


def notice_text(notice: Notice) -> str:
    """The sentence with its sign. Sentences quote titles and names, so nothing in them renders."""
    alone = _CHANNEL.fullmatch(notice.text)  # the way to a thread
    sentence = notice.text if alone else excerpt(notice.text, CONTENT - 8, _NOTICE_LINES)
    return f"{_SIGNS[notice.tone]} {sentence}"
