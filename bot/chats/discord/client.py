"""The connection to the gateway: every event is handed to the one who knows what it means."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import CommandTree

from bot.chats.discord.commands import Commands, French, sync
from bot.chats.discord.controls import Controls
from bot.chats.discord.errors import Troubles
from bot.chats.discord.front import Interaction, answered, tell
from bot.chats.discord.people import language_of
from bot.chats.discord.phrases import words
from bot.chats.discord.reactions import Reactions
from bot.domain.gesture import Notice, Tone
from bot.settings import DiscordSettings

log = logging.getLogger(__name__)

_LAST_SERVER = 0.5
"""Seconds of silence after which all servers of a new session have been named; a late one is `guild_available`."""
_LONGEST_WAIT = 60.0
"""Seconds to sit out a rate limit inside a request; a longer one is the caller's to know about."""


def intents_of(settings: DiscordSettings) -> discord.Intents:
    """Nothing privileged unless the operator was granted it and said so."""
    intents = discord.Intents(guilds=True, guild_reactions=True, guild_messages=True)
    intents.message_content = settings.message_content
    return intents


class Client(discord.Client):
    """discord.py's client without a cache: all state is in the store."""

    def __init__(
        self,
        settings: DiscordSettings,
        *,
        commands: Commands,
        controls: Controls,
        reactions: Reactions,
        on_up: Callable[[discord.Client], Awaitable[bool]],
    ) -> None:
        super().__init__(
            intents=intents_of(settings),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=_LONGEST_WAIT,
            guild_ready_timeout=_LAST_SERVER,
        )
        self._settings = settings
        self._controls = controls
        self._reactions = reactions
        self._on_up = on_up
        self._handling: set[asyncio.Task[None]] = set()
        self.tree: CommandTree[discord.Client] = CommandTree(self)
        self.tree.error(self._on_command_error)
        commands.add_to(self.tree)

    async def setup_hook(self) -> None:
        await self.tree.set_translator(French())

    async def sync_commands(self) -> None:
        """Without commands the buttons still work: a refusal is one warning, not the end."""
        try:
            changed = await sync(self, self.tree, discord.Object(self._settings.guild))
        except Troubles as error:
            log.warning(
                "Discord refused the slash commands (%s); buttons work. Invite the bot anew with the link of "
                "`gepettto check`.",
                " ".join(str(error).split()),
                extra={"action": "sync_refused"},
            )
        else:
            log.info("slash commands %s", "written" if changed else "are as they should be")

    def _schedule_event(
        self, coro: Callable[..., Coroutine[Any, Any, Any]], event_name: str, *args: Any, **kwargs: Any
    ) -> asyncio.Task[None]:
        """The library forgets the tasks of its handlers; one that waits for a closed session would never end."""
        task: asyncio.Task[None] = super()._schedule_event(coro, event_name, *args, **kwargs)
        self._handling.add(task)
        task.add_done_callback(self._handling.discard)
        return task

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """The library's own timers may still go off when the connection has been closed."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def close(self) -> None:
        for task in self._handling:
            task.cancel()
        await asyncio.gather(*self._handling, return_exceptions=True)
        await super().close()

    # --- events

    async def on_ready(self) -> None:
        """After every new session: what happened between two sessions has been told to nobody."""
        if await self._on_up(self):
            await self.sync_commands()
            await self._reactions.reconcile(self)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        if guild.id == self._settings.guild:
            await self.on_ready()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Discord itself had lost the server for a while; while a session begins, `on_ready` follows anyway."""
        if self.is_ready():
            await self.on_guild_join(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        if guild.id == self._settings.guild:
            log.error("the bot was removed from the server %s; invite it again", guild.id, extra={"action": "removed"})

    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await self._controls.clicked(interaction)
        elif interaction.type is discord.InteractionType.modal_submit:
            await self._controls.submitted(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        await self._reactions.added(self, event)

    async def on_message(self, message: discord.Message) -> None:
        await self._reactions.said(self, message)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        await self._reactions.deleted(self, event.guild_id, event.channel_id, [event.message_id])

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        await self._reactions.deleted(self, event.guild_id, event.channel_id, event.message_ids)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """In a forum the thread is the card."""
        if isinstance(self.get_channel(event.parent_id), discord.ForumChannel):
            await self._reactions.deleted(self, event.guild_id, event.parent_id, [event.thread_id])

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """One event went wrong in a way nobody foresaw: the log tells all, the person a sentence, and life goes on."""
        log.exception("%s failed, and should not have", event_method, extra={"action": "event_failed"})
        if args and isinstance(args[0], discord.Interaction):
            await _tell_failure(args[0])

    async def _on_command_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        log.error("a command failed, and should not have", exc_info=error, extra={"action": "event_failed"})
        await _tell_failure(interaction)


async def _tell_failure(interaction: Interaction) -> None:
    async with answered(interaction):
        await tell(interaction, Notice(text=words(language_of(interaction), "failed"), tone=Tone.REFUSED))
