"""What Element shows of the bot, asked of Element's own engine."""

from __future__ import annotations

import pytest

from bot.chats.matrix.crypto.folder import Folder
from bot.chats.matrix.crypto.signing import encode
from tests.chats.matrix.crypto.conftest import Clients
from tests.judge.process import Judge
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import ROOM_VERSIONS

pytestmark = [pytest.mark.synapse, pytest.mark.judge]


@pytest.mark.parametrize("version", ROOM_VERSIONS)
async def test_the_bot_has_no_shield_and_strict_clients_read_it(
    homeserver: Homeserver, clients: Clients, judge: Judge, version: str
) -> None:
    bot, alice, bob = [await homeserver.user(name) for name in ("bot", "alice", "bob")]
    room = await bot.create_room(alice, bob, version=version, encrypted=True)
    normal, strict = await judge.person(alice), await judge.person(bob, strict=True)
    here = await clients.ours(bot)
    card = await here.say(room, "a card")
    for reader in (normal, strict):
        (seen,) = await reader.read(room, card)
        assert (seen.decrypted, seen.body, seen.shield, seen.reason) == (True, "a card", "NONE", None)
    await strict.say(room, "approve")
    await here.until(lambda: "approve" in here.texts)


async def test_after_a_restart_the_bot_is_still_who_it_was(
    homeserver: Homeserver, clients: Clients, judge: Judge
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    strict = await judge.person(alice, strict=True)
    first, here = await clients.connect(bot)
    before = await here.say(room, "before")
    await first.close()
    here = await clients.ours(bot)
    after = await here.say(room, "after")
    seen = await strict.read(room, before, after)
    assert [(one.body, one.shield) for one in seen] == [("before", "NONE"), ("after", "NONE")]


async def test_a_new_device_of_the_bot_is_trusted_like_the_old_one(
    homeserver: Homeserver, clients: Clients, judge: Judge
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    strict = await judge.person(alice, strict=True)
    first, _ = await clients.connect(bot)
    await first.close()
    here = await clients.ours(await homeserver.login(bot), folder=clients.folder(bot))
    card = await here.say(room, "a card")
    (seen,) = await strict.read(room, card)
    assert (seen.body, seen.shield) == ("a card", "NONE")


async def test_who_is_not_vouched_for_is_told_why_nothing_can_be_read(
    homeserver: Homeserver, clients: Clients, judge: Judge
) -> None:
    bot, mallory = await homeserver.user("bot"), await homeserver.user("mallory")
    room = await bot.create_room(mallory, encrypted=True)
    reader = await judge.person(mallory, signed=False)
    here = await clients.ours(bot)
    card = await here.say(room, "a card")
    (seen,) = await reader.read(room, card)
    assert (seen.decrypted, seen.failure) == (False, "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE")


async def test_element_opens_the_backup_with_the_bots_key(
    homeserver: Homeserver, clients: Clients, judge: Judge
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    first, here = await clients.connect(bot)
    card = await here.say(room, "a card")
    await here.sync()
    await first.close()
    folder = Folder(clients.folder(bot))
    identity = folder.identity()
    folder.close()
    assert identity
    reader = await judge.person(await homeserver.login(bot), signed=False)
    assert await reader.restore(encode(identity.backup.secret)) == 1
    (seen,) = await reader.read(room, card)
    assert (seen.decrypted, seen.body) == (True, "a card")


async def test_the_library_as_it_comes_is_marked_red_and_not_read_by_strict_clients(
    homeserver: Homeserver, clients: Clients, judge: Judge
) -> None:
    """The judge can say no: without this the other tests would prove nothing."""
    bot, alice, bob = [await homeserver.user(name) for name in ("bot", "alice", "bob")]
    room = await bot.create_room(alice, bob, encrypted=True)
    normal, strict = await judge.person(alice), await judge.person(bob, strict=True)
    here = await clients.bare(bot)
    card = await here.say(room, "a card")
    (seen,) = await normal.read(room, card)
    assert (seen.decrypted, seen.shield, seen.reason) == (True, "RED", "UNSIGNED_DEVICE")
    (seen,) = await strict.read(room, card)
    assert (seen.decrypted, seen.failure) == (False, "UNSIGNED_SENDER_DEVICE")
