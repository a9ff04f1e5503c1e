"""Servers, channels, people and messages, as tests see and change them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tests.fake_discord import components
from tests.fake_discord.components import Button, Json
from tests.fake_discord.permissions import INVITED, NOTHING, PEOPLE, Overwrite, Permission, named

KINDS = {"text": 0, "dm": 1, "voice": 2, "category": 4, "announcement": 5, "thread": 11, "forum": 15}
EPHEMERAL = 1 << 6
HAS_THREAD = 1 << 5
V2 = 1 << 15


class Home(Protocol):
    """What the model needs of the world around it."""

    bot_user: User
    channels: dict[int, Channel]

    def new_id(self) -> int: ...
    def now(self) -> datetime: ...
    def channel_changed(self, event: str, channel: Channel) -> None: ...
    def role_made(self, role: Role, guild: Guild) -> None: ...


@dataclass(eq=False, slots=True, kw_only=True)
class User:
    """An account; `locale` is the language of its client."""

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"


@dataclass(eq=False, slots=True, kw_only=True)
class Role:
    """Roles have no order here: nothing that a bot of ours does depends on it."""

    id: int
    name: str
    permissions: Permission = NOTHING
    mentionable: bool = True
    managed: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Member:
    """A person, or a bot, on one server."""

    user: User
    guild: Guild = field(repr=False)
    roles: list[Role]
    joined_at: datetime

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name


@dataclass(eq=False, slots=True, kw_only=True)
class Tag:
    """A tag of a forum."""

    id: int
    name: str
    moderated: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Attachment:
    """A file of a message."""

    id: int
    filename: str
    content: bytes = field(repr=False)
    url: str
    description: str | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class Channel:
    """A channel of a server, a thread of one, or the direct messages with one person (`guild` is None)."""

    id: int
    name: str
    kind: str
    home: Home = field(repr=False)
    guild: Guild | None = field(default=None, repr=False)
    parent: Channel | None = field(default=None, repr=False)
    person: User | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict, repr=False)
    tags: list[Tag] = field(default_factory=list)
    require_tag: bool = False
    owner_id: int = 0
    applied_tags: list[int] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    archive_minutes: int = 4320
    created_at: datetime | None = None

    @property
    def is_thread(self) -> bool:
        return self.kind == "thread"

    @property
    def denied(self) -> Permission:
        """What the bot is denied here beyond what its roles deny it."""
        found = self.overwrites.get(self.home.bot_user.id)
        return found.deny if found else NOTHING

    def last(self) -> Message:
        """The newest message."""
        return next(reversed(self.messages.values()))

    def deny(self, *names: str, of: Role | Member | None = None) -> None:
        """Take permissions away from the bot, or from somebody else."""
        found = self._overwrite(of)
        found.deny |= named(names)
        found.allow &= ~named(names)
        self.home.channel_changed("CHANNEL_UPDATE", self)

    def allow(self, *names: str, of: Role | Member | None = None) -> None:
        found = self._overwrite(of)
        found.allow |= named(names)
        found.deny &= ~named(names)
        self.home.channel_changed("CHANNEL_UPDATE", self)

    def _overwrite(self, of: Role | Member | None) -> Overwrite:
        target = of.id if of is not None else self.home.bot_user.id
        return self.overwrites.setdefault(target, Overwrite(member=not isinstance(of, Role)))


@dataclass(eq=False, slots=True, kw_only=True)
class Message:
    """A message; `seen_by` is set on those that only one person sees."""

    id: int
    channel: Channel = field(repr=False)
    author: User
    created_at: datetime
    content: str = ""
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    allowed_mentions: Json | None = None
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reference: int | None = None
    referenced: Message | None = field(default=None, repr=False)
    reactions: dict[str, dict[int, User]] = field(default_factory=dict)
    edited_at: datetime | None = None
    nonce: str | int | None = None
    webhook_id: int | None = None
    type: int = 0
    thread: Channel | None = field(default=None, repr=False)
    seen_by: User | None = None
    metadata: Json | None = None

    @property
    def ephemeral(self) -> bool:
        return self.seen_by is not None

    def buttons(self) -> list[Button]:
        return components.buttons(self.components)

    def selects(self) -> list[Json]:
        return [one for one in components.walk(self.components) if one["type"] in components.SELECTS]

    def texts(self) -> list[str]:
        """All that is written on it, in the order in which it is shown."""
        written = [self.content] if self.content else []
        written += [text for embed in self.embeds for text in components.embed_texts(embed)]
        return written + components.texts(self.components)

    def text(self) -> str:
        return "\n".join(self.texts())


@dataclass(eq=False, slots=True, kw_only=True)
class Guild:
    """A server. `commands` are the application's commands there, as Discord keeps them."""

    id: int
    name: str
    home: Home = field(repr=False)
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict, repr=False)
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    channels: dict[int, Channel] = field(default_factory=dict, repr=False)
    threads: dict[int, Channel] = field(default_factory=dict, repr=False)
    commands: list[Json] = field(default_factory=list, repr=False)

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def bot(self) -> Member:
        """KeyError while the bot is not on this server."""
        return self.members[self.home.bot_user.id]

    @property
    def has_bot(self) -> bool:
        return self.home.bot_user.id in self.members

    def add_everyone(self) -> None:
        self.roles[self.id] = Role(id=self.id, name="@everyone", permissions=PEOPLE, mentionable=False)

    def add_bot(self) -> None:
        """Invited with a role of its own, which `bot.roles[0]` is."""
        role = Role(id=self.home.new_id(), name=self.home.bot_user.name, permissions=INVITED, managed=True)
        self.roles[role.id] = role
        bot = Member(user=self.home.bot_user, guild=self, roles=[role], joined_at=self.home.now())
        self.members[bot.id] = bot

    def remove_bot(self) -> None:
        for role in self.members.pop(self.home.bot_user.id).roles:
            self.roles.pop(role.id, None)
        self.commands = []

    def add_role(self, name: str, permissions: Permission = NOTHING, *, mentionable: bool = True) -> Role:
        role = Role(id=self.home.new_id(), name=name, permissions=permissions, mentionable=mentionable)
        self.roles[role.id] = role
        self.home.role_made(role, self)
        return role

    def add_channel(self, name: str, kind: str = "text", **fields: Any) -> Channel:
        assert kind in KINDS, f"no such kind of channel: {kind}"
        channel = Channel(id=self.home.new_id(), name=name, kind=kind, home=self.home, guild=self, **fields)
        self.channels[channel.id] = self.home.channels[channel.id] = channel
        self.home.channel_changed("CHANNEL_CREATE", channel)
        return channel

    def add_member(self, name: str, roles: Sequence[Role] = (), *, bot: bool = False, locale: str = "en-US") -> Member:
        user = User(id=self.home.new_id(), name=name, bot=bot, locale=locale)
        member = Member(user=user, guild=self, roles=list(roles), joined_at=self.home.now())
        self.members[user.id] = member
        return member
