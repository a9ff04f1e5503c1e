"""Implements `ports.Chat` on Discord.

The connection is supervised: whatever ends it, a new one is made, except when only a person can mend it (the token,
a privileged intent); then this platform stops with one sentence, and the rest of the bot goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import discord

from bot.chats.discord.card import Rendered, renderer_of
from bot.chats.discord.checking import check
from bot.chats.discord.client import Client
from bot.chats.discord.commands import Commands
from bot.chats.discord.controls import Controls
from bot.chats.discord.errors import Closed, meaning, translated
from bot.chats.discord.front import NAME, Front
from bot.chats.discord.listing import alert as alert_of
from bot.chats.discord.listing import digest as digest_of
from bot.chats.discord.people import may_decide
from bot.chats.discord.places import (
    Place,
    clear_reactions,
    edit_card,
    find_card,
    place_of,
    post_alert,
    post_card,
    post_digest,
)
from bot.chats.discord.reactions import Reactions
from bot.chats.discord.shown import Shown
from bot.chats.discord.threads import tell_version
from bot.chats.line import Line
from bot.domain.card import Card, Digest, Post
from bot.domain.gesture import Gesture, Notice, Person
from bot.errors import BotError, Permanent, Temporary
from bot.ports import Clock, Finding, Limits
from bot.settings import DiscordSettings

log = logging.getLogger(__name__)

_FATAL_CODES = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""Close codes after which the gateway would refuse us again (https://docs.discord.com/developers/topics/opcodes)."""
_STEADY = timedelta(minutes=5)
_LONGEST_PAUSE = 300.0
_UP_SECONDS = 15.0
_REQUEST_SECONDS = 90.0
"""For one card with all its requests; the library itself would wait for minutes."""
_BLOCKED = timedelta(minutes=5)
"""After a refusal no request goes to that channel for this long: Discord bans who asks in vain too often."""


