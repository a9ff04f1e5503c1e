"""The connection: lost, refused, blocked; nothing that happened meanwhile is lost."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.review import State
from bot.errors import BotError
from tests.chats.discord.conftest import Team, team_on, told
from tests.fake_discord import FakeDiscord
from tests.world import World


async def test_11_a_lost_connection_is_resumed_and_no_click_is_lost(team: Team) -> None:
    review, message = await team.card()
    await team.discord.drop_gateway(4000)
    click = await team.discord.click(team.alice, message, "Approve")
    await told(click)
    await team.work()
    assert await team.state(review) is State.SENT


async def test_11_an_invalid_session_begins_a_new_one(team: Team) -> None:
    _, message = await team.card()
    before = team.discord.connections
    await team.discord.invalidate_sessions()
    await team.discord.until(lambda: team.discord.connections > before)
    await told(await team.discord.click(team.alice, message, "Approve"))


async def test_11_a_malformed_event_ends_the_client_and_a_new_one_takes_over(team: Team) -> None:
    review, message = await team.card()
    before = team.discord.connections
    await team.discord.send_raw("MESSAGE_REACTION_ADD", {"user_id": "x", "channel_id": None})
    for _ in range(3):
        await asyncio.sleep(0)
    await team.discord.until(lambda: _woken(team, before))
    await told(await team.discord.click(team.alice, message, "Approve"))
    await team.work()
    assert await team.state(review) is State.SENT


def _woken(team: Team, before: int) -> bool:
    team.world.clock.advance(1)  # the pause before the next try
    return team.discord.connections > before


@pytest.mark.parametrize(("code", "words"), [(4004, "token"), (4014, "Message Content")])
async def test_11_what_only_a_person_can_mend_stops_this_platform_with_one_sentence(
    team: Team, code: int, words: str
) -> None:
    await team.discord.drop_gateway(code)
    assert team.serving is not None
    with pytest.raises(ExceptionGroup) as caught:
        await team.serving
    (error,) = caught.value.exceptions
    assert isinstance(error, BotError)
    assert words in str(error)
    review = await team.world.review_in(State.PENDING)
    with pytest.raises(BotError, match=words):
        await team.world.posting(review.id)


async def test_11_a_wrong_token_stops_it_too(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world, token="wrong.token.here") as team:
        assert team.serving is not None
        with pytest.raises(ExceptionGroup) as caught:
            await team.serving
        assert "token" in str(caught.value.exceptions[0])


async def test_12_a_reaction_made_while_the_bot_was_away_is_heard_afterwards(
    discord: FakeDiscord, world: World
) -> None:
    async with team_on(discord, world) as team:
        review, message = await team.card()
        await team.chat.close()
        await discord.react(team.alice, message, "✅")
        await discord.react(team.mallory, message, "🗑️")
        again = type(team.chat)(team.settings, discord.token, clock=world.clock)
        world.use_chats(again)
        await again.open()
        serving = asyncio.create_task(world.desk.attend(again))
        await discord.until(lambda: not message.reactions)
        await team.work()
        assert await team.state(review) is State.SENT
        await again.close()
        await serving


async def test_12_a_card_deleted_while_the_bot_was_away_comes_again(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world) as team:
        review, message = await team.card()
        await team.card(2)
        await team.chat.close()
        await discord.delete_message(message)
        world.jobs.clear()
        again = type(team.chat)(team.settings, discord.token, clock=world.clock)
        world.use_chats(again)
        await again.open()
        serving = asyncio.create_task(world.desk.attend(again))
        await discord.until(lambda: bool(world.jobs))
        await team.work()
        assert (await team.message_of(review)).id != message.id
        await again.close()
        await serving


async def test_18_refused_commands_leave_the_buttons_working(discord: FakeDiscord, world: World) -> None:
    discord.faults.add(route="PUT /applications/{}/guilds/{}/commands", kind="403", times=9)
    async with team_on(discord, world) as team:
        review, message = await team.card()
        await told(await team.discord.click(team.alice, message, "Approve"))
        await team.work()
        assert await team.state(review) is State.SENT


async def test_commands_are_written_only_when_they_changed(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world) as team:
        await discord.until(lambda: len(team.guild.commands) == 8)
        before = sum(request.method == "PUT" for request in discord.requests)
        connections = discord.connections
        await discord.invalidate_sessions()
        await discord.until(lambda: discord.connections > connections)
        await told(await discord.slash(team.alice, team.channel, "status"))
        assert sum(request.method == "PUT" for request in discord.requests) == before
