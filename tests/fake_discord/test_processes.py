"""Bots that are processes of their own: they are sent here from outside, killed, and come back."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.fake_discord.conftest import Here

ROOT = Path(__file__).parents[2]

BOT = """
import sys, discord
from tests.fake_discord.address import point_at

class Bot(discord.Client):
    async def on_interaction(self, interaction):
        await interaction.response.send_message("Done.", ephemeral=True)

point_at(sys.argv[1])
Bot(intents=discord.Intents(guilds=True)).run(sys.argv[2], log_handler=None)
"""


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore::DeprecationWarning", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def test_the_bots_own_command_line_is_launched() -> None:
    process = await start("-m", "tests.fake_discord.launch", "http://127.0.0.1:1", "--version")
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert out.decode().strip()


async def test_a_killed_bot_leaves_no_trace_and_another_takes_over(here: Here) -> None:
    message = here.channel.messages[await here.card()]
    for round_ in (1, 2):
        bot = await start("-c", BOT, here.discord.url, here.discord.token)
        try:
            await here.discord.until(lambda: here.discord.gateway.live)
            await (await here.discord.click(here.alice, message, "Go")).replied()
        finally:
            bot.kill()
            await bot.communicate()
        await here.discord.until(lambda: not here.discord.gateway.live)
        lost = await here.discord.click(here.alice, message, "Go")
        here.clock.advance(4)
        assert lost.failed
        assert here.discord.connections == round_
