"""The server for tests does what tests rely on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError

from tests.synapse.homeserver import Homeserver
from tests.synapse.person import ROOM_VERSIONS
from tests.synapse.requests import RefusedByServer
from tests.synapse.server import Synapse

pytestmark = pytest.mark.synapse


@pytest.mark.parametrize("version", ROOM_VERSIONS)
async def test_people_talk_in_a_room_of_each_version(homeserver: Homeserver, version: str) -> None:
    alice, bob = await homeserver.user("alice"), await homeserver.user("bob")
    room = await alice.create_room(bob, version=version)
    assert (await bob.state(room, "m.room.create"))["room_version"] == version
    card = await alice.say(room, "a card")
    reply = await bob.reply(room, card, "a replly")
    await bob.edit(room, reply, "a reply")
    reaction = await bob.react(room, card, "✅")
    assert [event["event_id"] for event in await alice.relations(room, card, "m.annotation")] == [reaction]
    await bob.redact(room, reaction)
    assert await alice.relations(room, card, "m.annotation") == []
    texts = [event["content"].get("body") for event in await bob.messages(room) if event["type"] == "m.room.message"]
    assert texts == ["a card", "a replly", "* a reply"]


async def test_an_event_can_be_waited_for(homeserver: Homeserver) -> None:
    alice, bob = await homeserver.user("alice"), await homeserver.user("bob")
    room = await alice.create_room(bob)
    before = await alice.say(room, "before")
    assert (await bob.until(room, lambda e: e["content"].get("body") == "before"))["event_id"] == before
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(bob.until(room, lambda e: e["content"].get("body") == "after"))
        said = group.create_task(alice.say(room, "after"))
    assert waiting.result()["event_id"] == said.result()


async def test_one_transaction_is_one_event(homeserver: Homeserver) -> None:
    alice = await homeserver.user("alice")
    room = await alice.create_room()
    content = {"msgtype": "m.text", "body": "once"}
    assert await alice.send(room, "m.room.message", content, "t1") == await alice.send(
        room, "m.room.message", content, "t1"
    )


async def test_who_is_thrown_out_is_refused(homeserver: Homeserver) -> None:
    alice, bob = await homeserver.user("alice"), await homeserver.user("bob")
    room = await alice.create_room(bob)
    await alice.kick(room, bob.user_id)
    with pytest.raises(RefusedByServer, match="403 M_FORBIDDEN") as refusal:
        await bob.say(room, "still here?")
    assert refusal.value.status == 403
    await alice.ban(room, bob.user_id)
    await alice.unban(room, bob.user_id)
    await alice.invite(room, bob.user_id)
    await bob.join(room)
    assert room in await bob.joined_rooms()
    await bob.leave(room)
    assert room not in await bob.joined_rooms()


async def test_power_levels_can_be_changed(homeserver: Homeserver) -> None:
    alice, bob = await homeserver.user("alice"), await homeserver.user("bob")
    room = await alice.create_room(bob)
    await alice.set_levels(room, events_default=50)
    with pytest.raises(RefusedByServer):
        await bob.say(room, "may I?")


async def test_an_upgraded_room_leads_to_the_new_one(homeserver: Homeserver) -> None:
    alice = await homeserver.user("alice")
    old = await alice.create_room(version="11")
    new = await alice.upgrade(old, "12")
    assert (await alice.state(old, "m.room.tombstone"))["replacement_room"] == new
    assert (await alice.state(new, "m.room.create"))["predecessor"]["room_id"] == old


async def test_an_account_has_as_many_devices_as_logins(homeserver: Homeserver) -> None:
    phone = await homeserver.user("alice")
    laptop = await homeserver.login(phone)
    assert laptop.user_id == phone.user_id
    assert laptop.device_id != phone.device_id


async def test_the_server_goes_down_and_comes_back_with_all_it_knew(homeserver: Homeserver) -> None:
    alice = await homeserver.user("alice")
    room = await alice.create_room()
    said = await alice.say(room, "before")
    await homeserver.stop()
    with pytest.raises(ClientConnectionError):
        await alice.say(room, "meanwhile")
    await homeserver.restart()
    assert (await alice.event(room, said))["content"]["body"] == "before"


@pytest.mark.usefixtures("synapse_folder")
def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = Synapse(tmp_path)
    (tmp_path / "homeserver.yaml").write_text("report_stats: false\n")
    with pytest.raises(AssertionError, match="server_name"):
        server.start()
