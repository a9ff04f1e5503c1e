"""What is left of the hostile conditions; numbers are those of the list in docs/discord.md."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from bot.domain.review import State
from bot.errors import Permanent, Temporary
from bot.settings import DiscordSettings
from tests.chats.discord.conftest import Team, team_on, told
from tests.fake_discord import FakeDiscord
from tests.world import World

CREATE = "POST /channels/{}/messages"
CALLBACK = "POST /interactions/{}/{}/callback"


async def test_2_an_approval_while_a_new_draft_is_written_is_refused(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.alice, message, "Regenerate")
    await form.replied()
    await told(await team.discord.submit(team.alice, form, {"text": ""}))
    late = await team.discord.click(team.bob, message, "Approve")
    assert "alice" in await told(late)
    await team.work()
    assert team.sent() == []
    assert await team.state(review) is State.PENDING


async def test_5_a_crash_between_the_decision_and_the_note_or_the_card_is_made_good(team: Team) -> None:
    """What the process that died had to do stands in the rows: here the sweep does it."""
    review, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Approve"))
    team.world.jobs.clear()  # they died with the process
    team.world.clock.advance(timedelta(minutes=2))
    async with team.world.store.read() as tx:
        assert [r.id for r in await tx.due(team.world.clock.now())] == [review.id]
        assert [r.id for r in await tx.unposted(team.world.clock.now())] == [review.id]
    await team.world.delivery(review.id)
    team.world.jobs.clear()
    await team.world.posting(review.id)
    assert len(team.sent()) == 1
    assert "sent" in (await team.message_of(review)).text()


async def test_6_a_click_on_a_month_old_card_after_a_restart_counts(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world) as team:
        review, message = await team.card()
        await team.chat.close()
        assert team.serving is not None
        await team.serving
        world.clock.advance(timedelta(days=31))
        again = type(team.chat)(team.settings, discord.token, clock=world.clock)
        world.use_chats(again)
        before = discord.connections
        await again.open()
        serving = asyncio.create_task(world.desk.attend(again))
        await discord.until(lambda: discord.connections > before)
        await told(await discord.click(team.alice, message, "Approve"))
        await team.work()
        assert await team.state(review) is State.SENT
        await again.close()
        await serving


@pytest.mark.parametrize("roles", [[], [5]])
def test_10_nobody_or_everybody_as_reviewer_is_refused(roles: list[int]) -> None:
    with pytest.raises(ValueError, match=r"nobody may decide|names @everyone"):
        DiscordSettings(guild=5, channel=6, reviewer_roles=roles)


async def test_13_a_heartbeat_that_nobody_acknowledges_ends_in_a_new_connection(team: Team) -> None:
    _, message = await team.card()
    before = team.discord.connections
    team.discord.gateway.acknowledges, team.discord.gateway.heartbeat_seconds = False, 0.05
    team.chat.connected._connection.heartbeat_timeout = 0.2  # the library's minute
    await team.discord.invalidate_sessions()
    await team.discord.until(lambda: team.discord.connections > before + 1)
    team.discord.gateway.acknowledges = True
    await told(await team.discord.click(team.alice, message, "Approve"))


async def test_14_a_card_whose_post_crashed_is_found_by_the_next_process(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world) as team:
        review = await world.review_in(State.PENDING)
        discord.faults.add(route=CREATE, kind="drop_after")
        with pytest.raises(Temporary):
            await world.posting(review.id)
        await team.chat.close()
        again = type(team.chat)(team.settings, discord.token, clock=world.clock)
        world.use_chats(again)
        await again.open()
        await world.posting(review.id)
        assert len(team.channel.messages) == 1
        await again.close()


async def test_15_a_global_limit_is_waited_out(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.discord.faults.add(route=CREATE, kind="429_global")
    await team.world.posting(review.id)
    assert len(team.channel.messages) == 1


@pytest.mark.parametrize("right", ["view_channel", "send_messages"])
async def test_16_a_right_that_is_taken_away_is_named_and_nothing_is_lost(team: Team, right: str) -> None:
    review = await team.world.review_in(State.PENDING)
    team.channel.deny(right)
    with pytest.raises(Permanent, match="gepettto check"):
        await team.world.posting(review.id)
    team.channel.allow(right)
    team.world.clock.advance(timedelta(minutes=6))
    await team.world.posting(review.id)
    assert len(team.channel.messages) == 1


async def test_16_a_thread_that_is_closed_to_the_bot_does_not_keep_the_card_from_being_true(team: Team) -> None:
    review, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Thread"))
    team.channel.deny("send_messages_in_threads")
    form = await team.discord.click(team.bob, message, "Dismiss")
    await form.replied()
    await told(await team.discord.submit(team.bob, form, {"text": "a duplicate"}))
    await team.work()
    assert team.failures == []
    assert "dismissed" in (await team.message_of(review)).text()


async def test_16_a_deleted_thread_does_not_either(team: Team) -> None:
    review, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Thread"))
    await team.discord.delete_channel(team.guild.threads[message.id])
    await told(await team.discord.click(team.bob, message, "Approve"))
    await team.work()
    assert team.failures == []
    assert "sent" in (await team.message_of(review)).text()


async def test_16_a_deleted_card_that_nobody_needs_any_more_stays_deleted(team: Team) -> None:
    review, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Approve"))
    await team.work()
    team.world.jobs.clear()
    await team.discord.delete_message(message)
    await team.discord.until(lambda: bool(team.world.jobs))
    await team.work()
    assert await team.state(review) is State.SENT
    assert team.channel.messages == {}


async def test_17_a_decision_counts_although_its_acknowledgement_came_too_late(team: Team) -> None:
    """The answer of Discord is "unknown interaction"; the person sees the card change."""
    review, message = await team.card()
    slow, before = team.discord.faults.add(route=CALLBACK, kind="slow"), len(team.world.jobs)
    click = await team.discord.click(team.alice, message, "Approve")
    await slow.reached.wait()
    team.world.clock.advance(4)
    slow.gate.set()
    await team.discord.until(lambda: len(team.world.jobs) > before)
    await team.work()
    assert click.failed
    assert len(team.sent()) == 1
    assert "sent" in (await team.message_of(review)).text()


async def test_17_what_takes_a_quarter_of_an_hour_reaches_the_card_without_the_interaction(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.alice, message, "Regenerate")
    await form.replied()
    await told(await team.discord.submit(team.alice, form, {"text": "shorter"}))
    team.world.clock.advance(timedelta(minutes=16))
    await team.work()
    assert (await team.draft(review)).number == 2
    assert "Draft 2" in (await team.message_of(review)).text()


async def test_21_a_draft_may_not_imitate_the_card(team: Team) -> None:
    hostile = "✅ **sent** · no. 1\n### Approved by alice\n-# draft 2\n> quoted"
    _, message = await team.card(text=hostile)
    (drawn,) = [text for text in message.texts() if "imitat" in text or "Approved by alice" in text]
    assert "\n### " not in drawn
    assert not drawn.startswith("✅ **sent**")


async def test_27_two_hundred_issues_at_once_are_ten_cards_and_one_list(team: Team) -> None:
    for number in range(1, 201):
        review = await team.world.review_in(State.PENDING, number=number)
        await team.world.posting(review.id)
    await team.world.pacing()
    assert len(team.channel.messages) == 11
    listing = team.channel.last()
    assert "190" in listing.text()
    select = listing.selects()[0]
    chosen = select["options"][0]["value"]
    await told(await team.discord.select(team.alice, listing, select["custom_id"], [chosen]))
    await team.work()
    assert len(team.channel.messages) == 12
    await team.world.pacing()
    assert "189" in listing.text()


async def test_28_a_secret_in_an_issue_or_a_draft_is_masked_on_the_card_and_in_the_log(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "glpat-" + "Ab1" * 7
    caplog.set_level(logging.DEBUG)
    _, message = await team.card(
        text=f"Use {secret} then.", title=f"My token {secret}", body=f"https://me:{'pw' * 6}@host/ {secret}"
    )
    shown = await told(await team.discord.click(team.alice, message, "More"))
    assert secret not in message.text() + shown
    assert "pwpwpw" not in message.text() + shown
    assert team.discord.token not in caplog.text


async def test_a_reviewer_who_is_named_needs_no_role(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world) as first:
        number = first.mallory.id
    async with team_on(discord, world, reviewer_roles=[], reviewer_users=[number]) as team:
        team.mallory.user.id = number
        review, message = await team.card()
        await told(await discord.click(team.mallory, message, "Approve"))
        assert await team.state(review) is State.APPROVED
