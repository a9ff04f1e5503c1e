"""What every handler of an interaction needs: is this our place, who acts, what did the desk say, tell them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import discord

from bot.chats.discord.card import Rendered
from bot.chats.discord.errors import OUT_OF_TIME
from bot.chats.discord.listing import notice_text
from bot.chats.discord.people import language_of, may_decide, person_of
from bot.chats.discord.phrases import words
from bot.chats.line import Line
from bot.domain.gesture import Gesture, Notice, Tone
from bot.errors import BotError, NotAllowed, Refused
from bot.ports import Clock
from bot.settings import DiscordSettings

log = logging.getLogger(__name__)

Interaction = discord.Interaction[discord.Client]

NAME = "discord"
_PATIENCE = 2.0
"""Seconds to wait for an outcome before a modal is acknowledged without one: Discord allows three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Shared by buttons, modals and commands."""

    settings: DiscordSettings
    channels: frozenset[str]
    line: Line
    clock: Clock

    def home_of(self, guild_id: int | None, channel: Any) -> str | None:
        """The configured channel that this place is, or belongs to as a thread; None for all other places."""
        if guild_id != self.settings.guild:
            return None
        for number in (channel.id, getattr(channel, "parent_id", None)):
            if str(number) in self.channels:
                return str(number)
        return None

    def language_in(self, channel: str) -> str:
        """The language of cards there, and of what is told to everybody."""
        return self.settings.languages.get(int(channel), self.settings.language)

    def fields(self, interaction: Interaction, *, post: int | None = None) -> dict[str, Any]:
        """What every gesture of this interaction says; Refused outside the configured channels."""
        language = language_of(interaction)
        home = self.home_of(interaction.guild_id, interaction.channel) if interaction.channel else None
        if home is None:
            raise Refused(words(language, "not_here"))
        return {
            "id": f"{NAME}:{interaction.id}",
            "person": person_of(interaction.user),
            "chat": NAME,
            "channel": home,
            "language": language,
            "post": "" if post is None else str(post),
        }

    def only_reviewers(self, interaction: Interaction) -> None:
        """For what is answered before the desk is asked, such as an empty form."""
        self.fields(interaction)
        if not may_decide(person_of(interaction.user), self.settings):
            raise NotAllowed(words(language_of(interaction), "not_allowed"))

    async def ask(self, gesture: Gesture) -> Notice:
        """What the desk says; Refused with its sentence when it says no."""
        notice = await self.line.ask(gesture)
        if notice.tone is Tone.REFUSED:
            raise Refused(notice.text)
        return notice

    async def within_time(self, interaction: Interaction, gesture: Gesture) -> Notice:
        """The same for a form: its text is safe in the person's window until the outcome is known.

        A crash before that shows them an error and leaves the form open. Slow outcomes are acknowledged first.
        """
        outcome = asyncio.ensure_future(self.ask(gesture))
        done, _ = await asyncio.wait({outcome}, timeout=_PATIENCE)
        if not done:
            await acknowledge(interaction)
        return await outcome


@asynccontextmanager
async def answered(interaction: Interaction) -> AsyncIterator[None]:
    """Whatever goes wrong inside, the person is told in one sentence, and the log knows the rest."""
    try:
        yield
    except BotError as error:
        await tell(interaction, Notice(text=str(error), tone=Tone.REFUSED))
    except discord.HTTPException as error:
        log.warning("a person could not be answered: %s", error, extra={"action": "answer_failed"})


async def acknowledge(interaction: Interaction, *, thinking: bool = False) -> None:
    """Within three seconds, before any work; being late or second is normal life and stops nothing."""
    try:
        if thinking:
            await interaction.response.defer(ephemeral=True, thinking=True)
        else:
            await interaction.response.defer()
    except discord.InteractionResponded:
        log.debug("an interaction was acknowledged already")
    except discord.HTTPException as error:
        if error.code not in OUT_OF_TIME and error.status < 500:
            raise
        log.info("an acknowledgement came too late: %s", error, extra={"action": "acknowledged_late"})


async def tell(interaction: Interaction, notice: Notice, files: Sequence[discord.File] = ()) -> None:
    """Words for this person alone; silence for an event that was answered before."""
    if notice.text:
        await show(interaction, {"content": notice_text(notice), "files": list(files)})


async def show(interaction: Interaction, content: Rendered | dict[str, Any]) -> None:
    """Something for this person alone."""
    arguments = content if isinstance(content, dict) else content.for_post()
    arguments = {"ephemeral": True, **arguments, "allowed_mentions": discord.AllowedMentions.none()}
    with suppress(discord.InteractionResponded):
        if not interaction.response.is_done():
            await interaction.response.send_message(**arguments)
            return
    await interaction.followup.send(**arguments)
