"""The whole way with the real process: an issue on GitLab, a card in the room, a reaction, a kill, one note."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from bot.chats.matrix.content import CARD
from tests.crash.test_crash import FAQ, Fake, fake_gitlab, wait_for
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import ROOM_VERSIONS, Event, Person

pytestmark = [pytest.mark.synapse, pytest.mark.crash]

ROOT = Path(__file__).parents[3]
CONFIG = """
[store]
url = "sqlite:///store.db"
[gitlab]
url = "{gitlab}"
projects = [{project}]
poll_interval = 0.3
timeout = 1.0
[matrix]
homeserver = "{homeserver}"
room = "{room}"
reviewers = ["{reviewer}"]
[knowledge]
paths = ["faq.md"]
"""


@dataclass
class Process:
    """The command `run`, which may be killed and started again."""

    config: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "bot", "run", "--config", str(self.config), "--backfill", "10"]
        env = {**os.environ, **self.env}
        with (self.config.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=log, env=env)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def log(self) -> str:
        return (self.config.parent / "log").read_text()


@asynccontextmanager
async def running(folder: Path, fake: Fake, room: str, bot: Person, reviewer: Person) -> AsyncIterator[Process]:
    (folder / "faq.md").write_text(FAQ)
    config = folder / "gepettto.toml"
    where = {"gitlab": fake.url, "project": fake.project, "homeserver": bot.server, "room": room}
    config.write_text(CONFIG.format(**where, reviewer=reviewer.user_id))
    process = Process(config, {"GEPETTTO_GITLAB_TOKEN": fake.token, "GEPETTTO_MATRIX_TOKEN": bot.token})
    process.start()
    try:
        yield process
    finally:
        process.kill()
        print(process.log()[-3000:])  # noqa: T201  shown when the test fails


def is_card(event: Event, title: str) -> bool:
    return CARD in event["content"] and title in str(event["content"].get("body"))


@pytest.mark.parametrize("version", ROOM_VERSIONS)
async def test_from_an_issue_to_one_note_with_kills_in_between(
    homeserver: Homeserver, tmp_path: Path, version: str
) -> None:
    bot, alice = await homeserver.user("gepettto"), await homeserver.user("alice")
    room = await alice.create_room(bot, join=False, version=version)
    with fake_gitlab() as fake:
        await asyncio.to_thread(fake.post, "issue", project=fake.project, title="How do I restart the service?")
        async with running(tmp_path, fake, room, bot, alice) as process:
            card = (await alice.until(room, lambda e: is_card(e, "How do I restart the service?")))["event_id"]
            process.kill()
            reaction = await alice.react(room, card, "✅")
            process.start()
            await alice.until(room, lambda e: about(e) == reaction)
            process.kill()
            process.start()
            await alice.until(room, lambda e: replaces(e, card) and "The reply (" in body_of(e))
            await alice.say(room, "!gpt status")
            await alice.until(room, lambda e: e["sender"] == bot.user_id and "1 sent" in str(e["content"].get("body")))
        assert list((await asyncio.to_thread(fake.replies)).values()) == [1]
        assert (await asyncio.to_thread(fake.get, "state"))["executed"] == []
    events = [event for event in await alice.messages(room) if event["sender"] == bot.user_id]
    assert sum(CARD in e["content"] and not replaces(e, card) for e in events) == 1
    assert sum(about(e) == reaction for e in events) == 1
    assert bot.token not in process.log()


async def test_the_same_in_an_encrypted_room(homeserver: Homeserver, tmp_path: Path) -> None:
    """Reactions are never encrypted, so a person without a single key can still decide."""
    bot, alice = await homeserver.user("gepettto"), await homeserver.user("alice")
    room = await alice.create_room(bot, join=False)
    await alice.set_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})

    def is_ours(event: Event) -> bool:
        return bool(event["sender"] == bot.user_id and event["type"] == "m.room.encrypted")

    with fake_gitlab() as fake:
        await asyncio.to_thread(fake.post, "issue", project=fake.project, title="How do I restart the service?")
        async with running(tmp_path, fake, room, bot, alice) as process:
            card = (await alice.until(room, lambda e: is_ours(e) and "m.relates_to" not in e["content"]))["event_id"]
            process.kill()
            await alice.react(room, card, "✅")
            process.start()
            await alice.until(room, lambda e: is_ours(e) and replaces(e, card))
            process.kill()
            process.start()
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(fake.replies):
                    await asyncio.to_thread(wait_for, 0.2)
        assert list((await asyncio.to_thread(fake.replies)).values()) == [1]
    events = [event for event in await alice.messages(room) if event["sender"] == bot.user_id]
    assert sum(is_ours(event) and "m.relates_to" not in event["content"] for event in events) == 1
    assert not [event for event in events if event["type"] == "m.room.message"], "nothing is said in clear"


def about(event: Event) -> str:
    return str(event["content"].get("m.relates_to", {}).get(f"{CARD}.about", ""))


def replaces(event: Event, card: str) -> bool:
    relates = event["content"].get("m.relates_to", {})
    return (relates.get("rel_type"), relates.get("event_id")) == ("m.replace", card)


def body_of(event: Event) -> str:
    return str(event["content"].get("m.new_content", {}).get("body", ""))


async def test_a_login_by_command_is_all_that_check_needs(homeserver: Homeserver, tmp_path: Path) -> None:
    bot, alice = await homeserver.user("gepettto"), await homeserver.user("alice")
    room = await alice.create_room(bot, join=False)
    config = tmp_path / "gepettto.toml"
    values = f'homeserver = "{homeserver.url}"\nroom = "{room}"\nreviewers = ["{alice.user_id}"]\n'
    config.write_text(f'[store]\nurl = "sqlite:///store.db"\n[matrix]\n{values}')

    async def gepettto(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *arguments, "--config", str(config)]
        environ = {**os.environ, "LANG": "C.UTF-8", **env}
        run = partial(subprocess.run, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        ended: subprocess.CompletedProcess[str] = await asyncio.to_thread(run, command, text=True)
        return ended

    assert "run `gepettto matrix login`" in (await gepettto("check")).stderr
    refused = await gepettto("matrix", "login", "--user", bot.user_id, GEPETTTO_MATRIX_PASSWORD="wrong words")
    assert (refused.returncode, refused.stdout) == (1, "")
    done = await gepettto("matrix", "login", "--user", bot.user_id, GEPETTTO_MATRIX_PASSWORD=bot.password)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "matrix-login.json") in done.stdout
    assert (tmp_path / "matrix-login.json").stat().st_mode & 0o077 == 0
    checked = await gepettto("check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{bot.user_id} on device" in checked.stdout
