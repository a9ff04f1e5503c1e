"""What people do in their clients. What a client would not let them do is an AssertionError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.fake_discord import components, forms, payloads
from tests.fake_discord.answering import Answering
from tests.fake_discord.components import Json
from tests.fake_discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction, begin, payload
from tests.fake_discord.model import Attachment, Channel, Guild, Member, Message, Role, User
from tests.fake_discord.permissions import Permission, permissions_of
from tests.fake_discord.world import World
from tests.fake_discord.writing import upload

_STRING, _INTEGER, _BOOLEAN, _FILE, _NUMBER = 3, 4, 5, 11, 10
_OPTION_TYPES: dict[int, type] = {_STRING: str, _INTEGER: int, _BOOLEAN: bool, _NUMBER: float}


class People:
    """The verbs. Those that the bot must answer return the interaction; nothing waits for the bot, except for its
    commands to be there."""

    def __init__(self, world: World, answering: Answering) -> None:
        self._world = world
        self._answering = answering

    # --- controls

    async def click(
        self,
        member: Member,
        message: Message,
        control: str,
        *,
        custom_id: str | None = None,
        same_id_as: Interaction | None = None,
    ) -> Interaction:
        """A button by its label, or by its id where it has none to tell it by.

        `custom_id` forges what no client would send; `same_id_as` delivers an interaction once more.
        """
        if same_id_as is not None:
            self._deliver(same_id_as)
            return same_id_as
        self._can_see(member, message)
        if custom_id is None:
            custom_id = _pressed(message, control)
        data = {"component_type": components.BUTTON, "custom_id": custom_id, "id": _number_of(message, custom_id)}
        return self._act(COMPONENT, member, message.channel, data, message=message)

    async def select(self, member: Member, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Choose from a menu."""
        self._can_see(member, message)
        menu = next((one for one in message.selects() if one["custom_id"] == custom_id), None)
        assert menu is not None, f"there is no menu {custom_id}"
        assert not menu.get("disabled"), f"the menu {custom_id} is disabled"
        offered = {option["value"] for option in menu.get("options", [])}
        assert set(values) <= offered, f"the menu offers {sorted(offered)}"
        assert menu.get("min_values", 1) <= len(values) <= menu.get("max_values", 1), f"{len(values)} choices"
        data = {"component_type": menu["type"], "custom_id": custom_id, "id": menu["id"], "values": list(values)}
        return self._act(COMPONENT, member, message.channel, data, message=message)

    async def submit(self, member: Member, form: Interaction, values: dict[str, forms.Value]) -> Interaction:
        """Send the form off that an interaction opened; inputs without a value keep what stood in them."""
        assert form.modal is not None, "no form was opened"
        assert form.member is member, f"the form was opened by {form.member.name}"
        data = forms.filled(form.modal, values, lambda name, content: self._uploaded(form.channel, name, content))
        return self._act(MODAL_SUBMIT, member, form.channel, data, message=form.message, source=form)

    # --- commands

    async def slash(self, member: Member, channel: Channel, name: str, **options: Any) -> Interaction:
        """Type a command; a file is given as (name, content)."""
        command = await self._command(member, channel, name, 1)
        known = {option["name"]: option for option in command.get("options", [])}
        assert options.keys() <= known.keys(), f"/{name} has the options {sorted(known)}"
        missing = [key for key, option in known.items() if option.get("required") and key not in options]
        assert not missing, f"/{name} needs {missing}"
        resolved: dict[str, Json] = {}
        given = [self._given(channel, known[key], value, resolved) for key, value in options.items()]
        data = {**_invoked(command), "options": given}
        if resolved:
            data["resolved"] = {"attachments": resolved}
        return self._act(COMMAND, member, channel, data)

    async def autocomplete(
        self, member: Member, channel: Channel, name: str, option: str, typed: str, **others: Any
    ) -> Interaction:
        """Begin to type an option: `choices` of the interaction are what the person is offered."""
        command = await self._command(member, channel, name, 1)
        known = {each["name"]: each for each in command.get("options", [])}
        assert known[option].get("autocomplete"), f"{option} of /{name} suggests nothing"
        given: list[Json] = [self._given(channel, known[key], value, {}) for key, value in others.items()]
        given.append({"type": known[option]["type"], "name": option, "value": typed, "focused": True})
        return self._act(AUTOCOMPLETE, member, channel, {**_invoked(command), "options": given})

    async def menu(self, member: Member, channel: Channel, name: str, target: Message) -> Interaction:
        """A command from the menu on a message; its content is told whatever the intents are."""
        command = await self._command(member, channel, name, 3)
        self._can_see(member, target)
        told = payloads.message(target, self._world.bot_user)
        data = {**_invoked(command), "target_id": str(target.id), "resolved": {"messages": {str(target.id): told}}}
        return self._act(COMMAND, member, channel, data)

    async def _command(self, member: Member, channel: Channel, name: str, kind: int) -> Json:
        guild = member.guild

        def found() -> Json | None:
            return next((one for one in guild.commands if (one["type"], one["name"]) == (kind, name)), None)

        await self._world.pulse.until(lambda: found() is not None, f"the command {name}")
        command = found()
        assert command is not None
        granted = permissions_of(member, channel)
        assert Permission.USE_APPLICATION_COMMANDS in granted, f"{member.name} may use no commands there"
        demanded = Permission(int(command.get("default_member_permissions") or 0))
        assert demanded in granted, f"{name} is hidden from {member.name}"
        return command

    def _given(self, channel: Channel, option: Json, value: Any, resolved: dict[str, Json]) -> Json:
        if option["type"] == _FILE:
            made = self._uploaded(channel, *value)
            resolved[str(made.id)] = payloads.attachment(made, ephemeral=True)
            return {"type": _FILE, "name": option["name"], "value": str(made.id)}
        assert isinstance(value, _OPTION_TYPES[option["type"]]), f"{option['name']} is not of the type of {value!r}"
        allowed = [choice["value"] for choice in option.get("choices", [])]
        assert not allowed or value in allowed, f"{option['name']} offers {allowed}"
        return {"type": option["type"], "name": option["name"], "value": value}

    def _uploaded(self, channel: Channel, name: str, content: bytes) -> Attachment:
        return upload(self._world, channel, name, content)

    # --- messages and reactions

    async def say(
        self,
        member: Member,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | None = None,
        mentions: Sequence[User | Member] = (),
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Message:
        assert self._may_write(member, channel), f"{member.name} may not write there"
        return self._say(member.user, channel, text, reply_to, mentions, files)

    async def webhook_say(self, channel: Channel, text: str) -> Message:
        """Something automatic speaks; its author is no member."""
        author = User(id=self._world.new_id(), name="webhook", bot=True)
        mentions = [self._world.bot_user] if f"<@{self._world.bot_user.id}>" in text else []
        return self._say(author, channel, text, None, mentions, (), webhook_id=author.id)

    async def dm(self, person: Member | User, text: str) -> Message:
        user = person.user if isinstance(person, Member) else person
        return self._say(user, self._world.direct(user), text, None, (), ())

    def _say(
        self, author: User, channel: Channel, text: str, reply_to: Message | None,
        mentions: Sequence[User | Member], files: Sequence[tuple[str, bytes]], **fields: Any,
    ) -> Message:  # fmt: skip
        if reply_to is not None:
            fields |= {"reference": reply_to.id, "referenced": reply_to, "type": 19}
        message = Message(
            id=self._world.new_id(), channel=channel, author=author, created_at=self._world.now(), content=text,
            mentions=[one.user if isinstance(one, Member) else one for one in mentions],
            attachments=[self._uploaded(channel, *file) for file in files], **fields,
        )  # fmt: skip
        return self._world.add_message(message)

    async def react(self, member: Member, message: Message, emoji: str) -> None:
        self._can_see(member, message)
        assert not message.ephemeral, "nobody can react to what only one person sees"
        self._world.react(message, member.user, emoji)

    async def unreact(self, member: Member, message: Message, emoji: str) -> None:
        self._world.unreact(message, member.id, emoji)

    # --- what moderators do

    async def delete_message(self, message: Message) -> None:
        self._world.remove_message(message)

    async def delete_channel(self, channel: Channel) -> None:
        """A channel with its threads, or one thread."""
        guild = channel.guild
        assert guild is not None
        for thread in [one for one in guild.threads.values() if channel in {one, one.parent}]:
            del guild.threads[thread.id], self._world.channels[thread.id]
            if channel is thread:
                self._world.thread_deleted(thread)
        if guild.channels.pop(channel.id, None) is not None:
            del self._world.channels[channel.id]
            self._world.channel_changed("CHANNEL_DELETE", channel)

    async def kick_bot(self, guild: Guild) -> None:
        guild.remove_bot()
        self._world.guild_left(guild)

    async def invite_bot(self, guild: Guild) -> None:
        guild.add_bot()
        self._world.guild_joined(guild)

    async def set_roles(self, member: Member, roles: Sequence[Role]) -> None:
        member.roles = list(roles)
        self._world.member_changed(member)

    # --- common

    def _act(
        self, kind: int, member: Member, channel: Channel, data: Json,
        *, message: Message | None = None, source: Interaction | None = None,
    ) -> Interaction:  # fmt: skip
        interaction = begin(self._world, kind, member, channel, data, message=message, source=source)
        self._answering.expect(interaction)
        self._deliver(interaction)
        return interaction

    def _deliver(self, interaction: Interaction) -> None:
        if interaction.member.guild.has_bot:
            self._world.gateway.dispatch("INTERACTION_CREATE", payload(interaction))

    def _can_see(self, member: Member, message: Message) -> None:
        if message.ephemeral:
            assert message.seen_by is member.user, f"{member.name} does not see this message"
            return
        assert message.id in message.channel.messages, "the message was deleted"
        assert Permission.VIEW_CHANNEL in permissions_of(member, message.channel), f"{member.name} cannot see it"

    def _may_write(self, member: Member, channel: Channel) -> bool:
        needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        return needed in permissions_of(member, channel)


def _pressed(message: Message, control: str) -> str:
    standing = message.buttons()
    found = next((one for one in standing if control in {one.label, one.custom_id}), None)
    assert found is not None, f"there is no button {control!r} among {[one.label for one in standing]}"
    assert not found.disabled, f"the button {control!r} is disabled"
    assert found.custom_id is not None, f"the button {control!r} opens an address"
    return found.custom_id


def _number_of(message: Message, custom_id: str) -> int:
    """The component's number on its message; 1 for one that is not there."""
    standing = components.walk(message.components)
    return next((int(one["id"]) for one in standing if one.get("custom_id") == custom_id), 1)


def _invoked(command: Json) -> Json:
    return {"id": command["id"], "name": command["name"], "type": command["type"], "guild_id": command["guild_id"]}
