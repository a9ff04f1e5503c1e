"""Who may do what where, computed from roles and overwrites as Discord documents it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fake_discord.model import Channel, Member


class Permission(IntFlag):
    """The bits that this server looks at, and those that a bot may be invited with."""

    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


NOTHING = Permission(0)
EVERYTHING = Permission(sum(Permission))
PEOPLE = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What @everyone may."""
INVITED = PEOPLE | Permission.MANAGE_MESSAGES | Permission.CREATE_PUBLIC_THREADS
"""What the bot's own role is given when it is invited; tests add to it or take away."""
_WITH_A_MESSAGE = (
    Permission.SEND_TTS_MESSAGES | Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.MENTION_EVERYONE
)
"""What nobody may who may not write."""


@dataclass(slots=True)
class Overwrite:
    """A channel's exception for one role or member."""

    member: bool
    allow: Permission = NOTHING
    deny: Permission = NOTHING


def named(names: tuple[str, ...]) -> Permission:
    """From names as discord.py spells them: "send_messages"."""
    return Permission(sum(Permission[name.upper()] for name in names))


def permissions_of(member: Member, channel: Channel | None = None) -> Permission:
    """In a channel, or of the server as a whole; threads follow their parent."""
    guild = member.guild
    roles = [role for role in member.roles if role.id in guild.roles]
    granted = guild.everyone.permissions
    for role in roles:
        granted |= role.permissions
    if member.id == guild.owner_id or Permission.ADMINISTRATOR in granted:
        return EVERYTHING
    if channel is None:
        return granted
    place = channel.parent or channel
    granted = _with(granted, [place.overwrites.get(guild.id)])
    granted = _with(granted, [place.overwrites.get(role.id) for role in roles])
    granted = _with(granted, [place.overwrites.get(member.id)])
    if Permission.VIEW_CHANNEL not in granted:
        return NOTHING
    sending = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    return granted if sending in granted else granted & ~_WITH_A_MESSAGE


def _with(granted: Permission, overwrites: list[Overwrite | None]) -> Permission:
    """Overwrites of one level count together: what one of them allows, another cannot deny."""
    known = [one for one in overwrites if one is not None]
    for one in known:
        granted &= ~one.deny
    for one in known:
        granted |= one.allow
    return granted
