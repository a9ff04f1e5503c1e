"""Encrypted rooms on a real server: who reads, who does not, and what strangers cannot upset."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientConnectionError

from bot.chats.matrix.crypto.connection import adopt
from bot.errors import BotError, Temporary
from tests.chats.matrix.crypto.conftest import Clients
from tests.chats.matrix.crypto.sides import access
from tests.chats.matrix.proxy import proxy_to
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import ROOM_VERSIONS, Person

pytestmark = pytest.mark.synapse


@pytest.mark.parametrize("version", ROOM_VERSIONS)
async def test_both_sides_read_each_other(homeserver: Homeserver, clients: Clients, version: str) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, version=version, encrypted=True)
    there, here = await clients.ours(alice), await clients.ours(bot)
    await here.say(room, "a card")
    await there.until(lambda: there.texts == ["a card"])
    await there.say(room, "approve")
    await here.until(lambda: "approve" in here.texts)
    kinds = [event["type"] for event in await alice.messages(room) if event["sender"] == bot.user_id]
    assert kinds[-1] == "m.room.encrypted", "nothing went out in clear"


# --- who gets the keys --------------------------------------------------------------------------


async def test_a_device_nobody_vouches_for_gets_no_keys_and_is_told(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice, mallory = [await homeserver.user(name) for name in ("bot", "alice", "mallory")]
    room = await bot.create_room(alice, mallory, encrypted=True)
    there, bare, here = await clients.ours(alice), await clients.bare(mallory), await clients.ours(bot)
    await here.say(room, "a card")
    await there.until(lambda: there.texts == ["a card"])
    told = await bare.sync()
    assert (bare.texts, len(bare.unread)) == ([], 1)
    (notice,) = [event.source for event in told.to_device_events if event.source["type"] == "m.room_key.withheld"]
    assert notice["content"]["code"] == "m.unverified"
    assert notice["content"]["room_id"] == room


async def test_a_setting_gives_the_keys_to_every_device(homeserver: Homeserver, clients: Clients) -> None:
    bot, mallory = await homeserver.user("bot"), await homeserver.user("mallory")
    room = await bot.create_room(mallory, encrypted=True)
    bare, here = await clients.bare(mallory), await clients.ours(bot, trust="all")
    await here.say(room, "a card")
    await bare.until(lambda: bare.texts == ["a card"])


async def test_a_device_gets_the_keys_once_its_owner_vouches_for_it(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    phone = await clients.bare(alice)
    here = await clients.ours(bot)
    await here.say(room, "before")
    laptop = await homeserver.login(alice)
    there = await clients.ours(laptop)  # makes an identity, and vouches for itself
    await here.sync()
    await here.say(room, "after")
    await there.until(lambda: "after" in there.texts)
    await phone.sync()
    assert phone.texts == []


async def test_who_left_does_not_read_on(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    there, here = await clients.ours(alice), await clients.ours(bot)
    await here.say(room, "one")
    await there.until(lambda: there.texts == ["one"])
    await bot.kick(room, alice.user_id)
    await here.sync()
    await here.say(room, "two")
    await bot.invite(room, alice.user_id)
    await alice.join(room)
    await there.until(lambda: bool(there.unread))
    assert "two" not in there.texts


async def test_only_devices_that_are_vouched_for_are_heard(homeserver: Homeserver, clients: Clients) -> None:
    """A server could add a device to anybody's account, and approve from there."""
    bot, alice, mallory = [await homeserver.user(name) for name in ("bot", "alice", "mallory")]
    room = await bot.create_room(alice, mallory, encrypted=True)
    here = await clients.ours(bot)
    there, bare = await clients.ours(alice), await clients.bare(mallory)
    unheard = await bare.say(room, "from Mallory")
    await there.say(room, "from Alice")
    await here.until(lambda: bool(here.texts and here.lost))
    assert (here.texts, here.lost) == (["from Alice"], [unheard])


async def test_with_the_setting_every_device_is_heard(homeserver: Homeserver, clients: Clients) -> None:
    bot, mallory = await homeserver.user("bot"), await homeserver.user("mallory")
    room = await bot.create_room(mallory, encrypted=True)
    here = await clients.ours(bot, trust="all")
    bare = await clients.bare(mallory)
    await bare.say(room, "from Mallory")
    await here.until(lambda: here.texts == ["from Mallory"])


