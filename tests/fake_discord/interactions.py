"""One act of a person that the bot has to answer, and what the person got to see."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fake_discord import payloads
from tests.fake_discord.components import Json
from tests.fake_discord.model import Channel, Member, Message
from tests.fake_discord.permissions import permissions_of
from tests.fake_discord.world import World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
PATIENCE = timedelta(seconds=3)
LIFETIME = timedelta(minutes=15)


@dataclass(eq=False, slots=True, kw_only=True)
class Interaction:
    """`messages` are all that the person was shown in answer; `modal` the form that opened, `choices` the suggestions.

    `message` is where the control stood, `source` the interaction that opened the form which this one submits.
    """

    id: int
    token: str
    type: int
    member: Member
    channel: Channel
    data: Json
    created_at: datetime
    world: World = field(repr=False)
    message: Message | None = None
    source: Interaction | None = None
    response: int | None = None
    messages: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] = field(default_factory=list)
    original: Message | None = None
    original_id: int = 0
    loading: bool = False
    loading_ephemeral: bool = False

    @property
    def acknowledged(self) -> bool:
        return self.response is not None

    @property
    def late(self) -> bool:
        return self.world.now() - self.created_at > PATIENCE

    @property
    def failed(self) -> bool:
        """The person was told that the application did not respond."""
        return self.late and not self.acknowledged

    @property
    def expired(self) -> bool:
        return self.world.now() - self.created_at > LIFETIME

    async def settled(self) -> None:
        """Until the bot has acknowledged it in any way."""
        await self._until(lambda: self.acknowledged)

    async def replied(self, count: int = 1) -> None:
        """Until the person has been shown so many messages; a form counts for the first."""
        await self._until(lambda: len(self.messages) >= count or (count == 1 and self.modal is not None))

    async def _until(self, predicate: Callable[[], bool]) -> None:
        await self.world.pulse.until(lambda: self.failed or predicate(), f"an answer to {self.data}")
        assert not self.failed, f"the application did not respond to {self.data}"


def begin(
    world: World, kind: int, member: Member, channel: Channel, data: Json,
    *, message: Message | None = None, source: Interaction | None = None,
) -> Interaction:  # fmt: skip
    made = Interaction(
        id=world.new_id(), token=f"aW50ZXJhY3Rpb24{uuid.uuid4().hex}", type=kind, member=member, channel=channel,
        data=data, created_at=world.now(), world=world, message=message, source=source,
    )  # fmt: skip
    made.original_id = world.new_id()
    return made


def payload(one: Interaction) -> Json:
    """As INTERACTION_CREATE tells it; a form repeats the message whose control opened it."""
    guild = one.member.guild
    app = permissions_of(guild.bot, one.channel) if guild.has_bot else 0
    here = {**payloads.channel(one.channel), "permissions": str(int(permissions_of(one.member, one.channel)))}
    told: Json = {
        "id": str(one.id),
        "application_id": str(one.world.application_id),
        "type": one.type,
        "token": one.token,
        "version": 1,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "channel_id": str(one.channel.id),
        "channel": here,
        "member": payloads.member_in(one.member, one.channel),
        "locale": one.member.user.locale,
        "app_permissions": str(int(app)),
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id)},
        "context": 0,
        "attachment_size_limit": 10 << 20,
        "data": one.data,
    }
    if one.message is not None:
        told["message"] = payloads.message(one.message, one.world.bot_user)
    return told


def metadata(one: Interaction) -> Json:
    """What an answer says about the act that it answers."""
    told: Json = {
        "id": str(one.id),
        "type": one.type,
        "user": payloads.user(one.member.user),
        "authorizing_integration_owners": {"0": str(one.member.guild.id)},
    }
    if one.type == COMPONENT and one.message is not None:
        told["interacted_message_id"] = str(one.message.id)
    if one.type == MODAL_SUBMIT and one.source is not None:
        told["triggering_interaction_metadata"] = metadata(one.source)
    return told