class DiscordChat:
    """`channels` are all that routes name, besides the configured one."""

    name = NAME
    limits = Limits(text=4000, buttons=True, durable=True)

    def __init__(self, settings: DiscordSettings, token: str, *, clock: Clock, channels: Sequence[str] = ()) -> None:
        self.home = str(settings.channel)
        self.channels = frozenset({self.home, *channels})
        self.language: str = settings.language
        self._settings = settings
        self._token = token
        self._clock = clock
        self._line = Line()
        self._shown = Shown(clock)
        self._front = front = Front(settings=settings, channels=self.channels, line=self._line, clock=clock)
        self._controls = Controls(front)
        self._commands = Commands(front)
        self._reactions = Reactions(front, self._shown)
        self._renderer = renderer_of(settings.layout)
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._failure: BotError | None = None
        self._blocked: dict[str, tuple[datetime, BotError]] = {}

    # --- the port

    async def open(self) -> None:
        """Begin to connect; others need not wait for it."""
        _quieten()
        self._supervisor = asyncio.create_task(self._supervise(), name="discord")

    async def close(self) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        self._line.close()

    async def may_decide(self, person: Person) -> bool:
        return may_decide(person, self._settings)

    async def check(self) -> list[Finding]:
        return await check(self._settings, self._token, sorted(self.channels))

    async def post(self, channel: str, card: Card, key: str, since: datetime | None = None) -> str:
        place, language = await self._place(channel), self._front.language_in(channel)
        async with self._in(channel):
            found = await find_card(place, card.review.id, since, self._clock.now()) if since else None
            if found is None:
                return str(await post_card(place, card, self._rendered(card, channel, new=True), key, language))
            await edit_card(place, found, card, self._rendered(card, channel), language)
        return str(found)

    async def edit(self, post: Post, card: Card) -> None:
        place, language = await self._place(post.channel), self._front.language_in(post.channel)
        async with self._in(post.channel):
            with self._shown.changing(post.id):
                talked = await edit_card(place, int(post.id), card, self._rendered(card, post.channel), language)
                if card.review.draft != post.draft:
                    # After the edit, and before anybody remembers which draft stands there: a reaction that was
                    # given to the former one can then never count for this one, not even after a crash.
                    await clear_reactions(place, int(post.id))
        if talked:
            thread = self.connected.get_partial_messageable(int(post.id), guild_id=self._settings.guild)
            await tell_version(thread, card, language)

    async def digest(self, digest: Digest, cards: Sequence[Card], total: int) -> str:
        place, language = await self._place(digest.channel), self._front.language_in(digest.channel)
        shown = digest_of(cards, total, language=language, now=self._clock.now())
        async with self._in(digest.channel):
            return await post_digest(place, shown, digest.key, digest.id, language)

    async def alert(self, channel: str, text: str, key: str) -> None:
        place, language = await self._place(channel), self._front.language_in(channel)
        async with self._in(channel):
            await post_alert(place, alert_of(text), key, language)

    def gestures(self) -> AsyncIterator[Gesture]:
        return self._line.gestures()

    async def acknowledge(self, gesture: Gesture, notice: Notice) -> None:
        self._line.answer(gesture, notice)

    # --- what stands where

    async def _place(self, channel: str) -> Place:
        """The channel, on a connection that is up; Temporary while there is none."""
        if self._failure is not None:
            raise self._failure
        until, reason = self._blocked.get(channel, (self._clock.now(), None))
        if reason is not None and self._clock.now() < until:
            raise reason
        try:
            async with asyncio.timeout(_UP_SECONDS):
                await self._up.wait()
        except TimeoutError:
            raise Temporary("Discord is not connected; it is tried again.") from None
        return place_of(self.connected, channel)

    @asynccontextmanager
    async def _in(self, channel: str) -> AsyncIterator[None]:
        """A request for a channel: it ends in time, and a channel that is closed to us is left alone for a while."""
        try:
            with translated("show a card in time"):
                async with asyncio.timeout(_REQUEST_SECONDS):
                    yield
        except Closed as error:
            self._blocked[channel] = (self._clock.now() + _BLOCKED, error)
            log.error("%s", error, extra={"action": "channel_blocked"})
            raise

    @property
    def connected(self) -> Client:
        """The client of the present connection; Temporary when there is none yet."""
        if self._client is None:
            raise Temporary("Discord is not connected; it is tried again.")
        return self._client

    def _rendered(self, card: Card, channel: str, *, new: bool = False) -> Rendered:
        role = self._settings.ping_role if new else None
        return self._renderer.render(
            card, language=self._front.language_in(channel), now=self._clock.now(), mention_role=role
        )

    # --- supervision

    async def _supervise(self) -> None:
        failures = 0
        while self._failure is None:
            begun = self._clock.now()
            try:
                await self._connect()
                error: BaseException = ConnectionError("the gateway hung up")
            except Exception as caught:  # noqa: BLE001  anything: an event that the library cannot read ends it too
                error = caught
            failures = 0 if self._clock.now() - begun > _STEADY else failures
            self._failure = _fatal(error)
            if self._failure is None:
                pause = min(2.0**failures, _LONGEST_PAUSE)
                failures += 1
                reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
                log.warning("Discord's connection ended (%s); a new one in %.0f s", reason, pause)
                await self._clock.sleep(pause)
        log.error("%s", self._failure, extra={"action": "discord_stopped"})
        self._line.close(self._failure)
        self._up.set()  # whoever waits for a connection is told why there will be none

    async def _connect(self) -> None:
        """One connection, from login to its end; a new client each time, as the library wants it."""
        client = Client(
            self._settings,
            commands=self._commands,
            controls=self._controls,
            reactions=self._reactions,
            on_up=self._came_up,
        )
        self._client = client
        try:
            async with client:
                await client.start(self._token)
        finally:
            self._up.clear()

    async def _came_up(self, client: discord.Client) -> bool:
        """Whether cards can be shown now."""
        guild = client.get_guild(self._settings.guild)
        if guild is not None and guild.unavailable:
            log.warning("Discord has lost the server %s for now", guild.id, extra={"action": "server_unavailable"})
            return False
        if guild is None:
            log.error(
                "the bot is not on the server %s; invite it with the link of `gepettto check`",
                self._settings.guild,
                extra={"action": "not_invited"},
            )
            return False
        self._blocked.clear()
        self._up.set()
        return True


def _fatal(error: BaseException) -> BotError | None:
    """The sentence for what only a person can mend; None for everything that time may."""
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return Permanent(
            "Discord does not grant the Message Content intent: switch it on in the developer portal (Bot), or set "
            "discord.message_content = false."
        )
    if isinstance(error, discord.ConnectionClosed) and error.code in _FATAL_CODES:
        return Permanent(f"Discord closed the connection for good (code {error.code}); check the token.")
    if isinstance(error, discord.LoginFailure):
        return meaning(error, "log in")
    return None


class _OneLine(logging.Filter):
    """The library logs a traceback for every lost connection; one line says as much."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.getMessage()} ({record.exc_info[1]!r})"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


def _quieten() -> None:
    logger = logging.getLogger("discord.client")
    if not any(isinstance(known, _OneLine) for known in logger.filters):
        logger.addFilter(_OneLine())