async def test_a_device_that_speaks_before_it_is_known_is_heard_as_soon_as_it_is(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    here = await clients.ours(bot)
    there = await clients.ours(alice)
    said = await there.say(room, "approve")
    await here.until(lambda: here.texts == ["approve"])
    assert (here.late, here.lost) == ([said], [])


async def test_an_identity_that_the_server_names_for_the_bot_vouches_for_nobody(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    here = await clients.ours(bot)
    stolen, other = await homeserver.login(bot), clients.folder(bot).with_name("other")
    await adopt(access(stolen), other, password=bot.password)
    spy = await clients.ours(stolen, folder=other)
    await here.sync()
    await here.say(room, "a card")
    await spy.until(lambda: bool(spy.unread))
    assert spy.texts == []


async def test_a_fault_after_a_sync_loses_no_event_of_it(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    async with proxy_to(bot.server) as proxy:
        bot.server = proxy.url
        encrypted, here = await clients.connect(bot)
        there = await clients.ours(alice)
        await there.say(room, "approve")
        proxy.fail("keys/query", 502)
        proxy.fail("room_keys/keys", 502)
        await here.until(lambda: here.texts == ["approve"])
        assert proxy.count("keys/query") > 2
        assert proxy.count("PUT .*room_keys/keys") > 1
        await encrypted.close()


async def test_keys_that_were_not_passed_on_are_given_out_again(homeserver: Homeserver, clients: Clients) -> None:
    """The library takes them for delivered, and those people could not read until the key changes, days later."""
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    there = await clients.ours(alice)
    async with proxy_to(bot.server) as proxy:
        bot.server = proxy.url
        encrypted, here = await clients.connect(bot)
        for request in ("keys/claim", "sendToDevice/m.room.encrypted"):
            proxy.fail(request, 500)
            with pytest.raises(Temporary):
                await here.say(room, "lost")
        proxy.fail("sendToDevice/m.room.encrypted", 0, times=9)  # the connection breaks, however often it is tried
        with pytest.raises(Temporary):
            await here.say(room, "lost")
        proxy.faults.clear()
        await here.say(room, "a card")
        await there.until(lambda: there.texts == ["a card"])
        await encrypted.close()


# --- what strangers cannot upset ----------------------------------------------------------------


async def upload_keys(person: Person, **keys: Any) -> None:
    await person.request("POST", "/v3/keys/upload", keys)


def device_keys(person: Person, key: str) -> dict[str, Any]:
    names = {f"{kind}:{person.device_id}": key for kind in ("ed25519", "curve25519")}
    signatures = {person.user_id: {f"ed25519:{person.device_id}": key}}
    algorithms = ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"]
    who = {"user_id": person.user_id, "device_id": person.device_id}
    return {**who, "algorithms": algorithms, "keys": names, "signatures": signatures}


@pytest.mark.parametrize("key", ["junk", "", "A" * 43, "é" * 43])
async def test_a_member_with_senseless_keys_disturbs_nobody(homeserver: Homeserver, clients: Clients, key: str) -> None:
    bot, alice, mallory = [await homeserver.user(name) for name in ("bot", "alice", "mallory")]
    room = await bot.create_room(alice, mallory, encrypted=True)
    await upload_keys(mallory, device_keys=device_keys(mallory, key))
    there, here = await clients.ours(alice), await clients.ours(bot)
    await here.say(room, "a card")
    await there.until(lambda: there.texts == ["a card"])


@pytest.mark.parametrize("ciphertext", [{"type": 0, "body": "junk"}, {"type": 0, "body": "A" * 200}, {"type": 0}, 7])
async def test_a_senseless_message_to_the_bots_device_loses_nothing_else(
    homeserver: Homeserver, clients: Clients, ciphertext: Any
) -> None:
    bot, alice, mallory = [await homeserver.user(name) for name in ("bot", "alice", "mallory")]
    room = await bot.create_room(alice, encrypted=True)
    there, here = await clients.ours(alice), await clients.ours(bot)
    await there.sync()
    assert here.client.olm
    key = here.client.olm.account.identity_keys["curve25519"]
    senseless = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": "A" * 43, "ciphertext": {key: ciphertext}}
    body = {"messages": {bot.user_id: {bot.device_id: senseless}}}
    await mallory.request("PUT", "/v3/sendToDevice/m.room.encrypted/1", body)
    await there.say(room, "approve")
    await here.until(lambda: here.texts == ["approve"])


async def test_keys_for_new_conversations_are_made_again_after_the_last_was_taken(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot, alice, mallory = [await homeserver.user(name) for name in ("bot", "alice", "mallory")]
    room = await bot.create_room(alice, encrypted=True)
    here = await clients.ours(bot)
    taken = {}
    claim = {"one_time_keys": {bot.user_id: {bot.device_id: "signed_curve25519"}}}
    while keys := (await mallory.request("POST", "/v3/keys/claim", claim))["one_time_keys"]:
        taken.update(keys[bot.user_id][bot.device_id])
    assert len(taken) >= 50
    await here.sync()
    there = await clients.ours(alice)
    await there.say(room, "approve")
    await here.until(lambda: here.texts == ["approve"])


async def test_a_server_that_goes_away_while_keys_are_given_out_blocks_nothing_afterwards(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    there, here = await clients.ours(alice), await clients.ours(bot)
    await homeserver.stop()
    for _ in range(2):
        with pytest.raises((BotError, ClientConnectionError)):
            await here.say(room, "lost")
    await homeserver.start()
    async with asyncio.timeout(20):
        await here.say(room, "a card")
    await there.until(lambda: there.texts == ["a card"])


# --- events without a key -----------------------------------------------------------------------


async def test_a_key_that_does_not_come_is_told_once(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    there = await clients.ours(alice)
    here = await clients.ours(bot)
    first, _ = await there.say(room, "approve 1"), await there.say(room, "approve 2")  # alice does not know the bot yet
    for _ in range(4):
        await here.sync()
    assert (here.texts, here.lost) == ([], [first])


async def test_a_key_that_another_device_of_the_bot_has_is_asked_for(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    old, there = await clients.ours(bot), await clients.ours(alice)
    said = await there.say(room, "approve")
    device = await homeserver.login(bot)
    folder = clients.folder(bot).with_name("second")
    folder.mkdir()
    for name in ("identity", "pickle.key"):
        (folder / name).write_bytes((clients.folder(bot) / name).read_bytes())
    new = await clients.ours(device, folder=folder)
    async with asyncio.timeout(20):
        while not new.late:
            await new.sync(wait=200)
            await old.sync(wait=200)
    assert (new.texts, new.late) == (["approve"], [said])
