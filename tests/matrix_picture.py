"""Photographs our cards in a real Matrix client: `python -m tests.matrix_picture`.

The process is the one that `gepettto run` starts, the server is Synapse (`make synapse`), the issues come from the
fake GitLab, the answers from the demo's FAQ. Needs Debian's nheko, xvfb, xdotool, openbox, imagemagick and
fonts-noto-color-emoji. It writes docs/matrix-room.png.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import ClientSession

from bot.chats.matrix.content import CARD
from tests.crash.test_crash import Fake, fake_gitlab
from tests.picture import ROOT
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import Event, Person
from tests.synapse.server import Synapse

TARGET = ROOT / "docs" / "matrix-room.png"
_WIDTH, _HEIGHT = 1000, 1243
_LISTS = 264
"""How much of the window's width shows lists of rooms, which are left out."""
_OFFER, _NO_THANKS, _ROOM, _OPEN = (150, _HEIGHT - 100), (_WIDTH - 70, _HEIGHT - 42), (200, 124), (280, 30)
"""Places in nheko's window: in its first dialogue and below the list of rooms, its button to cancel, the first room,
the sign of the open one."""
_STILL, _LOOKS = 6, 120
_QT = {"QT_QPA_PLATFORM": "xcb", "QT_QUICK_BACKEND": "software"}
_CONFIG = """
[store]
url = "sqlite:///store.db"
[gitlab]
url = "{gitlab}"
projects = [{project}]
poll_interval = 0.5
[matrix]
homeserver = "{homeserver}"
room = "{room}"
reviewers = ["{reviewer}"]
[knowledge]
paths = ["{root}/config/demo/faq.en.md"]
"""
_NHEKO = """
[General]
run_without_secure_secrets_service=true
[user]
theme=light
[auth]
access_token={person.token}
device_id={person.device_id}
home_server={person.server}
user_id={person.user_id}
"""
_ISSUES = {
    "Does it post on our issues without asking anyone?": (
        "Hi all, my colleagues are worried that GePeTTTo sends replies by itself.\n"
        "Is there some kind of approval, or does it answer as soon as an issue is opened?"
    ),
    "Which scopes does the GitLab token need?": (
        "`gepettto check` says 403 since I made a new token. Which scopes and which role do I have to tick?"
    ),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The room with the bot, the maintainer who decides there, and another one who looks."""

    room: str
    bot: Person
    decider: Person
    viewer: Person


async def furnished(homeserver: Homeserver) -> Desk:
    people = [await _named(homeserver, name) for name in ("GePeTTTo", "Bob", "Alice")]
    bot, decider, viewer = people
    # Debian's nheko does not know the rules of version 12.
    room = await viewer.create_room(bot, decider, version="11", name="Support desk")
    return Desk(room, bot, decider, viewer)


async def _named(homeserver: Homeserver, name: str) -> Person:
    person = await homeserver.user(name.lower(), exact=True)
    await person.request("PUT", f"/v3/profile/{person.user_id}/displayname", {"displayname": name})
    return person


@contextmanager
def started(command: list[str], folder: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with a log of its own in `folder`."""
    with (folder / f"{Path(command[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


async def cards(desk: Desk, fake: Fake, folder: Path) -> None:
    """Two issues become cards; the first one is approved and sent, the second one waits."""
    config = folder / "gepettto.toml"
    where = {"gitlab": fake.url, "homeserver": desk.bot.server, "room": desk.room, "root": ROOT}
    config.write_text(_CONFIG.format(**where, project=fake.project, reviewer=desk.decider.user_id))
    tokens = {"GEPETTTO_GITLAB_TOKEN": fake.token, "GEPETTTO_MATRIX_TOKEN": desk.bot.token}
    first, second = _ISSUES
    with started([sys.executable, "-m", "bot", "run", "--config", str(config), "--backfill", "10"], folder, **tokens):
        card = await _asked(desk, fake, first)
        await desk.decider.react(desk.room, card, "✅")
        await desk.viewer.until(desk.room, lambda event: _replaces(event, card) and "The reply" in str(event))
        await _asked(desk, fake, second)


async def _asked(desk: Desk, fake: Fake, title: str) -> str:
    """The card of a new issue, when all its reactions stand below it."""
    text = _ISSUES[title]
    values = {"project": fake.project, "title": title, "description": text, "labels": ["question"]}
    await asyncio.to_thread(partial(fake.post, "issue", **values))
    card = (await desk.viewer.until(desk.room, lambda event: _is_card(event, title)))["event_id"]
    seeded = 0

    def last(event: Event) -> bool:
        nonlocal seeded
        relation = event["content"].get("m.relates_to", {})
        seeded += int(event["type"] == "m.reaction" and relation.get("event_id") == card)
        return seeded == 4

    await desk.viewer.until(desk.room, last)
    return str(card)


def _is_card(event: Event, title: str) -> bool:
    return CARD in event["content"] and title in str(event["content"].get("body"))


def _replaces(event: Event, card: str) -> bool:
    relation: Event = event["content"].get("m.relates_to", {})
    return "m.new_content" in event["content"] and relation.get("event_id") == card


@contextmanager
def screen(folder: Path) -> Iterator[str]:
    """An X server with a window manager; its name, such as ":77", once it takes clients."""
    reading, writing = os.pipe()
    size = f"{_WIDTH + 20}x{_HEIGHT + 40}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            display = f":{told.readline().strip()}"
        with started(["openbox"], folder, DISPLAY=display, HOME=str(folder)):
            yield display
    finally:
        process.terminate()
        process.wait(10)


def photograph(desk: Desk, folder: Path) -> None:
    """The room as the viewer's client shows it."""
    home, runtime = folder / "home", folder / "runtime"
    runtime.mkdir(mode=0o700)
    (home / ".config" / "nheko").mkdir(mode=0o700, parents=True)
    (home / ".config" / "nheko" / "nheko.conf").write_text(_NHEKO.format(person=desk.viewer))
    with screen(folder) as display:
        look = Look(display, folder)
        env = {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "LANG": "C.UTF-8", **_QT, "DISPLAY": display}
        with started(["nheko"], folder, **env):
            (window,) = look.tool("search", "--sync", "--onlyvisible", "--class", "nheko").split()
            look.tool("windowsize", "--sync", window, str(_WIDTH), str(_HEIGHT))
            look.tool("windowmove", window, "0", "0")
            look.until(_OFFER, white=True)  # to set up encryption
            look.until(_OFFER, white=False, click=_NO_THANKS)
            look.until(_ROOM, white=True)
            look.until(_OPEN, white=False, click=_ROOM)
            look.tool("mousemove", str(_WIDTH - 1), str(_HEIGHT - 1))
            look.settled()
        crop = f"{_WIDTH - _LISTS}x{_HEIGHT}+{_LISTS}+0"
        shrink = ["-crop", crop, "+repage", "-dither", "None", "-colors", "128", "-strip"]
        subprocess.run(["convert", str(look.picture), *shrink, f"PNG8:{TARGET}"], check=True)


class Look:
    """What is on a screen, and a hand at the mouse."""

    def __init__(self, display: str, folder: Path) -> None:
        self.picture = folder / "screen.png"
        self._env = {**os.environ, "DISPLAY": display}

    def tool(self, *arguments: str) -> str:
        return self._run("xdotool", *arguments).decode()

    def until(self, place: tuple[int, int], *, white: bool, click: tuple[int, int] | None = None) -> None:
        """Wait until a place of the screen is white, or is no more, while clicking as impatient people do.

        An X server tells nobody what is drawn on it, and a client that is busy drawing overhears a click.
        """
        x, y = place
        for _ in self._looks():
            pixel = self._run("import", "-window", "root", "-crop", f"1x1+{x}+{y}", "-depth", "8", "rgb:-")
            if (pixel == b"\xff\xff\xff") == white:
                return
            if click:
                self.tool("mousemove", "--sync", str(click[0]), str(click[1]), "click", "1")

    def settled(self) -> None:
        """Wait until nothing has changed for some looks, above the line to write in, whose cursor blinks."""
        messages = f"{_WIDTH - _LISTS}x{_HEIGHT - 60}+{_LISTS}+0"
        seen: list[bytes] = []
        for _ in self._looks():
            seen.append(self._run("import", "-window", "root", "-crop", messages, "rgb:-"))
            if len(seen) > _STILL and len(set(seen[-_STILL:])) == 1:
                self._run("import", "-window", "root", str(self.picture))
                return

    def _looks(self) -> Iterator[None]:
        for _ in range(_LOOKS):
            yield
            time.sleep(0.5)
        raise AssertionError("The client does not show what was expected.")

    def _run(self, *command: str) -> bytes:
        return subprocess.run(command, env=self._env, check=True, capture_output=True, timeout=60).stdout


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "synapse").mkdir()
        server = Synapse(folder / "synapse")
        server.start()
        try:
            async with ClientSession() as session:
                with fake_gitlab() as fake:
                    desk = await furnished(Homeserver(server, session))
                    await cards(desk, fake, folder)
                await asyncio.to_thread(photograph, desk, folder)
        finally:
            server.stop()


if __name__ == "__main__":
    asyncio.run(main())
