"""The truth of this Discord: what there is, and how those who listen are told of its changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from tests.fake_discord import payloads
from tests.fake_discord.components import Json
from tests.fake_discord.errors import Refusal
from tests.fake_discord.gateway import Gateway, Intent, Session
from tests.fake_discord.model import KINDS, Attachment, Channel, Guild, Member, Message, Role, User
from tests.fake_discord.permissions import Permission, permissions_of
from tests.fake_discord.pulse import Pulse

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
NONCE_KEPT = timedelta(minutes=5)


class Clock(Protocol):
    def now(self) -> datetime: ...


class World:
    """Everything is looked up by number in a dictionary, so that hundreds of cards cost no more than one."""

    def __init__(self, clock: Clock) -> None:
        self.url = ""
        self.pulse = Pulse()
        self.gateway = Gateway(self.pulse, self._ready)
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.files: dict[int, Attachment] = {}
        self.problems: list[str] = []
        self._clock = clock
        self._last_id = 0
        self._nonces: dict[str, tuple[datetime, Message]] = {}
        self._direct: dict[int, Channel] = {}
        self.application_id = self.new_id()
        # The application and its bot share one number, as they have done for years.
        self.bot_user = User(id=self.application_id, name="gepettto", bot=True)

    def now(self) -> datetime:
        return self._clock.now()

    def new_id(self) -> int:
        """Ids tell their time and only ever grow."""
        moment = int((self.now() - EPOCH) / timedelta(milliseconds=1)) << 22
        self._last_id = max(self._last_id + 1, moment)
        return self._last_id

    @property
    def reads_content(self) -> bool:
        return Intent.MESSAGE_CONTENT in self.gateway.granted

    # --- looking up, as the bot

    def channel(self, number: int, *wanted: Permission) -> Channel:
        """Refused with the code that says why the bot cannot have it, or cannot do what it wants there."""
        channel = self.channels.get(number)
        if channel is None:
            raise Refusal(10003)
        if channel.guild is None:
            return channel
        if not channel.guild.has_bot:
            raise Refusal(50001)
        granted = permissions_of(channel.guild.bot, channel)
        if Permission.VIEW_CHANNEL not in granted:
            raise Refusal(50001)
        if any(one not in granted for one in wanted):
            raise Refusal(50013)
        return channel

    def message(self, channel: Channel, number: int) -> Message:
        found = channel.messages.get(number)
        if found is None:
            raise Refusal(10008)
        return found

    def guild(self, number: int) -> Guild:
        guild = self.guilds.get(number)
        if guild is None or not guild.has_bot:
            raise Refusal(10004)
        return guild

    def granted(self, member: Member | None, channel: Channel) -> Permission:
        return permissions_of(member, channel) if member is not None else Permission(0)

    # --- payloads

    def shown(self, message: Message) -> Json:
        """A message as REST shows it to this bot."""
        full = payloads.message(message, self.bot_user)
        return full if self.reads_content else payloads.reduced(message, full, self.bot_user)

    def _ready(self, session: Session) -> Iterator[tuple[str, Json]]:
        joined = [guild for guild in self.guilds.values() if guild.has_bot]
        yield (
            "READY",
            {
                "v": 10,
                "user": {**payloads.user(self.bot_user), "verified": True, "mfa_enabled": False, "flags": 0},
                "guilds": [{"id": str(guild.id), "unavailable": True} for guild in joined],
                "private_channels": [],
                "session_id": session.id,
                "resume_gateway_url": self.gateway_url,
                "application": {"id": str(self.application_id), "flags": self.application_flags},
            },
        )
        if Intent.GUILDS in session.intents:
            for guild in joined:
                yield "GUILD_CREATE", payloads.joined_guild(guild)

    @property
    def gateway_url(self) -> str:
        return f"ws{self.url.removeprefix('http')}/gateway"

    @property
    def application_flags(self) -> int:
        """The limited forms of the privileged intents: those of a bot on fewer than a hundred servers."""
        flags = {Intent.GUILD_PRESENCES: 1 << 13, Intent.GUILD_MEMBERS: 1 << 15, Intent.MESSAGE_CONTENT: 1 << 19}
        return sum(flag for intent, flag in flags.items() if intent in self.gateway.granted)

    # --- events

    def guild_joined(self, guild: Guild) -> None:
        told = payloads.joined_guild(guild)
        # A server that was there before is "available" again; this one is new to the bot.
        del told["unavailable"]
        self.gateway.dispatch("GUILD_CREATE", told, Intent.GUILDS)

    def guild_left(self, guild: Guild) -> None:
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, Intent.GUILDS)

    def channel_changed(self, event: str, channel: Channel) -> None:
        """CHANNEL_… or THREAD_…, with the whole channel."""
        if channel.guild is not None and channel.guild.has_bot:
            told = payloads.channel(channel) | ({"newly_created": True} if event == "THREAD_CREATE" else {})
            self.gateway.dispatch(event, told, Intent.GUILDS)

    def thread_deleted(self, thread: Channel) -> None:
        assert thread.guild is not None
        assert thread.parent is not None
        told = {"id": str(thread.id), "guild_id": str(thread.guild.id), "parent_id": str(thread.parent.id)}
        self.gateway.dispatch("THREAD_DELETE", {**told, "type": KINDS["thread"]}, Intent.GUILDS)

    def role_made(self, role: Role, guild: Guild) -> None:
        if guild.has_bot:
            told = {"guild_id": str(guild.id), "role": payloads.role(role)}
            self.gateway.dispatch("GUILD_ROLE_CREATE", told, Intent.GUILDS)

    def member_changed(self, member: Member) -> None:
        if member.guild.has_bot:
            told = {**payloads.member(member), "guild_id": str(member.guild.id)}
            self.gateway.dispatch("GUILD_MEMBER_UPDATE", told, Intent.GUILD_MEMBERS)

    def message_told(self, event: str, message: Message) -> None:
        """MESSAGE_CREATE or MESSAGE_UPDATE; a bot hears nothing of channels that it cannot see."""
        if not self._heard_in(message.channel):
            return
        needs = Intent.GUILD_MESSAGES if message.channel.guild else Intent.DIRECT_MESSAGES
        full = payloads.message(message, self.bot_user)
        self.gateway.dispatch(event, full, needs, reduced=payloads.reduced(message, full, self.bot_user))

    def _heard_in(self, channel: Channel) -> bool:
        if channel.guild is None:
            return True
        return channel.guild.has_bot and Permission.VIEW_CHANNEL in permissions_of(channel.guild.bot, channel)

    def reaction_told(self, event: str, message: Message, **more: Any) -> None:
        channel = message.channel
        if not self._heard_in(channel):
            return
        needs = Intent.GUILD_MESSAGE_REACTIONS if channel.guild else Intent.DIRECT_MESSAGE_REACTIONS
        told: Json = {"channel_id": str(channel.id), "message_id": str(message.id), **more}
        if channel.guild is not None:
            told["guild_id"] = str(channel.guild.id)
        self.gateway.dispatch(event, told, needs)

    # --- changes that more than one side makes

    def add_message(self, message: Message) -> Message:
        """A new message in its channel; an archived thread comes back to life."""
        channel = message.channel
        channel.messages[message.id] = message
        if channel.archived:
            channel.archived = False
            self.channel_changed("THREAD_UPDATE", channel)
        self.message_told("MESSAGE_CREATE", message)
        return message

    def remove_message(self, message: Message) -> None:
        channel = message.channel
        channel.messages.pop(message.id, None)
        needs = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
        told: Json = {"id": str(message.id), "channel_id": str(channel.id)}
        if channel.guild is not None:
            told["guild_id"] = str(channel.guild.id)
        if self._heard_in(channel):
            self.gateway.dispatch("MESSAGE_DELETE", told, needs)

    def add_thread(self, parent: Channel, number: int, name: str, owner: User, **fields: Any) -> Channel:
        assert parent.guild is not None
        thread = Channel(
            id=number, name=name, kind="thread", home=self, guild=parent.guild, parent=parent, owner_id=owner.id,
            created_at=self.now(), **fields,
        )  # fmt: skip
        parent.guild.threads[number] = self.channels[number] = thread
        self.channel_changed("THREAD_CREATE", thread)
        return thread

    def react(self, message: Message, user: User, emoji: str) -> None:
        by = message.reactions.setdefault(emoji, {})
        if user.id in by:
            return
        by[user.id] = user
        guild = message.channel.guild
        member = guild.members.get(user.id) if guild else None
        self.reaction_told(
            "MESSAGE_REACTION_ADD", message, user_id=str(user.id), emoji=payloads.emoji(emoji), type=0, burst=False,
            burst_colors=[], message_author_id=str(message.author.id),
            **({"member": payloads.member(member)} if member else {}),
        )  # fmt: skip

    def unreact(self, message: Message, user_id: int, emoji: str) -> None:
        by = message.reactions.get(emoji, {})
        if by.pop(user_id, None) is None:
            return
        if not by:
            del message.reactions[emoji]
        self.reaction_told(
            "MESSAGE_REACTION_REMOVE", message, user_id=str(user_id), emoji=payloads.emoji(emoji), type=0, burst=False
        )

    def clear_reactions(self, message: Message) -> None:
        message.reactions.clear()
        self.reaction_told("MESSAGE_REACTION_REMOVE_ALL", message)

    def direct(self, user: User) -> Channel:
        """The direct messages of this person with the bot."""
        if user.id not in self._direct:
            channel = Channel(id=self.new_id(), name="", kind="dm", home=self, person=user)
            self._direct[user.id] = self.channels[channel.id] = channel
        return self._direct[user.id]

    # --- nonces

    def remembered(self, nonce: Any) -> Message | None:
        """The bot's message of the last minutes that carried this nonce, while it stands."""
        at, message = self._nonces.get(str(nonce), (None, None))
        if at is None or message is None or self.now() - at >= NONCE_KEPT or message.id not in message.channel.messages:
            return None
        return message

    def remember(self, nonce: Any, message: Message) -> None:
        self._nonces[str(nonce)] = (self.now(), message)
