"""`gepettto check` for Discord: token, invitation, intents, roles, and each channel's permissions by name."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.chats.discord.errors import Troubles, meaning
from bot.ports import Finding
from bot.settings import DiscordSettings

ITEM = "discord"

_EVERYWHERE = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "embed_links",
    "attach_files",
    "read_message_history",
)
_WISHED = {
    "manage_messages": "without it reactions cannot be taken away, and those made while the bot is away are not heard",
}
_FORUM = {
    "manage_channels": "without it the tags for states must be created by hand",
}
_PING = {"mention_everyone": "without it a role that is not mentionable by all is not notified"}


def needed(settings: DiscordSettings) -> discord.Permissions:
    """Exactly what the bot uses."""
    names = [*_EVERYWHERE, *_WISHED, *(_PING if settings.ping_role else ())]
    return discord.Permissions(**dict.fromkeys(names, True))


def invitation(application_id: int, settings: DiscordSettings) -> str:
    """The address under which an administrator of the server invites the bot."""
    return discord.utils.oauth_url(
        application_id,
        permissions=needed(settings),
        guild=discord.Object(settings.guild),
        scopes=("bot", "applications.commands"),
    )


async def check(settings: DiscordSettings, token: str, channels: Sequence[str]) -> list[Finding]:
    """By REST alone: nothing is posted, and no session is begun."""
    async with discord.Client(intents=discord.Intents.none(), max_ratelimit_timeout=30.0) as client:
        try:
            await client.login(token)
            return await _look(client, settings, channels)
        except Troubles as error:
            remedy = "look at discord.com/developers/applications, and at the network of this machine"
            return [Finding(item=ITEM, ok=False, detail=str(meaning(error, "be asked")), remedy=remedy)]


async def _look(client: discord.Client, settings: DiscordSettings, channels: Sequence[str]) -> list[Finding]:
    application = await client.application_info()
    link = invitation(application.id, settings)
    findings = [Finding(item=ITEM, ok=True, detail=f"connected as {application.name}; to invite it: {link}")]
    if settings.message_content and not _reads_content(application.flags):
        remedy = "switch the Message Content intent on in the developer portal, or set discord.message_content = false"
        findings.append(Finding(item=ITEM, ok=False, detail="the Message Content intent is not granted", remedy=remedy))
    try:
        guild = await client.fetch_guild(settings.guild)
        me = await guild.fetch_member(client.user.id if client.user else application.id)
    except (discord.NotFound, discord.Forbidden):
        detail = f"the bot is not on the server {settings.guild}"
        return [*findings, Finding(item=ITEM, ok=False, detail=detail, remedy=f"open {link}")]
    findings.append(Finding(item=ITEM, ok=True, detail=f"on the server {guild.name}"))
    findings += _roles(guild, settings)
    for channel in channels:
        findings += await _channel(guild, me, settings, channel, link)
    return findings


def _reads_content(flags: discord.ApplicationFlags) -> bool:
    return flags.gateway_message_content or flags.gateway_message_content_limited


def _roles(guild: discord.Guild, settings: DiscordSettings) -> list[Finding]:
    known = {role.id: role.name for role in guild.roles}
    missing = [role for role in settings.reviewer_roles if role not in known]
    findings = [
        Finding(item=ITEM, ok=False, detail=f"there is no role {role}", remedy="mend discord.reviewer_roles")
        for role in missing
    ]
    names = [known[role] for role in settings.reviewer_roles if role in known]
    people = len(settings.reviewer_users)
    if names or people:
        who = [f"the role {name}" for name in names] + ([f"{people} named people"] if people else [])
        findings.append(Finding(item=ITEM, ok=True, detail=f"may decide: {', '.join(who)}"))
    return findings


async def _channel(
    guild: discord.Guild, me: discord.Member, settings: DiscordSettings, number: str, link: str
) -> list[Finding]:
    try:
        channel = await guild.fetch_channel(int(number))
    except (discord.NotFound, discord.InvalidData):
        remedy = "mend discord.channel or [routes]"
        return [Finding(item=ITEM, ok=False, detail=f"there is no channel {number} on this server", remedy=remedy)]
    except discord.Forbidden:
        remedy = f"let the bot see it (View Channel), or open {link}"
        return [Finding(item=ITEM, ok=False, detail=f"the channel {number} is hidden from the bot", remedy=remedy)]
    if not isinstance(channel, discord.TextChannel | discord.ForumChannel):
        remedy = "name a text channel or a forum"
        return [Finding(item=ITEM, ok=False, detail=f"#{channel.name} holds no cards", remedy=remedy)]
    return _permissions(channel, channel.permissions_for(me), settings)


def _permissions(
    channel: discord.TextChannel | discord.ForumChannel, granted: discord.Permissions, settings: DiscordSettings
) -> list[Finding]:
    wished = _WISHED | (_FORUM if isinstance(channel, discord.ForumChannel) else {})
    wished |= _PING if settings.ping_role else {}
    missing = [_words(name) for name in _EVERYWHERE if not getattr(granted, name)]
    findings = [
        Finding(item=ITEM, ok=True, warning=True, detail=f"#{channel.name}: {_words(name)} is missing", remedy=why)
        for name, why in wished.items()
        if not getattr(granted, name)
    ]
    if missing:
        remedy = "grant it to the bot's role in the channel's settings, under Permissions"
        detail = f"#{channel.name}: missing {', '.join(missing)}"
        return [Finding(item=ITEM, ok=False, detail=detail, remedy=remedy), *findings]
    return [Finding(item=ITEM, ok=True, detail=f"#{channel.name}: all permissions are there"), *findings]


def _words(permission: str) -> str:
    """As Discord's own settings write it: "Send Messages"."""
    return permission.replace("_", " ").title()
