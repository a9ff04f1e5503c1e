"""A team on the fake Discord: the real client, the real services and store, and people who click."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.chats.discord import DiscordChat
from bot.domain.review import Draft, Review, State
from bot.errors import BotError
from bot.settings import DiscordSettings
from tests.fake_discord import Channel, FakeDiscord, Guild, Interaction, Member, Message, Role
from tests.world import World

Connected = Callable[..., Awaitable["Team"]]


@dataclass
class Team:
    """Alice and Bob decide, Mallory does not; `channel` is where the cards come."""

    world: World
    discord: FakeDiscord
    guild: Guild
    role: Role
    alice: Member
    bob: Member
    mallory: Member
    channel: Channel
    settings: DiscordSettings
    chat: DiscordChat
    failures: list[BotError] = field(default_factory=list)
    serving: asyncio.Task[None] | None = None

    async def card(self, number: int = 1, text: str = "Please restart it.", **fields: Any) -> tuple[Review, Message]:
        """A review that waits, and its card in the channel."""
        review = await self.world.review_in(State.PENDING, number=number, text=text, **fields)
        await self.world.posting(review.id)
        return review, await self.message_of(review)

    async def message_of(self, review: Review) -> Message:
        async with self.world.store.read() as tx:
            posts = [post for post in await tx.posts(review.id) if post.chat == "discord" and post.id]
        number, channel = int(posts[0].id), self.guild.channels[int(posts[0].channel)]
        return channel.messages[number] if channel.kind == "text" else self.guild.threads[number].messages[number]

    async def work(self) -> None:
        """Carry out the jobs that were made, as the engine would, until there are none."""
        jobs = self.world.jobs
        while jobs:
            job = jobs.pop(0)
            try:
                await self.world.carry_out(job)
            except BotError as error:
                self.failures.append(error)

    async def state(self, review: Review) -> State:
        return (await self.world.reload(review)).state

    async def draft(self, review: Review) -> Draft:
        return await self.world.draft(await self.world.reload(review))

    def sent(self) -> list[str]:
        """The bodies that reached the tracker."""
        return [body for _, body in self.world.tracker.replies]


@asynccontextmanager
async def team_on(
    discord: FakeDiscord, world: World, *, kind: str = "text", token: str | None = None, **settings: Any
) -> AsyncIterator[Team]:
    """The chat is connected when this begins; `settings` are those of [discord]."""
    guild = discord.add_guild("Team")
    role = guild.add_role("Maintainers")
    channel = guild.add_channel("issues", kind)
    configured = DiscordSettings(guild=guild.id, channel=channel.id, **{"reviewer_roles": [role.id], **settings})
    others = [str(number) for number in configured.languages]
    chat = DiscordChat(configured, token or discord.token, clock=world.clock, channels=others)
    team = Team(
        world=world, discord=discord, guild=guild, role=role, channel=channel, settings=configured, chat=chat,
        alice=guild.add_member("alice", [role]), bob=guild.add_member("bob", [role], locale="fr"),
        mallory=guild.add_member("mallory"),
    )  # fmt: skip
    world.use_chats(chat)
    async with AsyncExitStack() as stack:
        stack.enter_context(discord.patched())
        await chat.open()
        team.serving = asyncio.create_task(world.desk.attend(chat))
        stack.push_async_callback(asyncio.wait, [team.serving])
        stack.push_async_callback(chat.close)
        yield team


@pytest.fixture
async def discord(world: World) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord.start(clock=world.clock) as fake:
        yield fake
        assert fake.problems == []


@pytest.fixture
async def team(discord: FakeDiscord, world: World) -> AsyncIterator[Team]:
    async with team_on(discord, world) as made:
        yield made


async def told(interaction: Interaction, count: int = 1) -> str:
    """What the person was told, after so many messages."""
    await interaction.replied(count)
    return "\n".join(text for message in interaction.messages for text in message.texts())
