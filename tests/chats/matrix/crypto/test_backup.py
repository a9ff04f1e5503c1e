"""The backup of room keys on a real server."""

from __future__ import annotations

import json

import pytest

from bot.chats.matrix.crypto.backup_format import BackupKey
from bot.chats.matrix.crypto.connection import adopt
from bot.chats.matrix.crypto.cross_signing import published
from bot.chats.matrix.crypto.signing import is_signed
from tests.chats.matrix.crypto.conftest import Clients
from tests.chats.matrix.crypto.sides import access
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import Person

pytestmark = pytest.mark.synapse


async def version(person: Person) -> dict[str, object]:
    return await person.request("GET", "/v3/room_keys/version")


async def test_an_old_card_stays_readable_by_a_new_device_of_the_bot(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    there = await clients.ours(alice)
    first, old = await clients.connect(bot)
    await old.say(room, "a card")
    await there.until(lambda: there.texts == ["a card"])
    await there.say(room, "approve")
    await old.until(lambda: "approve" in old.texts)
    await first.close()
    (clients.folder(bot) / f"{bot.device_id}.db").unlink()
    fresh = await homeserver.login(bot)
    assert not await adopt(access(fresh), clients.folder(bot), password=bot.password)
    new = await clients.ours(fresh, folder=clients.folder(bot))
    assert new.texts == ["a card", "approve"]


async def test_the_backup_stays_readable_under_a_new_identity(homeserver: Homeserver, clients: Clients) -> None:
    """Somebody else took over the account's identity; the bot takes it back with the password."""
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    first, old = await clients.connect(bot)
    await old.say(room, "a card")
    await old.sync()
    await first.close()
    await adopt(access(bot), clients.folder(bot).with_name("other"), password=bot.password)
    fresh = await homeserver.login(bot)
    assert await adopt(access(fresh), clients.folder(bot), password=bot.password)
    new = await clients.ours(fresh, folder=clients.folder(bot))
    assert new.texts == ["a card"]


async def test_the_backup_is_signed_by_the_bots_identity(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    await clients.ours(bot)
    master = published(bot.user_id, await bot.request("POST", "/v3/keys/query", {"device_keys": {bot.user_id: []}}))
    auth_data = (await version(bot))["auth_data"]
    assert isinstance(auth_data, dict)
    assert is_signed(auth_data, bot.user_id, master["master"])


async def test_each_key_is_uploaded_once(homeserver: Homeserver, clients: Clients) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    first, here = await clients.connect(bot)
    await here.say(room, "one")
    await here.sync()
    before = await version(bot)
    await here.say(room, "two")
    await here.sync()
    await first.close()
    await clients.ours(bot)
    assert await version(bot) == before, "the server counts every upload in its etag"


async def test_another_programs_backup_is_left_alone_and_not_used(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    theirs = {
        "algorithm": "m.megolm_backup.v1.curve25519-aes-sha2",
        "auth_data": {"public_key": BackupKey.new().public},
    }
    number = (await bot.request("POST", "/v3/room_keys/version", theirs))["version"]
    first, _ = await clients.connect(bot)
    assert (await version(bot))["version"] != number
    assert (await bot.request("GET", f"/v3/room_keys/version/{number}"))["auth_data"] == theirs["auth_data"]
    ours = await version(bot)
    await first.close()
    await clients.ours(bot)
    assert await version(bot) == ours, "a restart goes on with it"


async def test_a_backup_that_fails_is_made_up_for_later(
    homeserver: Homeserver, clients: Clients, caplog: pytest.LogCaptureFixture
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    first, here = await clients.connect(bot)
    await bot.request("DELETE", f"/v3/room_keys/version/{(await version(bot))['version']}")
    await here.say(room, "a card")
    await here.sync()
    assert "the room keys are not backed up until the next start" in caplog.text
    await first.close()
    await clients.ours(bot)
    assert (await version(bot))["count"] == 1
    held = json.loads((clients.folder(bot) / "backup.json").read_text())
    assert len(held["sessions"]) == 1
