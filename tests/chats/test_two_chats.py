"""One review in two chats at once: the first decision wins, the other card says who, and one note is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.domain.review import State
from tests.chats.discord.conftest import Team as DiscordTeam
from tests.chats.discord.conftest import team_on as on_discord
from tests.chats.discord.conftest import told
from tests.chats.matrix.conftest import FlyingClock
from tests.chats.matrix.conftest import Team as MatrixTeam
from tests.chats.matrix.conftest import team_on as on_matrix
from tests.fake_discord import FakeDiscord
from tests.synapse.homeserver import Homeserver
from tests.world import World

pytestmark = pytest.mark.synapse


@pytest.fixture
def clock() -> FlyingClock:
    return FlyingClock()


@dataclass
class Both:
    matrix: MatrixTeam
    discord: DiscordTeam


@pytest.fixture
async def both(homeserver: Homeserver, world: World) -> AsyncIterator[Both]:
    async with (
        FakeDiscord.start(clock=world.clock) as fake,
        on_matrix(homeserver, world) as matrix,
        on_discord(fake, world) as discord,
    ):
        world.use_chats(matrix.chat, discord.chat)
        yield Both(matrix, discord)


async def test_a_decision_on_matrix_is_shown_on_discord(both: Both) -> None:
    review, event = await both.matrix.card()
    await both.matrix.told(await both.matrix.alice.react(both.matrix.room, event, "✅"))
    async with asyncio.timeout(2):
        await both.matrix.work()
    assert len(both.matrix.sent()) == 1
    shown = (await both.discord.message_of(review)).text().replace("\\", "")  # which keep the name from being markup
    assert both.matrix.alice.user_id in shown
    assert "matrix" in shown.casefold()
    assert await both.matrix.state(review) is State.SENT


async def test_a_decision_on_discord_is_shown_on_matrix(both: Both) -> None:
    review, event = await both.matrix.card()
    await told(await both.discord.discord.click(both.discord.alice, await both.discord.message_of(review), "Approve"))
    async with asyncio.timeout(2):
        await both.matrix.work()
    assert len(both.matrix.sent()) == 1
    body = (await both.matrix.shown(event))["body"]
    assert "alice: approved in discord" in body
    assert "already" in await both.matrix.told(await both.matrix.bob.react(both.matrix.room, event, "🗑️"))


async def test_an_edit_and_a_pause_act_on_both(both: Both) -> None:
    review, event = await both.matrix.card()
    await both.matrix.told(await both.matrix.alice.reply(both.matrix.room, event, "My own words."))
    await both.matrix.work()
    assert "My own words." in (await both.discord.message_of(review)).text()
    await both.matrix.told(await both.matrix.alice.say(both.matrix.room, "!gpt pause group/project"))
    other = await both.matrix.world.review_in(State.PENDING, number=2)
    await both.matrix.world.posting(other.id)
    assert len(await both.matrix.cards()) == 1
    assert len(both.discord.channel.messages) == 1
