"""Rooms move, refuse, and throw people out."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.review import State
from bot.domain.routing import Pace
from bot.errors import Permanent
from tests.chats.matrix.conftest import Team, team_on
from tests.synapse.homeserver import Homeserver
from tests.world import World

pytestmark = pytest.mark.synapse


async def test_9_where_the_bot_may_not_react_commands_still_work(team: Team) -> None:
    await team.alice.set_levels(team.room, events={"m.reaction": 50})
    review, card = await team.card()
    assert await team.alice.relations(team.room, card, "m.annotation") == []
    assert "Approved" in await team.told(await team.bob.say(team.room, f"!gpt approve {review.id}"))


@pytest.mark.parametrize("version", ["11", "12"])
async def test_12_a_room_that_was_upgraded_is_followed_and_its_open_cards_move(
    homeserver: Homeserver, world: World, version: str
) -> None:
    async with team_on(homeserver, world, version="11") as team:
        review, card = await team.card()
        new = await team.alice.upgrade(team.room, version)
        await team.alice.invite(new, team.bot.user_id)
        await team.alice.until(new, lambda e: e["sender"] == team.bot.user_id and e["type"] == "m.room.member")
        for person in (team.bob, team.mallory):
            await team.alice.invite(new, person.user_id)
            await person.join(new)
        await team.quiet(new)
        await team.work()
        (moved,) = await team.cards(new)
        assert moved["event_id"] == await team.event_of(review) != card
        assert "Approved" in await team.told(await team.alice.react(new, moved["event_id"], "✅"), new)
        await team.stop()
        await team.start()
        await team.told(await team.bob.say(new, "!gpt status"), new)
        assert len([e for e in await team.alice.messages(team.room) if e["type"] == "m.room.message"]) == 1


async def test_12_a_new_room_that_does_not_come_from_the_old_one_is_not_followed(team: Team) -> None:
    other = await team.mallory.create_room(team.bot, join=False)
    await team.alice.set_state(team.room, "m.room.tombstone", {"body": "moved", "replacement_room": other})
    review = await team.world.review_in(State.PENDING)
    await team.alice.until(team.room, lambda e: e["type"] == "m.room.tombstone")
    await team.stop()
    await team.start()
    with pytest.raises(Permanent, match="does not come from it"):
        await team.world.posting(review.id)
    asked = team.proxy.count("/state$")
    team.world.clock.advance(600)  # it is tried again, and means no more than before
    await team.proxy.until(lambda: team.proxy.count("/state$") > asked)
    with pytest.raises(Permanent, match="does not come from it"):
        await team.world.posting(review.id)
    assert [e for e in await team.mallory.messages(other) if e["type"] == "m.room.message"] == []


@pytest.mark.parametrize("how", ["kick", "ban"])
async def test_13_thrown_out_and_invited_again(team: Team, how: str) -> None:
    _, card = await team.card()
    await (team.alice.kick if how == "kick" else team.alice.ban)(team.room, team.bot.user_id)
    syncs = team.proxy.count("GET .*/sync")
    await team.proxy.until(lambda: team.proxy.count("GET .*/sync") > syncs)
    review = await team.world.review_in(State.PENDING, number=2)
    before = team.proxy.count("PUT .*/send/")
    for _ in range(5):
        with pytest.raises(Permanent, match="invite"):
            await team.world.posting(review.id)
    assert team.proxy.count("PUT .*/send/") <= before + 1
    if how == "ban":
        await team.alice.unban(team.room, team.bot.user_id)
    await team.alice.invite(team.room, team.bot.user_id)
    await team.alice.until(
        team.room, lambda e: e["sender"] == team.bot.user_id and e["content"].get("membership") == "join"
        and e.get("unsigned", {}).get("prev_content", {}).get("membership") == "invite" and e["type"] == "m.room.member"
        and before >= 0 and e["origin_server_ts"] > 0
    )  # fmt: skip
    await team.told(await team.alice.say(team.room, "!gpt status"))
    await team.world.posting(review.id)
    assert len(await team.cards()) == 2
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))


async def test_13_strangers_may_invite_as_much_as_they_like(team: Team) -> None:
    rooms = [await team.mallory.create_room(team.bot, join=False) for _ in range(10)]
    await team.quiet()
    assert set(await team.bot.joined_rooms()) == {team.room}
    assert team.proxy.count("POST .*/join/") == 1
    del rooms


async def test_13_an_invitation_into_the_configured_room_is_accepted(homeserver: Homeserver, world: World) -> None:
    owner = await homeserver.user("owner")
    room = await owner.create_room()
    async with team_on(homeserver, world, room=room) as team:
        review = await world.review_in(State.PENDING)
        with pytest.raises(Permanent, match=f"invite {team.bot.user_id} there"):
            await world.posting(review.id)
        await owner.invite(room, team.bot.user_id)
        await owner.until(room, lambda e: e["sender"] == team.bot.user_id and e["type"] == "m.room.member")
        await team.proxy.until(lambda: team.proxy.count("m.room.encryption") > 0)
        await world.posting(review.id)


async def test_25_an_encrypted_room_is_refused_with_one_sentence(homeserver: Homeserver, world: World) -> None:
    owner = await homeserver.user("owner")
    async with team_on(homeserver, world) as team:
        await team.alice.set_state(team.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        syncs = team.proxy.count("state/m.room.encryption")
        await team.proxy.until(lambda: team.proxy.count("state/m.room.encryption") >= syncs)
        await team.stop()
        await team.start()
        review = await world.review_in(State.PENDING)
        with pytest.raises(Permanent, match=r"is encrypted; install \"gepettto\[e2ee\]\""):
            await world.posting(review.id)
        assert await team.cards() == []
    del owner


@pytest.mark.parametrize("version", ["1", "11", "12"])
async def test_25_cards_come_in_rooms_of_any_version(homeserver: Homeserver, world: World, version: str) -> None:
    async with team_on(homeserver, world, version=version) as team:
        review, card = await team.card()
        assert "Dismissed" in await team.told(await team.alice.react(team.room, card, "🗑️"))
        await team.alice.redact(team.room, card)
        await team.quiet()
        assert await team.state(review) is State.DISMISSED


async def test_a_room_by_its_alias_and_a_route_in_french(homeserver: Homeserver, world: World) -> None:
    owner = await homeserver.user("owner")
    alias = f"support{owner.user_id[1:].partition(':')[0]}"
    room = await owner.create_room(room_alias_name=alias, preset="public_chat")
    where = f"#{alias}:localhost"
    async with team_on(homeserver, world, languages={where: "fr"}) as team:
        await team.alice.join(room)
        routes: dict[str, Any] = {"group/project": [where]}
        world.use_chats(team.chat, pace=Pace(routes=routes))
        review, card = await team.card()
        assert "vous attend" in (await team.shown(card, room))["body"]
        assert "Approuvé" in await team.told(await team.alice.react(room, card, "✅"), room)
        assert "commandes" in (await team.told(await team.alice.say(room, "!gpt aide"), room)).casefold()
        assert await team.state(review) is State.APPROVED
