"""The talk about a card: a thread on its message, opened when somebody wants it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.chats.discord.card import Action, button_id
from bot.chats.discord.errors import THREAD_EXISTS, translated
from bot.chats.discord.people import person_of
from bot.chats.discord.phrases import words
from bot.chats.discord.places import title_of
from bot.chats.discord.text import excerpt, literal
from bot.chats.render import one_line
from bot.domain.card import Card
from bot.domain.gesture import Person
from bot.domain.review import State, Verdict
from bot.errors import BotError

log = logging.getLogger(__name__)

_LONGEST, _LINES = 1800, 60
_LOOK_BACK = 200
_INSTRUCTION = 4000

MayDecide = Callable[[Person], Awaitable[bool]]


def _use_button(card: Card, language: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(
        discord.ui.Button(
            label=words(language, "use_thread"),
            emoji="🔁",
            custom_id=button_id(card.review.id, card.review.draft, Action.USE),
        )
    )
    view.stop()  # the library keeps no memory of it: the id says everything
    return view


async def open_thread(message: discord.Message, card: Card, language: str) -> int:
    """The id of the card's thread (that of the message), opened if there is none yet."""
    with translated("open a thread"):
        try:
            thread = await message.create_thread(name=title_of(card))
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
            return message.id
        await _introduce(thread, card, language)
    return message.id


async def _introduce(thread: discord.abc.Messageable, card: Card, language: str) -> None:
    view: dict[str, Any] = {"view": _use_button(card, language)} if Verdict.REGENERATE in card.verdicts else {}
    await thread.send(words(language, "thread_opened"), allowed_mentions=discord.AllowedMentions.none(), **view)


async def tell_version(thread: discord.abc.Messageable, card: Card, language: str) -> None:
    """What has become of the draft, for those who talk about it. The card is true without it: trouble is logged."""
    text = _news_of(card, language)
    if not text:
        return
    view: dict[str, Any] = {"view": _use_button(card, language)} if Verdict.REGENERATE in card.verdicts else {}
    try:
        with translated("write into a thread"):
            await thread.send(text, suppress_embeds=True, allowed_mentions=discord.AllowedMentions.none(), **view)
    except BotError as error:
        log.warning("%s", error, extra={"action": "thread_failed"})


def _news_of(card: Card, language: str) -> str:
    draft, decision = card.draft, card.decision
    if card.state is State.PENDING and draft is not None and draft.number > 1:
        name = literal(one_line(draft.author, 40))
        text = words(language, "version_edited" if draft.by_person else "version", number=draft.number, name=name)
        return f"{text}\n{excerpt(draft.text, _LONGEST, _LINES)}"
    if decision is not None and decision.text and decision.verdict is Verdict.DISMISS:
        name = literal(one_line(decision.reviewer_name, 40))
        return words(language, "reason_given", name=name, reason=excerpt(decision.text, _LONGEST, _LINES))
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What allowed people wrote in a thread: an instruction, and who is to be credited for it."""

    text: str
    names: tuple[str, ...]


async def talk_in(thread: discord.Thread, may_decide: MayDecide, me: int) -> Talk:
    """Without the Message Content intent, Discord shows us only what mentions the bot."""
    lines: list[str] = []
    allowed: dict[int, Person | None] = {}
    with translated("read a thread"):
        async for message in thread.history(limit=_LOOK_BACK, oldest_first=True):
            if message.author.bot or not message.content.strip():
                continue
            if message.author.id not in allowed:
                allowed[message.author.id] = await _reviewer(thread.guild, message.author.id, may_decide)
            if person := allowed[message.author.id]:
                lines.append(f"{person.name}: {without_mention(message.content, me)}")
    names = tuple(person.name for person in allowed.values() if person is not None)
    return Talk(text="\n".join(lines)[-_INSTRUCTION:], names=names)


async def _reviewer(guild: discord.Guild, user_id: int, may_decide: MayDecide) -> Person | None:
    try:
        member = await guild.fetch_member(user_id)
    except discord.NotFound:  # left the server
        return None
    person = person_of(member)
    return person if await may_decide(person) else None


def without_mention(content: str, me: int) -> str:
    """A message to the bot without the bot's name in front of it."""
    for form in (f"<@{me}>", f"<@!{me}>"):
        if content.strip().startswith(form):
            return content.strip().removeprefix(form).strip()
    return content
