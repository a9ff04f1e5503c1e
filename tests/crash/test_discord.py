"""The whole path with the real process: GitLab fake, Discord fake, people who click, and kill -9 in between.

$GEPETTTO_CRASHES sets the kills of the campaign (a quarter of it is done here).
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.crash.test_crash import FAQ, KILLS, ROOT, SEED, Fake, fake_gitlab
from tests.fake_discord import Channel, FakeDiscord, Guild, Member, Message

CONFIG = """
[store]
url = "{store}"
[gitlab]
url = "{gitlab}"
projects = [{project}]
poll_interval = 0.3
timeout = 1.0
[discord]
guild = {guild}
channel = {channel}
reviewer_roles = [{role}]
[cards]
at_once = {at_once}
[knowledge]
paths = ["faq.md"]
"""
STARTING = 60.0


@dataclass
class Town:
    """GitLab, Discord and the team in this process; the bot is another one."""

    gitlab: Fake
    discord: FakeDiscord
    guild: Guild
    channel: Channel
    alice: Member
    config: Path
    bot: asyncio.subprocess.Process | None = None
    said: list[str] = field(default_factory=list)

    async def start(self) -> None:
        before = self.discord.connections
        tokens = {"GEPETTTO_GITLAB_TOKEN": self.gitlab.token, "GEPETTTO_DISCORD_TOKEN": self.discord.token}
        launch = ["-W", "ignore::DeprecationWarning", "-m", "tests.fake_discord.launch", self.discord.url]
        command = ["run", "--config", str(self.config), "--backfill", "1000"]
        nothing = asyncio.subprocess.DEVNULL
        with (self.config.parent / "log.txt").open("ab") as log:
            self.bot = await asyncio.create_subprocess_exec(
                sys.executable, *launch, *command, cwd=ROOT, stdin=nothing, stdout=nothing, stderr=log,
                env={**os.environ, **tokens},
            )  # fmt: skip
        await self.discord.until(lambda: self.discord.connections > before, STARTING)

    async def kill(self) -> None:
        assert self.bot is not None
        self.bot.kill()
        await self.bot.wait()
        await self.discord.until(lambda: not self.discord.gateway.live)

    async def issue(self, number: int) -> None:
        title = f"How do I restart the service? ({number})"
        await asyncio.to_thread(self.gitlab.post, "issue", project=self.gitlab.project, title=title)

    async def replies(self) -> dict[int, int]:
        return dict(await asyncio.to_thread(self.gitlab.replies))

    def cards(self) -> list[Message]:
        return [message for message in self.channel.messages.values() if message.buttons()]

    def waiting(self) -> list[Message]:
        return [card for card in self.cards() if any(button.label == "Approve" for button in card.buttons())]

    async def approve_all(self, done: Callable[[], bool], *, seconds: float) -> None:
        """Alice clicks whatever waits, until `done` or for so long; a click that meets a dead bot is made again."""
        try:
            async with asyncio.timeout(seconds):
                while not done():
                    for card in self.waiting():
                        if self.discord.gateway.live:
                            await self.discord.click(self.alice, card, "Approve")
                    with suppress(TimeoutError):  # the other process has only the real clock
                        await asyncio.wait_for(asyncio.Event().wait(), 0.2)
        except TimeoutError:
            return

    def all_sent(self, count: int) -> bool:
        return sum("**sent**" in card.text() for card in self.cards()) == count

    def log(self) -> str:
        return (self.config.parent / "log.txt").read_text()[-3000:]


@asynccontextmanager
async def town(tmp_path: Path, store: str, *, at_once: int = 100) -> AsyncIterator[Town]:
    (tmp_path / "faq.md").write_text(FAQ)
    with fake_gitlab() as gitlab:
        async with FakeDiscord.start() as discord:
            guild = discord.add_guild("Team")
            role = guild.add_role("Maintainers")
            channel = guild.add_channel("issues")
            config = tmp_path / "gepettto.toml"
            config.write_text(
                CONFIG.format(
                    store=store, gitlab=gitlab.url, project=gitlab.project, guild=guild.id, channel=channel.id,
                    role=role.id, at_once=at_once,
                )
            )  # fmt: skip
            made = Town(gitlab, discord, guild, channel, guild.add_member("alice", [role]), config)
            try:
                yield made
            finally:
                if made.bot is not None and made.bot.returncode is None:
                    await made.kill()


@pytest.mark.crash
async def test_from_an_issue_to_one_note_with_a_kill_after_the_click(tmp_path: Path) -> None:
    async with town(tmp_path, f"sqlite:///{tmp_path}/store.db") as here:
        await here.issue(1)
        await here.start()
        await here.discord.until(here.waiting, STARTING)
        (card,) = here.waiting()
        click = await here.discord.click(here.alice, card, "Approve")
        await click.replied()
        await here.kill()
        await here.start()
        await here.discord.until(lambda: here.all_sent(1), STARTING)
        assert await here.replies() == {1: 1}
        assert len(here.cards()) == 1, here.log()


@pytest.mark.crash
async def test_kills_while_a_team_clicks_lose_and_double_neither_cards_nor_notes(tmp_path: Path) -> None:
    issues, chance = 12, random.Random(SEED)  # noqa: S311
    async with town(tmp_path, f"sqlite:///{tmp_path}/store.db") as here:
        for number in range(1, issues + 1):
            await here.issue(number)
        for _ in range(max(KILLS // 4, 4)):
            await here.start()
            await here.approve_all(lambda: here.all_sent(issues), seconds=chance.uniform(0.5, 3.0))
            await here.kill()
        await here.start()
        await here.approve_all(lambda: here.all_sent(issues), seconds=120)
        replies = await here.replies()
        assert replies == dict.fromkeys(range(1, issues + 1), 1), here.log()
        assert len(here.cards()) == issues, here.log()
        assert here.all_sent(issues), here.log()


@pytest.mark.crash
async def test_two_hundred_issues_at_once_are_paced_and_none_is_lost(tmp_path: Path) -> None:
    async with town(tmp_path, f"sqlite:///{tmp_path}/store.db", at_once=10) as here:
        for number in range(1, 201):
            await here.issue(number)
        await here.start()
        await here.discord.until(
            lambda: any("190 issues" in m.text() for m in here.channel.messages.values()), 2 * STARTING
        )
        assert len(here.waiting()) == 10
        await here.kill()
        await here.start()
        await here.approve_all(lambda: here.all_sent(10), seconds=STARTING)
        assert sum((await here.replies()).values()) == 10
        assert len(here.channel.messages) == 11, here.log()
