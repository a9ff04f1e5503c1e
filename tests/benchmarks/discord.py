"""How quick the bot is on Discord, as a process of its own: `python -m tests.benchmarks.discord`.

Two figures, each beside a baseline of the same run: a client of the same library on the same fake Discord that does
nothing but acknowledge, and the request that made the issue on the fake GitLab.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.crash.test_discord import STARTING, Town, town
from tests.fake_discord import Interaction, Member, Message
from tests.fake_discord.server import FakeDiscord

CLICKS_PER_SECOND = 50
CLICKS = 500
ISSUES = 30

BARE = """
import sys, discord
from tests.fake_discord.address import point_at

class Bare(discord.Client):
    async def on_interaction(self, interaction):
        await interaction.response.defer()

point_at(sys.argv[1])
Bare(intents=discord.Intents(guilds=True)).run(sys.argv[2], log_handler=None)
"""


async def acknowledged(discord: FakeDiscord, person: Member, card: Message) -> list[float]:
    """Seconds from each click to its acknowledgement, at a steady pace whatever the answers take."""

    async def one(click: Interaction, begun: float) -> float:
        await discord.until(lambda: click.acknowledged, within=30)
        return time.perf_counter() - begun

    waits, begun = [], time.perf_counter()
    for number in range(CLICKS):
        await asyncio.sleep(max(0.0, begun + number / CLICKS_PER_SECOND - time.perf_counter()))
        # The first one counts and the others are told so: each is acknowledged, tested, written down and answered.
        click = await discord.click(person, card, "Approve", custom_id="g:1:1:approve")
        waits.append(asyncio.create_task(one(click, time.perf_counter())))
    return list(await asyncio.gather(*waits))


def share(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


async def bare(here: Town, card: Message) -> list[float]:
    """The same clicks, answered by a client that does nothing else."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore::DeprecationWarning", "-c", BARE, here.discord.url, here.discord.token,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    try:
        await here.discord.connected(STARTING)
        return await acknowledged(here.discord, here.alice, card)
    finally:
        process.kill()
        await process.wait()
        await here.discord.until(lambda: not here.discord.gateway.live)


async def cards(here: Town) -> tuple[list[float], list[float]]:
    """Seconds from the moment an issue stands on GitLab to its card, and what making the issue itself took."""
    waits, made = [], []
    for number in range(2, 2 + ISSUES):
        standing, begun = len(here.cards()), time.perf_counter()
        await here.issue(number)
        made.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        await here.discord.until(lambda before=standing: len(here.cards()) > before, STARTING)  # type: ignore[misc]
        waits.append(time.perf_counter() - begun)
    return waits, made


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        async with town(Path(name), f"sqlite:///{name}/store.db", at_once=1000) as here:
            await here.issue(1)
            await here.start()
            await here.discord.until(here.waiting, STARTING)
            (card,) = here.waiting()
            shown, made = await cards(here)
            clicks = await acknowledged(here.discord, here.alice, card)
            await here.kill()
            baseline = await bare(here, card)
    print(f"{'figure':44} {'p50':>8} {'p95':>8} {'p99':>8}")
    for title, values in (
        (f"click to acknowledgement, {CLICKS_PER_SECOND}/s", clicks),
        ("  baseline: a client that only acknowledges", baseline),
        ("issue on GitLab to card (poll every 0.3 s)", shown),
        ("  baseline: making the issue", made),
    ):
        print(f"{title:44} " + " ".join(f"{1000 * share(values, percent):6.1f}ms" for percent in (50, 95, 99)))
    print("goals: acknowledgement p99 <= 100 ms; card p95 <= 1000 ms, the pause between two polls included here")


if __name__ == "__main__":
    asyncio.run(main())
