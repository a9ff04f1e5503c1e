"""Start after start on a real server: who the bot is, and when it must not go on."""

from __future__ import annotations

import shutil
import stat
from contextlib import closing
from dataclasses import replace

import pytest

from bot.chats.matrix.crypto.connection import adopt, connect
from bot.chats.matrix.crypto.cross_signing import ROLES, published, signed_devices
from bot.chats.matrix.crypto.folder import Folder
from bot.errors import ConfigError, Permanent, Unauthorised
from tests.chats.matrix.crypto.conftest import Clients
from tests.chats.matrix.crypto.sides import CONFIG, access
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import Person

pytestmark = pytest.mark.synapse


async def keys_of(person: Person) -> dict[str, object]:
    return await person.request("POST", "/v3/keys/query", {"device_keys": {person.user_id: []}})


async def test_the_first_start_makes_an_identity_that_vouches_for_the_device(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot = await homeserver.user("bot")
    await clients.ours(bot)
    answer = await keys_of(bot)
    assert set(published(bot.user_id, answer)) == set(ROLES)
    assert signed_devices(bot.user_id, answer) == {bot.device_id}


async def test_a_restart_uses_the_same_keys(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot)
    before = await keys_of(bot)
    await first.close()
    await clients.connect(bot)
    assert await keys_of(bot) == before


async def test_what_was_readable_and_what_came_meanwhile_is_readable_after_a_restart(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    room = await bot.create_room(alice, encrypted=True)
    there = await clients.ours(alice)
    first, before = await clients.connect(bot)
    await before.say(room, "a card")
    await there.until(lambda: there.texts == ["a card"])
    await first.close()
    await there.say(room, "approve")
    after = await clients.ours(bot)
    assert after.texts == ["a card", "approve"]
    await after.say(room, "done")
    await there.until(lambda: "done" in there.texts)


async def test_a_device_whose_keys_are_lost_is_not_used_again(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot)
    await first.close()
    before = await keys_of(bot)
    (clients.folder(bot) / f"{bot.device_id}.db").unlink()
    with pytest.raises(Permanent, match=r"are not in .* must not be used again; run `gepettto matrix login`"):
        await clients.connect(bot)
    assert await keys_of(bot) == before
    assert not (clients.folder(bot) / f"{bot.device_id}.db").exists(), "else the next start would go on with it"


async def test_a_device_with_the_keys_of_another_is_not_used(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    laptop = await homeserver.login(bot)
    for device in (bot, laptop):
        encrypted, _ = await clients.connect(device)
        await encrypted.close()
    folder = clients.folder(bot)
    (folder / f"{laptop.device_id}.db").replace(folder / f"{bot.device_id}.db")
    with pytest.raises(Permanent, match="must not be used again"):
        await clients.connect(bot)


async def test_damaged_keys_are_lost_keys(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot)
    await first.close()
    (clients.folder(bot) / f"{bot.device_id}.db").write_bytes(b"\0" * 4096)
    with pytest.raises(Permanent, match="must not be used again"):
        await clients.connect(bot)


async def test_keys_kept_under_another_pickle_key_are_lost_keys(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot, pickle_key="old")
    await first.close()
    with closing(Folder(clients.folder(bot), "old")) as folder:
        identity = folder.identity()
    assert identity
    with closing(Folder(clients.folder(bot), "new")) as folder:
        folder.save(identity)
    with pytest.raises(Permanent, match="must not be used again"):
        await clients.connect(bot, pickle_key="new")


async def test_an_old_copy_of_the_keys_is_noticed(homeserver: Homeserver, clients: Clients) -> None:
    """One-time keys would be made a second time, and messages to the bot be lost."""
    bot, alice = await homeserver.user("bot"), await homeserver.user("alice")
    first, _ = await clients.connect(bot)
    await first.close()
    copy = clients.folder(bot).with_name("copy")
    shutil.copytree(clients.folder(bot), copy)
    claim = {"one_time_keys": {bot.user_id: {bot.device_id: "signed_curve25519"}}}
    await alice.request("POST", "/v3/keys/claim", claim)
    second, _ = await clients.connect(bot)  # makes a new one-time key and uploads it
    await second.close()
    await alice.request("POST", "/v3/keys/claim", claim)
    with pytest.raises(Permanent, match="old copy, so it must not be used again"):
        await clients.connect(bot, folder=copy)


async def test_without_its_folder_the_bot_does_not_pretend_to_be_itself(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot)
    await first.close()
    fresh = await homeserver.login(bot)
    with pytest.raises(Permanent, match=r"whose keys are not in .* bring that folder back, or run `gepettto matrix"):
        await clients.connect(fresh, folder=clients.folder(bot).with_name("empty"))


async def test_a_login_with_the_password_makes_a_new_identity_where_the_old_is_lost(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot)
    await first.close()
    before = published(bot.user_id, await keys_of(bot))
    fresh, empty = await homeserver.login(bot), clients.folder(bot).with_name("empty")
    with pytest.raises(Unauthorised, match="does not accept this password"):
        await adopt(access(fresh), empty, password="wrong")
    assert await adopt(access(fresh), empty, password=bot.password)
    assert not await adopt(access(fresh), empty, password=bot.password), "it is ours now"
    await clients.connect(fresh, folder=empty)
    answer = await keys_of(bot)
    assert signed_devices(bot.user_id, answer) == {fresh.device_id}, "the lost device is not vouched for"
    assert not set(before.values()) & set(published(bot.user_id, answer).values())
    with pytest.raises(Permanent, match="Another program replaced the identity"):
        await clients.connect(bot)


async def test_a_new_login_keeps_the_identity_where_the_folder_is_still_there(
    homeserver: Homeserver, clients: Clients
) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot)
    await first.close()
    before = published(bot.user_id, await keys_of(bot))
    fresh = await homeserver.login(bot)
    assert not await adopt(access(fresh), clients.folder(bot), password=bot.password)
    await clients.connect(fresh, folder=clients.folder(bot))
    answer = await keys_of(bot)
    assert published(bot.user_id, answer) == before
    assert signed_devices(bot.user_id, answer) == {bot.device_id, fresh.device_id}


async def test_a_wrong_pickle_key_is_one_sentence(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    first, _ = await clients.connect(bot, pickle_key="right")
    await first.close()
    for wrong in ("wrong", None):
        with pytest.raises(ConfigError, match="GEPETTTO_MATRIX_PICKLE_KEY does not open the encryption keys in"):
            await clients.connect(bot, pickle_key=wrong)
    await clients.connect(bot, pickle_key="right")


async def test_a_second_process_is_refused_and_the_first_goes_on(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    _, side = await clients.connect(bot)
    with pytest.raises(Permanent, match=r"Another process uses the encryption keys in .*; stop it first"):
        await clients.connect(bot)
    await side.sync()


async def test_what_is_kept_is_readable_by_its_owner_only(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    await clients.ours(bot)
    folder = clients.folder(bot)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("identity", "pickle.key", "lock", f"{bot.device_id}.db"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name


async def test_a_revoked_token_is_one_sentence(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    await bot.request("POST", "/v3/logout", {})
    with pytest.raises(Unauthorised, match="access token any more; run `gepettto matrix login`"):
        await clients.connect(bot)


async def test_a_refused_start_leaves_the_folder_free(homeserver: Homeserver, clients: Clients) -> None:
    bot = await homeserver.user("bot")
    with pytest.raises(Unauthorised):
        await connect(replace(access(bot), token="revoked"), clients.folder(bot), config=CONFIG)
    await clients.connect(bot)
