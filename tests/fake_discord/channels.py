"""The routes of channels: messages, reactions, threads, tags."""

from __future__ import annotations

from typing import Any

from tests.fake_discord import limits, payloads
from tests.fake_discord.call import Call, Route
from tests.fake_discord.components import Json
from tests.fake_discord.errors import Refusal
from tests.fake_discord.model import KINDS, Channel, Message, Tag
from tests.fake_discord.permissions import EVERYTHING, Permission, permissions_of
from tests.fake_discord.world import World
from tests.fake_discord.writing import Uploads, compose, rewrite

_MINUTES = frozenset({60, 1440, 4320, 10080})
_THREAD_STARTER = 21


class Channels:
    """Every handler refuses first and changes afterwards."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        messages = "/channels/{channel}/messages"
        reactions = f"{messages}/{{message}}/reactions"
        return [
            ("GET", "/channels/{channel}", self._get),
            ("PATCH", "/channels/{channel}", self._patch),
            ("POST", "/channels/{channel}/threads", self._post_in_forum),
            ("POST", messages, self._create),
            ("GET", messages, self._history),
            ("GET", f"{messages}/{{message}}", self._message),
            ("PATCH", f"{messages}/{{message}}", self._edit),
            ("DELETE", f"{messages}/{{message}}", self._delete),
            ("POST", f"{messages}/{{message}}/threads", self._open_thread),
            ("DELETE", reactions, self._clear_reactions),
            ("GET", f"{reactions}/{{emoji}}", self._who_reacted),
            ("PUT", f"{reactions}/{{emoji}}/@me", self._react),
            ("DELETE", f"{reactions}/{{emoji}}/@me", self._unreact),
            ("DELETE", f"{reactions}/{{emoji}}/{{user}}", self._take_reaction),
        ]

    # --- messages

    def _create(self, call: Call) -> Json:
        channel = self._place(call, Permission.SEND_MESSAGES)
        body = call.body
        enforced = body.get("enforce_nonce") and body.get("nonce") is not None
        if enforced and not limits.nonce_problems(body["nonce"]):
            known = self._world.remembered(body["nonce"])
            if known is not None:
                return self._world.shown(known)
        message = compose(self._world, channel, body, call.uploads, **self._reference(channel, body))
        self._may_attach(channel, message)
        self._world.add_message(message)
        if body.get("nonce") is not None:
            self._world.remember(body["nonce"], message)
        return self._world.shown(message)

    def _place(self, call: Call, sending: Permission) -> Channel:
        """Where messages can be written; threads have a permission of their own for it."""
        channel = self._world.channels.get(call.number("channel"))
        if channel is not None and channel.is_thread:
            sending = Permission.SEND_MESSAGES_IN_THREADS
        channel = self._world.channel(call.number("channel"), sending)
        if channel.kind in {"forum", "category"}:
            raise Refusal(50008)
        if channel.locked and Permission.MANAGE_THREADS not in self._granted(channel):
            raise Refusal(50013)
        return channel

    def _granted(self, channel: Channel) -> Permission:
        return permissions_of(channel.guild.bot, channel) if channel.guild else EVERYTHING

    def _may_attach(self, channel: Channel, message: Message) -> None:
        if message.attachments and Permission.ATTACH_FILES not in self._granted(channel):
            raise Refusal(50013)
        if message.embeds and Permission.EMBED_LINKS not in self._granted(channel):
            message.embeds = []  # as Discord does: the message comes, without them

    def _reference(self, channel: Channel, body: Json) -> dict[str, Any]:
        asked = body.get("message_reference")
        if not asked:
            return {}
        number = int(asked["message_id"])
        if int(asked.get("channel_id") or channel.id) != channel.id:
            raise Refusal(50035, "message_reference: a reply stands in the channel of what it replies to")
        target = channel.messages.get(number)
        if target is None:
            if asked.get("fail_if_not_exists", True):
                raise Refusal(50035, "message_reference: Unknown message")
            return {}
        if Permission.READ_MESSAGE_HISTORY not in self._granted(channel):
            raise Refusal(50013)
        return {"reference": number, "referenced": target, "type": 19}

    def _history(self, call: Call) -> list[Json]:
        """Newest first, whatever was asked for; without the permission to read it there is none."""
        channel = self._world.channel(call.number("channel"))
        limit = call.count("limit", 50, 100)
        if Permission.READ_MESSAGE_HISTORY not in self._granted(channel):
            return []
        numbers = list(channel.messages)
        if "before" in call.query:
            before = int(call.query["before"])
            numbers = [number for number in numbers if number < before][-limit:]
        elif "after" in call.query:
            after = int(call.query["after"])
            numbers = [number for number in numbers if number > after][:limit]
        else:
            numbers = numbers[-limit:]
        return [self._world.shown(channel.messages[number]) for number in reversed(numbers)]

    def _message(self, call: Call) -> Json:
        return self._world.shown(self._found(call, Permission.READ_MESSAGE_HISTORY))

    def _found(self, call: Call, *wanted: Permission) -> Message:
        channel = self._world.channel(call.number("channel"), *wanted)
        return self._world.message(channel, call.number("message"))

    def _edit(self, call: Call) -> Json:
        message = self._found(call)
        if message.channel.archived:
            raise Refusal(50083)
        if message.author is not self._world.bot_user:
            raise Refusal(50005)
        rewrite(self._world, message, call.body, call.uploads)
        self._world.message_told("MESSAGE_UPDATE", message)
        return self._world.shown(message)

    def _delete(self, call: Call) -> None:
        message = self._found(call)
        if message.author is not self._world.bot_user:
            message = self._found(call, Permission.MANAGE_MESSAGES)
        if message.channel.archived:
            raise Refusal(50083)
        self._world.remove_message(message)

    # --- reactions

    def _react(self, call: Call) -> None:
        message = self._found(call, Permission.READ_MESSAGE_HISTORY)
        if call.text("emoji") not in message.reactions:
            message = self._found(call, Permission.ADD_REACTIONS)
        self._world.react(message, self._world.bot_user, call.text("emoji"))

    def _unreact(self, call: Call) -> None:
        self._world.unreact(self._found(call), self._world.bot_user.id, call.text("emoji"))

    def _take_reaction(self, call: Call) -> None:
        message = self._found(call, Permission.MANAGE_MESSAGES)
        self._world.unreact(message, call.number("user"), call.text("emoji"))

    def _clear_reactions(self, call: Call) -> None:
        self._world.clear_reactions(self._found(call, Permission.MANAGE_MESSAGES))

    def _who_reacted(self, call: Call) -> list[Json]:
        message = self._found(call, Permission.READ_MESSAGE_HISTORY)
        after = int(call.query.get("after", "0"))
        by = sorted(message.reactions.get(call.text("emoji"), {}).items())
        people = [user for number, user in by if number > after]
        return [payloads.user(user) for user in people[: call.count("limit", 25, 100)]]

    # --- channels and threads

    def _get(self, call: Call) -> Json:
        return payloads.channel(self._world.channel(call.number("channel")))

    def _patch(self, call: Call) -> Json:
        channel = self._world.channel(call.number("channel"))
        self._refuse(limits.thread_problems(call.body) + limits.unicode_problems(call.body))
        if channel.is_thread:
            self._change_thread(channel, call.body)
            self._world.channel_changed("THREAD_UPDATE", channel)
        else:
            self._world.channel(channel.id, Permission.MANAGE_CHANNELS)
            self._change_channel(channel, call.body)
            self._world.channel_changed("CHANNEL_UPDATE", channel)
        return payloads.channel(channel)

    def _change_thread(self, thread: Channel, body: Json) -> None:
        """An archived thread must be reopened in the same request, before anything else about it can change."""
        manages = Permission.MANAGE_THREADS in self._granted(thread)
        if thread.archived and body.get("archived", True):
            raise Refusal(50083)
        if not manages and (thread.owner_id != self._world.bot_user.id or thread.locked or "locked" in body):
            raise Refusal(50013)
        tags = self._tags(thread.parent, body, manages=manages, default=thread.applied_tags)
        thread.name = body.get("name") or thread.name
        thread.archived = body.get("archived", thread.archived)
        thread.locked = body.get("locked", thread.locked)
        thread.archive_minutes = self._minutes(body, thread.archive_minutes)
        thread.applied_tags = tags

    def _change_channel(self, channel: Channel, body: Json) -> None:
        channel.name = body.get("name") or channel.name
        if "available_tags" in body:
            wanted = body["available_tags"]
            self._refuse(limits.tag_problems(wanted))
            channel.tags = [
                Tag(
                    id=int(one.get("id") or self._world.new_id()),
                    name=one["name"],
                    moderated=bool(one.get("moderated")),
                )
                for one in wanted
            ]

    def _open_thread(self, call: Call) -> Json:
        channel = self._world.channel(call.number("channel"), Permission.CREATE_PUBLIC_THREADS)
        message = self._world.message(channel, call.number("message"))
        if message.thread is not None:
            raise Refusal(160004)
        self._refuse(limits.thread_problems(call.body) + limits.unicode_problems(call.body))
        minutes = self._minutes(call.body, 4320)
        thread = self._world.add_thread(
            channel, message.id, call.body["name"], self._world.bot_user, archive_minutes=minutes
        )
        message.thread = thread
        self._world.message_told("MESSAGE_UPDATE", message)
        # What a person sees on top of the thread: a message that only points to the one it hangs on.
        starter = Message(
            id=self._world.new_id(), channel=thread, author=message.author, created_at=self._world.now(),
            type=_THREAD_STARTER, reference=message.id, referenced=message,
        )  # fmt: skip
        self._world.add_message(starter)
        return payloads.channel(thread)

    def _post_in_forum(self, call: Call) -> Json:
        """A post is a thread; its first message has the thread's own number."""
        forum = self._world.channel(call.number("channel"), Permission.SEND_MESSAGES)
        if forum.kind != "forum":
            raise Refusal(50035, f"{KINDS[forum.kind]} is not the type of a forum")
        body: Json = call.body
        self._refuse(limits.thread_problems(body) + limits.unicode_problems(body))
        manages = Permission.MANAGE_THREADS in self._granted(forum)
        tags = self._tags(forum, body, manages=manages, default=[])
        number = self._world.new_id()
        first = self._first_message(forum, number, body.get("message") or {}, call.uploads)
        thread = self._world.add_thread(
            forum, number, body["name"], self._world.bot_user, applied_tags=tags,
            archive_minutes=self._minutes(body, 4320),
        )  # fmt: skip
        first.channel = thread
        self._world.add_message(first)
        return {**payloads.channel(thread), "message": self._world.shown(first)}

    def _first_message(self, forum: Channel, number: int, body: Json, uploads: Uploads) -> Message:
        message = compose(self._world, forum, body, uploads, id=number)
        self._may_attach(forum, message)
        return message

    def _tags(self, forum: Channel | None, body: Json, *, manages: bool, default: list[int]) -> list[int]:
        tags = [int(number) for number in body.get("applied_tags") or []] if "applied_tags" in body else default
        if forum is None or forum.kind != "forum":
            return tags
        known = {tag.id: tag for tag in forum.tags}
        self._refuse([f"there is no tag {number}" for number in tags if number not in known])
        if forum.require_tag and not tags:
            raise Refusal(40067)
        if not manages and any(known[number].moderated for number in set(tags) ^ set(default)):
            raise Refusal(50013)
        return tags

    def _minutes(self, body: Json, default: int) -> int:
        minutes = body.get("auto_archive_duration") or default
        self._refuse([] if minutes in _MINUTES else [f"a thread is not archived after {minutes} minutes"])
        return int(minutes)

    def _refuse(self, problems: list[str]) -> None:
        if problems:
            raise Refusal(50035, *problems)
