"""What Discord's JSON looks like."""

from __future__ import annotations

from datetime import datetime

from tests.fake_discord.components import Json
from tests.fake_discord.model import (
    EPHEMERAL,
    HAS_THREAD,
    KINDS,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    Tag,
    User,
)
from tests.fake_discord.permissions import permissions_of

_CONTENT = ("content", "embeds", "components", "attachments")


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name,
        "global_name": None,
        "discriminator": "0000" if one.bot else "0",
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
    }


def member(one: Member, *, with_user: bool = True) -> Json:
    return {
        **({"user": user(one.user)} if with_user else {}),
        "roles": [str(role.id) for role in one.roles if role.id in one.guild.roles],
        "nick": None,
        "avatar": None,
        "joined_at": stamp(one.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def member_in(one: Member, channel: Channel) -> Json:
    """As interactions describe a person: with what they may do in that channel."""
    return {**member(one), "permissions": str(int(permissions_of(one, channel)))}


def role(one: Role) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(int(one.permissions)),
        "managed": one.managed,
        "mentionable": one.mentionable,
        "flags": 0,
    }


def tag(one: Tag) -> Json:
    return {"id": str(one.id), "name": one.name, "moderated": one.moderated, "emoji_id": None, "emoji_name": None}


def channel(one: Channel) -> Json:
    if one.person is not None:
        return {"id": str(one.id), "type": KINDS["dm"], "last_message_id": None, "recipients": [user(one.person)]}
    assert one.guild is not None
    last = next(reversed(one.messages), None)
    described = {
        "id": str(one.id),
        "type": KINDS[one.kind],
        "guild_id": str(one.guild.id),
        "name": one.name,
        "parent_id": str(one.parent.id) if one.parent else None,
        "last_message_id": str(last) if last else None,
        "rate_limit_per_user": 0,
        "flags": 0,
    }
    return {**described, **(_of_thread(one) if one.is_thread else _of_place(one))}


def _of_thread(one: Channel) -> Json:
    assert one.created_at is not None
    return {
        "owner_id": str(one.owner_id),
        "message_count": len(one.messages),
        "total_message_sent": len(one.messages),
        "member_count": 1,
        "applied_tags": [str(number) for number in one.applied_tags],
        "thread_metadata": {
            "archived": one.archived,
            "locked": one.locked,
            "auto_archive_duration": one.archive_minutes,
            "archive_timestamp": stamp(one.created_at),
            "create_timestamp": stamp(one.created_at),
        },
    }


def _of_place(one: Channel) -> Json:
    described: Json = {
        "topic": None,
        "nsfw": False,
        "position": 0,
        "permission_overwrites": [
            {"id": str(target), "type": int(each.member), "allow": str(int(each.allow)), "deny": str(int(each.deny))}
            for target, each in one.overwrites.items()
        ],
    }
    if one.kind == "forum":
        described["available_tags"] = [tag(each) for each in one.tags]
        described["flags"] = 1 << 4 if one.require_tag else 0
        described |= {"default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
    if one.kind == "voice":
        described |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    return described


def guild(one: Guild) -> Json:
    """As REST tells it: without channels, threads and members."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "banner": None,
        "description": None,
        "owner_id": str(one.owner_id),
        "region": "",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "preferred_locale": "en-US",
        "roles": [role(each) for each in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "features": [],
    }


def joined_guild(one: Guild) -> Json:
    """As GUILD_CREATE tells it. Without the members intent only the bot itself is listed."""
    return {
        **guild(one),
        "joined_at": stamp(one.bot.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "members": [member(one.bot)],
        "channels": [channel(each) for each in one.channels.values()],
        "threads": [channel(each) for each in one.threads.values() if not each.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment(one: Attachment, *, ephemeral: bool = False) -> Json:
    described: Json = {
        "id": str(one.id),
        "filename": one.filename,
        "size": len(one.content),
        "url": one.url,
        "proxy_url": one.url,
        "content_type": "text/plain; charset=utf-8" if one.filename.endswith((".md", ".txt")) else None,
    }
    if one.description:
        described["description"] = one.description
    return {**described, **({"ephemeral": True} if ephemeral else {})}


def emoji(name: str) -> Json:
    """From a key of `Message.reactions`: a character, or "name:id"."""
    word, _, number = name.rpartition(":")
    return {"id": number, "name": word} if word else {"id": None, "name": name}


def message(one: Message, bot: User, *, referring: bool = True) -> Json:
    """In full. `bot` is who looks at it: reactions say whether one of them is its own."""
    guild = one.channel.guild
    author = guild.members.get(one.author.id) if guild else None
    described: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "author": user(one.author),
        "content": one.content,
        "timestamp": stamp(one.created_at),
        "edited_timestamp": stamp(one.edited_at) if one.edited_at else None,
        "tts": False,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(each) for each in one.mentions],
        "mention_roles": [str(number) for number in one.mention_roles],
        "attachments": [attachment(each, ephemeral=one.ephemeral) for each in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "pinned": False,
        "type": one.type,
        "flags": one.flags | (EPHEMERAL if one.ephemeral else 0) | (HAS_THREAD if one.thread else 0),
    }
    if guild is not None:
        described["guild_id"] = str(guild.id)
    if author is not None:
        described["member"] = member(author, with_user=False)
    if one.nonce is not None:
        described["nonce"] = one.nonce
    if one.webhook_id is not None:
        described["webhook_id"] = str(one.webhook_id)
    if one.thread is not None:
        described["thread"] = channel(one.thread)
    if one.metadata is not None:
        described["interaction_metadata"] = one.metadata
    if one.reactions:
        described["reactions"] = [_reaction(name, by, bot) for name, by in one.reactions.items()]
    if one.reference is not None:
        described |= _reference(one, bot, referring=referring)
    return described


def _reaction(name: str, by: dict[int, User], bot: User) -> Json:
    return {
        "emoji": emoji(name),
        "count": len(by),
        "count_details": {"burst": 0, "normal": len(by)},
        "me": bot.id in by,
        "me_burst": False,
        "burst_colors": [],
    }


def _reference(one: Message, bot: User, *, referring: bool) -> Json:
    """What it replies to; null when that has been deleted."""
    assert one.channel.guild is not None
    target = one.referenced
    where = target.channel if target else one.channel
    there = {"message_id": str(one.reference), "channel_id": str(where.id), "guild_id": str(one.channel.guild.id)}
    described: Json = {"message_reference": {"type": 0, **there}}
    if referring:
        standing = target is not None and target.id in target.channel.messages
        described["referenced_message"] = message(target, bot, referring=False) if target and standing else None
    return described


def reduced(one: Message, full: Json, bot: User) -> Json:
    """As a bot without the Message Content intent sees it: emptied, unless it is the bot's own or mentions it."""
    shown = {**full}
    if not _concerns(one, bot):
        shown |= {"content": "", **{name: [] for name in _CONTENT[1:]}}
    if one.referenced is not None and shown.get("referenced_message"):
        shown["referenced_message"] = reduced(one.referenced, shown["referenced_message"], bot)
    return shown


def _concerns(one: Message, bot: User) -> bool:
    return one.author is bot or bot in one.mentions or one.channel.guild is None
