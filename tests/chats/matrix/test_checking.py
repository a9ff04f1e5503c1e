"""`gepettto check` and `gepettto matrix login` on a real homeserver."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chats.matrix import Device, MatrixChat, log_in, read_device, write_device
from bot.clock import SystemClock
from bot.errors import Permanent, Unauthorised
from tests.chats.matrix.conftest import Team
from tests.chats.matrix.proxy import proxy_to
from tests.synapse.homeserver import Homeserver

pytestmark = pytest.mark.synapse


async def lines(team: Team) -> str:
    return "\n".join(f"{finding.ok} {finding.detail}" for finding in await team.chat.check())


async def test_check_names_server_room_version_encryption_and_power(team_of_each_version: Team) -> None:
    team = team_of_each_version
    found = await lines(team)
    version = (await team.alice.state(team.room, "m.room.create"))["room_version"]
    assert "the homeserver speaks Matrix up to v1." in found
    assert f"True {team.room}: version {version}, not encrypted, power level 0" in found
    assert "False" not in found


async def test_check_names_missing_rights_and_absent_reviewers(team: Team) -> None:
    await team.alice.set_levels(team.room, events_default=50)
    await team.bob.leave(team.room)
    found = await lines(team)
    assert "False" in found
    assert "may not send m.room.message, which takes the power level 50" in found
    assert "may not send m.reaction" in found
    assert f"{team.bob.user_id} may decide but is not in the room" in found


async def test_check_names_a_room_that_it_cannot_enter_and_one_that_is_encrypted(team: Team) -> None:
    owner = await team.homeserver.user("owner")
    closed = await owner.create_room()
    secret = await owner.create_room(team.bot, encrypted=True)
    for room, words in ((closed, "cannot enter the room"), (secret, "is encrypted")):
        settings = team.settings.model_copy(update={"room": room})
        chat = MatrixChat(settings, Device(token=team.bot.token), store=team.world.store, clock=team.world.clock)
        (bad,) = [finding.detail for finding in await chat.check() if not finding.ok]
        assert words in bad


async def test_check_says_what_is_wrong_with_the_token(team: Team) -> None:
    device = Device(token="syt_" + "x" * 20)
    chat = MatrixChat(team.settings, device, store=team.world.store, clock=team.world.clock)
    (finding,) = await chat.check()
    assert not finding.ok
    assert "refuses the bot's token" in finding.detail


async def test_a_login_is_kept_for_its_owner_alone(homeserver: Homeserver, tmp_path: Path) -> None:
    bot = await homeserver.user("gepettto")
    device = await log_in(homeserver.url, bot.user_id, bot.password, SystemClock())
    path = tmp_path / "var" / "matrix-login.json"
    assert read_device(path) is None
    write_device(path, device)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_device(path) == device
    assert device.token not in repr(device)
    again = await log_in(homeserver.url, bot.user_id, bot.password, SystemClock(), device.device_id)
    assert again == replace(device, token=again.token)


async def test_a_wrong_password_is_one_sentence(homeserver: Homeserver) -> None:
    bot = await homeserver.user("gepettto")
    with pytest.raises(Unauthorised, match="refuses this user and password"):
        await log_in(homeserver.url, bot.user_id, "wrong", SystemClock())


async def test_a_server_without_passwords_is_one_sentence(homeserver: Homeserver) -> None:
    async with proxy_to(homeserver.url) as proxy:
        proxy.fail("GET .*/login", 200, body={"flows": [{"type": "m.login.sso"}]})
        with pytest.raises(Permanent, match="takes no passwords"):
            await log_in(proxy.url, "@x:localhost", "secret", SystemClock())
