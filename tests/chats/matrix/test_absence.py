"""Nothing that people did while the bot was away is missed, and nothing is done twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.chats.matrix.memory import Memory
from bot.domain.review import State, Verdict
from bot.errors import Temporary, Unauthorised
from tests.chats.matrix.conftest import Team
from tests.factories import make_decide
from tests.fakes import FakeChat

pytestmark = pytest.mark.synapse

SEND = "PUT .*/send/m.room.message/"
SYNC = "GET .*/sync"
RETRIED = 2
"""The HTTP library itself tries a request once more that found a dead connection."""


async def test_1_a_reaction_among_many_messages_while_away_counts_once(team: Team) -> None:
    review, card = await team.card()
    await team.stop()
    reaction = await team.alice.react(team.room, card, "✅")
    await asyncio.gather(*(team.bob.say(team.room, f"chatter {number}") for number in range(60)))
    await team.start()
    assert "Approved" in await team.told(reaction)
    await team.work()
    assert len(team.sent()) == 1
    await team.stop()
    await team.start()
    await team.quiet()
    assert len(team.sent()) == 1
    assert sum("Approved" in notice for notice in await team.notices()) == 1
    assert await team.state(review) is State.SENT


async def test_1_a_command_and_a_reply_in_the_gap_are_heard(team: Team) -> None:
    first, card = await team.card()
    second, _ = await team.card(2)
    await team.stop()
    reply = await team.alice.reply(team.room, card, "My own words.")
    order = await team.alice.say(team.room, f"!gpt dismiss {second.id}")
    await asyncio.gather(*(team.bob.say(team.room, f"chatter {number}") for number in range(120)))
    await team.start()
    assert "Draft 2" in await team.told(reply)
    assert "Dismissed" in await team.told(order)
    assert (await team.draft(first)).text == "My own words."


async def test_2_a_reaction_that_was_taken_back_while_away_does_nothing(team: Team) -> None:
    review, card = await team.card()
    await team.stop()
    reaction = await team.alice.react(team.room, card, "✅")
    await team.alice.redact(team.room, reaction)
    await team.start()
    await team.quiet()
    assert await team.state(review) is State.PENDING


@pytest.mark.parametrize("token", ["", "garbage"])
async def test_3_without_a_place_in_the_stream_old_commands_are_not_run_and_open_cards_are_read_back(
    team: Team, token: str
) -> None:
    first, card = await team.card()
    second, _ = await team.card(2)
    await team.stop()
    await team.alice.say(team.room, f"!gpt dismiss {second.id}")
    reaction = await team.alice.react(team.room, card, "✅")
    await Memory(team.world.store, team.world.clock).save_token(team.bot.user_id, team.bot.device_id, token)
    await team.start()
    assert "Approved" in await team.told(reaction)
    await team.quiet()
    assert await team.state(second) is State.PENDING
    await team.work()
    assert await team.state(first) is State.SENT


async def test_3_a_refused_reaction_is_not_heard_again_after_a_restart(team: Team) -> None:
    """What was told to count for nothing counts for nothing for ever."""
    review, card = await team.card()
    team.settling = team.settling.resolution * 3_600_000_000
    await team.stop()
    await team.start()
    await team.told(await team.alice.reply(team.room, card, "Another text."))
    await team.work()
    assert "just changed" in await team.told(await team.bob.react(team.room, card, "✅"))
    await team.stop()
    team.settling *= 0
    await Memory(team.world.store, team.world.clock).save_token(team.bot.user_id, team.bot.device_id, "")
    await team.start()
    await team.quiet()
    assert await team.state(review) is State.PENDING


async def test_4_a_homeserver_that_is_down_is_waited_for(team: Team) -> None:
    review, card = await team.card()
    await team.homeserver.stop()
    other = await team.world.review_in(State.PENDING, number=2)
    with pytest.raises(Temporary):
        await team.world.posting(other.id)
    await team.homeserver.start()
    await team.world.posting(other.id)
    assert len(await team.cards()) == 2
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))
    assert await team.state(review) is State.APPROVED


async def test_4_a_start_while_the_homeserver_is_down_succeeds_later(team: Team) -> None:
    review, card = await team.card()
    await team.stop()
    reaction = await team.alice.react(team.room, card, "✅")
    begun = team.proxy.count("whoami")
    fault = team.proxy.fail("whoami", 502, times=10**6)
    await team.start(wait=False)
    await team.proxy.until(lambda: team.proxy.count("whoami") > begun + 3)
    fault.times = 0
    assert "Approved" in await team.told(reaction)
    assert await team.state(review) is State.APPROVED


@pytest.mark.parametrize("status", [0, 500, 502, 503])
@pytest.mark.parametrize("after", [True, False])
async def test_6_whatever_happens_to_the_request_there_is_one_card(team: Team, status: int, after: bool) -> None:
    review = await team.world.review_in(State.PENDING)
    team.proxy.fail(SEND, status, after=after, times=1 if status else RETRIED)
    with pytest.raises(Temporary):
        await team.world.posting(review.id)
    await team.world.posting(review.id)
    (card,) = await team.cards()
    assert card["event_id"] == await team.event_of(review)


async def test_6_a_card_whose_draft_changed_between_two_attempts_shows_the_newer_one(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.proxy.fail(SEND, 0, after=True, times=RETRIED)
    with pytest.raises(Temporary):
        await team.world.posting(review.id)
    (card,) = await team.cards()
    edit = make_decide(Verdict.EDIT, id="elsewhere", review_id=review.id, draft=1, text="A newer text.")
    await team.world.deciding.decide(edit, FakeChat())
    await team.work()
    assert await team.event_of(review) == card["event_id"]
    assert "A newer text." in (await team.shown(card["event_id"]))["body"]


async def test_6_a_card_of_yesterday_is_found_when_its_transaction_is_forgotten(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.proxy.fail(SEND, 0, after=True, times=RETRIED)
    with pytest.raises(Temporary):
        await team.world.posting(review.id)
    team.world.clock.advance(2 * 24 * 3600)
    await team.bob.say(team.room, "another day")
    before = team.proxy.count(SEND)
    await team.world.posting(review.id)
    assert len(await team.cards()) == 1
    assert team.proxy.count(SEND) == before + 1  # the edit that makes sure it shows what is true


async def test_6_the_same_answer_is_not_given_twice(team: Team) -> None:
    _, card = await team.card()
    team.proxy.fail(SEND, 0, after=True, times=RETRIED)
    asked = await team.alice.say(team.room, "!gpt status")
    await team.told(asked)
    await team.stop()
    await team.start()
    await team.quiet()
    assert sum("waiting" in notice for notice in await team.notices()) == 1
    del card


async def test_23_a_token_that_was_revoked_stops_this_chat_with_one_sentence(team: Team) -> None:
    await team.bot.request("POST", "/v3/logout", {})
    assert team.serving is not None
    async with asyncio.timeout(60):
        with pytest.raises(ExceptionGroup) as stopped:
            await team.serving
    assert stopped.group_contains(Unauthorised, match="gepettto matrix login")
    syncs = team.proxy.count(SYNC)
    review = await team.world.review_in(State.PENDING)
    with pytest.raises(Unauthorised):
        await team.world.posting(review.id)
    assert team.proxy.count(SYNC) == syncs


async def test_23_a_token_of_somebody_else_is_refused(team: Team) -> None:
    await team.stop()
    team.settings = team.settings.model_copy(update={"user_id": team.alice.user_id})
    await team.start()
    assert team.serving is not None
    with pytest.raises(ExceptionGroup) as stopped:
        await team.serving
    assert stopped.group_contains(Unauthorised, match=r"matrix\.user_id")


async def test_27_no_clock_decides_what_was_seen(team: Team) -> None:
    """Neither ours, which jumps, nor the stamps of events, in which a server may claim anything."""
    review, card = await team.card()
    team.world.clock.advance(10 * 365 * 24 * 3600)
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))
    assert await team.state(review) is State.APPROVED


async def test_a_crash_before_the_answer_loses_nothing(team: Team) -> None:
    """Killed when the verdict was heard but nothing done yet: it is heard again."""
    review, card = await team.card()
    gate = team.proxy.hold("GET .*/relations/")
    reaction = await team.alice.react(team.room, card, "✅")
    await gate.reached()
    await team.stop()
    gate.open()
    await team.start()
    assert "Approved" in await team.told(reaction)
    assert await team.state(review) is State.APPROVED
