"""From what the bot sends to a message that stands, or a refusal."""

from __future__ import annotations

import re
from typing import Any

from tests.fake_discord import components, limits
from tests.fake_discord.components import Json
from tests.fake_discord.errors import Refusal
from tests.fake_discord.model import EPHEMERAL, V2, Attachment, Channel, Guild, Message, User
from tests.fake_discord.permissions import Permission
from tests.fake_discord.world import World

Uploads = list[tuple[str, bytes]]

_SUPPRESS_EMBEDS = 1 << 2
_SILENT = 1 << 12
_SETTABLE = _SUPPRESS_EMBEDS | EPHEMERAL | _SILENT | V2
_KEPT = _SUPPRESS_EMBEDS | _SILENT | V2


def compose(
    world: World, channel: Channel, body: Json, uploads: Uploads, *, seen_by: User | None = None, **fields: Any
) -> Message:
    """A message of the bot's that stands nowhere yet. `seen_by` makes it one that only this person sees."""
    flags = body.get("flags") or 0
    if flags & ~_SETTABLE:
        raise Refusal(50035, f"the flags {flags} cannot be set")
    message = Message(
        id=fields.pop("id", None) or world.new_id(), channel=channel, author=world.bot_user, created_at=world.now(),
        flags=flags & _KEPT, seen_by=seen_by, **fields,
    )  # fmt: skip
    message.attachments = _attached(world, message, body.get("attachments"), uploads)
    _check(body, message)
    _write(world, message, body)
    if _is_empty(message):
        raise Refusal(50006)
    return message


def rewrite(world: World, message: Message, body: Json, uploads: Uploads) -> None:
    """An edit: what is not mentioned stays. Nothing changes when it is refused."""
    flags = message.flags
    if body.get("flags") is not None:
        flags = (body["flags"] & _KEPT) | (message.flags & _SILENT)
        if message.flags & V2 and not flags & V2:
            raise Refusal(50035, "IS_COMPONENTS_V2 cannot be taken from a message")
    attachments = message.attachments
    if uploads or body.get("attachments") is not None:
        attachments = _attached(world, message, body.get("attachments"), uploads, standing=message.attachments)
    standing = {"content": message.content, "embeds": message.embeds, "components": message.components}
    wanted: Json = {**standing, **{name: body[name] for name in standing if name in body}}
    wanted["allowed_mentions"] = body.get("allowed_mentions")
    draft = Message(
        id=message.id, channel=message.channel, author=message.author, created_at=message.created_at, flags=flags,
        attachments=attachments,
    )  # fmt: skip
    _check(wanted, draft)
    _write(world, draft, wanted)
    if _is_empty(draft):
        raise Refusal(50006)
    for name in ("content", "embeds", "components", "flags", "attachments", "mention_everyone"):
        setattr(message, name, getattr(draft, name))
    message.mentions, message.mention_roles = draft.mentions, draft.mention_roles
    message.edited_at = world.now()


def _check(body: Json, message: Message) -> None:
    files = [one.filename for one in message.attachments]
    problems = limits.message_problems(body, files, v2=bool(message.flags & V2)) + limits.unicode_problems(body)
    if problems:
        raise Refusal(50035, *problems)


def _write(world: World, message: Message, body: Json) -> None:
    message.content = (body.get("content") or "").strip()
    message.embeds = [{"type": "rich", **embed} for embed in body.get("embeds") or []]
    message.components = components.numbered(body.get("components") or [])
    message.allowed_mentions = body.get("allowed_mentions")
    message.nonce = body.get("nonce")
    _mention(world, message)


def _is_empty(message: Message) -> bool:
    shown = message.content or message.embeds or message.attachments
    return not (shown or (message.flags & V2 and message.components))


def _attached(
    world: World,
    message: Message,
    described: list[Json] | None,
    uploads: Uploads,
    standing: list[Attachment] = [],  # noqa: B006  never changed
) -> list[Attachment]:
    """Those that stay, by their number, then the uploads, by the index they came under."""
    if any(len(content) > limits.FILE_BYTES for _, content in uploads):
        raise Refusal(40005)
    by_id = {str(one.id): one for one in standing}
    if described is None:
        described = [{"id": one} for one in by_id] + [{"id": index} for index in range(len(uploads))]
    made: list[Attachment] = []
    for one in described:
        key = str(one.get("id"))
        if key in by_id:
            made.append(by_id[key])
        elif key.isdecimal() and int(key) < len(uploads):
            name, content = uploads[int(key)]
            made.append(upload(world, message.channel, name, content, one.get("description")))
        else:
            raise Refusal(50035, f"there is no file for the attachment {key}")
    return made


def upload(world: World, channel: Channel, name: str, content: bytes, description: str | None = None) -> Attachment:
    """A file that can be fetched without a token, as from Discord's content network."""
    number = world.new_id()
    safe = re.sub(r"[^\w.-]", "_", name) or "unknown"
    url = f"{world.url}/attachments/{channel.id}/{number}/{safe}"
    made = Attachment(id=number, filename=safe, content=content, url=url, description=description)
    world.files[number] = made
    return made


# --- mentions


def _mention(world: World, message: Message) -> None:
    """Who is notified: what the text says, as far as `allowed_mentions` lets it."""
    allowed = message.allowed_mentions
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or ())
    text = "\n".join([message.content, *components.texts(message.components)])
    users = _numbers(r"<@!?(\d+)>", text, "users" in parse, (allowed or {}).get("users"))
    roles = _numbers(r"<@&(\d+)>", text, "roles" in parse, (allowed or {}).get("roles"))
    target = message.referenced
    if target is not None and (allowed is None or allowed.get("replied_user")):
        users.append(target.author.id)
    guild = message.channel.guild
    message.mentions = [user for user in (_user(world, number) for number in dict.fromkeys(users)) if user]
    message.mention_roles = [number for number in dict.fromkeys(roles) if _notifies(world, guild, message, number)]
    message.mention_everyone = (
        "everyone" in parse and bool(re.search("@(everyone|here)", text)) and _may_shout(world, guild, message)
    )


def _numbers(pattern: str, text: str, all_of_them: bool, listed: list[str] | None) -> list[int]:
    found = re.findall(pattern, text)
    return [int(number) for number in found if all_of_them or number in {str(one) for one in listed or ()}]


def _user(world: World, number: int) -> User | None:
    if number == world.bot_user.id:
        return world.bot_user
    return next((guild.members[number].user for guild in world.guilds.values() if number in guild.members), None)


def _notifies(world: World, guild: Guild | None, message: Message, number: int) -> bool:
    """Roles are looked for on all servers: a configuration may outlive the server that its role was on."""
    role = next((one.roles[number] for one in world.guilds.values() if number in one.roles), None)
    return role is not None and (role.mentionable or _may_shout(world, guild, message))


def _may_shout(world: World, guild: Guild | None, message: Message) -> bool:
    member = guild.members.get(message.author.id) if guild else None
    return Permission.MENTION_EVERYONE in world.granted(member, message.channel)
