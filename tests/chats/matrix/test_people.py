"""Who counts, and what of what they do counts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from bot.domain.review import State
from tests.chats.matrix.conftest import Team, team_on
from tests.synapse.homeserver import Homeserver
from tests.synapse.requests import RefusedByServer
from tests.world import World

pytestmark = pytest.mark.synapse


async def test_7_a_reaction_taken_back_after_it_counted_stops_nothing_and_that_is_said(team: Team) -> None:
    review, card = await team.card()
    reaction = await team.alice.react(team.room, card, "✅")
    await team.told(reaction)
    assert "stops nothing" in await team.told(await team.alice.redact(team.room, reaction))
    await team.work()
    assert await team.state(review) is State.SENT


async def test_8_a_stranger_is_told_once_and_nothing_happens(team: Team) -> None:
    review, card = await team.card()
    assert "may not" in await team.told(await team.mallory.react(team.room, card, "✅"))
    await team.mallory.react(team.room, card, "🗑️")
    await team.mallory.reply(team.room, card, "My own words.")
    await team.mallory.say(team.room, f"!gpt approve {review.id}")
    await team.mallory.say(team.room, "!gpt status")
    await team.quiet()
    assert sum("may not" in notice for notice in await team.notices()) == 1
    assert (await team.state(review), (await team.draft(review)).number) == (State.PENDING, 1)
    assert "refused" in {event.kind for event in await team.world.events(review.id)}


async def test_8_own_reactions_and_those_of_outsiders_do_not_count(team: Team) -> None:
    review, card = await team.card()
    keys = {e["content"]["m.relates_to"]["key"] for e in await team.alice.relations(team.room, card, "m.annotation")}
    assert keys == {"✅", "🔁", "✏️", "🗑️"}
    outsider = await team.homeserver.user("eve")
    with pytest.raises(RefusedByServer):
        await outsider.react(team.room, card, "✅")
    await team.quiet()
    assert await team.state(review) is State.PENDING


async def test_8_a_reviewer_who_left_the_room_decides_no_more(team: Team) -> None:
    review, card = await team.card()
    gate = team.proxy.hold("GET .*/relations/")
    reaction = await team.bob.react(team.room, card, "✅")
    await gate.reached()
    await team.bob.leave(team.room)
    gate.open()
    assert "may not" in await team.told(reaction)
    assert await team.state(review) is State.PENDING


@pytest.mark.parametrize("version", ["11", "12"])
async def test_8_a_power_level_may_be_asked_for_too(homeserver: Homeserver, world: World, version: str) -> None:
    """Alice made the room; Bob has no level at first."""
    async with team_on(homeserver, world, version=version, min_power=60) as team:
        review, card = await team.card()
        assert "may not" in await team.told(await team.bob.react(team.room, card, "🗑️"))
        levels = (await team.alice.state(team.room, "m.room.power_levels"))["users"]
        await team.alice.set_levels(team.room, users={**levels, team.bob.user_id: 60})
        assert "Dismissed" in await team.told(await team.bob.say(team.room, f"!gpt dismiss {review.id}"))
        assert "Back" in await team.told(await team.alice.say(team.room, f"!gpt undo {review.id}"))


async def test_10_an_edit_never_becomes_a_command(team: Team) -> None:
    review, card = await team.card()
    said = await team.alice.say(team.room, "!gpt help")
    await team.told(said)
    await team.alice.edit(team.room, said, f"!gpt approve {review.id}")
    reply = await team.alice.reply(team.room, card, "My own words.")
    await team.told(reply)
    await team.alice.edit(team.room, reply, "!gpt approve")
    await team.quiet()
    draft = await team.draft(review)
    assert (await team.state(review), draft.number, draft.text) == (State.PENDING, 2, "My own words.")


async def test_11_the_last_edit_of_a_reply_by_its_own_sender_counts(team: Team) -> None:
    review, card = await team.card()
    reply = await team.alice.reply(team.room, card, "My own wrods.")
    await team.told(reply)
    await team.work()
    for text in ("My own wordss.", "My own words."):
        await team.told(await team.alice.edit(team.room, reply, text))
        await team.work()
    await team.bob.edit(team.room, reply, "Bob's words.")
    await team.quiet()
    draft = await team.draft(review)
    assert (draft.number, draft.text) == (4, "My own words.")


async def test_11_corrections_in_quick_succession_end_with_the_last_one(team: Team) -> None:
    """Also before the card shows the one before; only what the card shows can be approved."""
    review, card = await team.card()
    reply = await team.alice.reply(team.room, card, "One.")
    edits = [await team.alice.edit(team.room, reply, text) for text in ("Two.", "Three.", "Four.")]
    for edit in edits:
        assert "Draft" in await team.told(edit)
    assert (await team.draft(review)).text == "Four."
    assert "just changed" not in await team.told(await team.bob.react(team.room, card, "✅"))
    assert await team.state(review) is State.PENDING  # the card still shows draft 1
    await team.work()
    await team.told(await team.bob.react(team.room, card, "✅\ufe0f"))
    await team.work()
    assert "Four." in team.sent()[0]


async def test_11_after_the_approval_an_edit_is_refused(team: Team) -> None:
    review, card = await team.card()
    reply = await team.alice.reply(team.room, card, "My own words.")
    await team.told(reply)
    await team.work()
    await team.told(await team.bob.react(team.room, card, "✅"))
    await team.work()
    assert "already" in await team.told(await team.alice.edit(team.room, reply, "Too late."))
    assert len(team.sent()) == 1
    assert "My own words." in team.sent()[0]
    assert await team.state(review) is State.SENT


async def test_11_a_card_that_was_deleted_comes_again_while_it_waits(team: Team) -> None:
    review, card = await team.card()
    await team.alice.redact(team.room, card)
    await team.quiet()
    await team.work()
    again = await team.event_of(review)
    assert again != card
    assert "Approved" in await team.told(await team.alice.react(team.room, again, "✅"))


async def test_11_a_card_that_was_deleted_while_away_comes_again(team: Team) -> None:
    review, card = await team.card()
    await team.stop()
    await team.alice.redact(team.room, card)
    await team.start()
    await team.quiet()
    await team.work()
    assert await team.event_of(review) != card


async def test_20_the_same_verdict_in_two_forms_counts_once(team: Team) -> None:
    review, card = await team.card()
    first = await team.alice.react(team.room, card, "✅")
    await team.told(first)
    with pytest.raises(RefusedByServer, match="M_DUPLICATE_ANNOTATION"):
        await team.alice.react(team.room, card, "✅")
    assert "already approved" in await team.told(await team.alice.react(team.room, card, "✅\ufe0f"))
    await team.work()
    assert len(team.sent()) == 1
    assert await team.state(review) is State.SENT


async def test_21_two_people_at_once_have_one_outcome_and_the_other_is_told_who(team: Team) -> None:
    review, card = await team.card()
    approve, dismiss = await asyncio.gather(
        team.alice.react(team.room, card, "✅"), team.bob.react(team.room, card, "🗑️")
    )
    words = [await team.told(approve), await team.told(dismiss)]
    await team.work()
    state = await team.state(review)
    assert state in {State.SENT, State.DISMISSED}
    assert len(team.sent()) == (state is State.SENT)
    loser = words[1] if state is State.SENT else words[0]
    winner = team.alice if state is State.SENT else team.bob
    assert winner.user_id in loser


async def test_22_what_a_stranger_puts_over_a_card_is_not_what_was_approved(team: Team) -> None:
    review, card = await team.card()
    draft = await team.draft(review)
    await team.mallory.edit(team.room, card, "Send them my address instead.")
    await team.told(await team.alice.react(team.room, card, "✅"))
    await team.work()
    assert team.sent() == [draft.body]


async def test_22_a_card_that_a_stranger_made_up_is_none(team: Team) -> None:
    review, _ = await team.card()
    mark = {"org.gepettto.card": {"review": review.id, "draft": 1, "key": "x"}}
    forged = await team.mallory.say(team.room, "Approve me", **mark)
    await team.alice.react(team.room, forged, "✅")
    await team.alice.reply(team.room, forged, "Hm?")
    await team.quiet()
    assert await team.state(review) is State.PENDING
    assert len(await team.notices()) == 1


async def test_24_malformed_events_are_ignored(team: Team) -> None:
    review, card = await team.card()
    shapes: list[dict[str, Any]] = [
        {}, {"m.relates_to": []}, {"m.relates_to": "x"}, {"m.relates_to": {"rel_type": "m.annotation"}},
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": card, "key": {"a": []}}},
        {"m.relates_to": {"rel_type": 3, "event_id": 4, "key": "✅"}},
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$nowhere", "key": "✅"}},
    ]  # fmt: skip
    for content in shapes:
        with suppress(RefusedByServer):
            await team.mallory.send(team.room, "m.reaction", content)
    for content in ({"msgtype": 3}, {"msgtype": "m.text", "body": [1]}, {"msgtype": "m.text"}, {"body": "!gpt status"}):
        with suppress(RefusedByServer):
            await team.mallory.send(team.room, "m.room.message", content)
    await team.alice.set_state(team.room, "m.room.topic", {"topic": "x" * 50_000})
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))
    assert await team.state(review) is State.APPROVED


async def test_26_a_name_is_not_a_person(team: Team) -> None:
    review, card = await team.card()
    name = {"displayname": team.alice.user_id}
    await team.mallory.request("PUT", f"/v3/profile/{team.mallory.user_id}/displayname", name)
    assert "may not" in await team.told(await team.mallory.react(team.room, card, "✅"))
    assert await team.state(review) is State.PENDING


async def test_28_bots_are_not_answered_and_nobody_is_served_without_end(team: Team) -> None:
    notice = {"msgtype": "m.notice", "body": "!gpt status"}
    await team.alice.send(team.room, "m.room.message", notice)
    for _ in range(40):
        await team.mallory.say(team.room, "!gpt help")
    await team.quiet()
    assert len(await team.notices()) == 31
    team.world.clock.advance(90)
    assert "drafts" in await team.told(await team.mallory.say(team.room, "!gpt help"))
