"""How fast the Matrix chat is on this machine, against a real homeserver: `python -m tests.benchmarks.matrix`."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.review import State
from bot.domain.routing import Pace
from bot.ports import Job
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from tests.chats.matrix.conftest import FlyingClock, Team, team_on
from tests.doubles import RecordedJobs
from tests.synapse.homeserver import Homeserver
from tests.synapse.server import Synapse
from tests.world import World

REACTIONS = 60
CARDS = 100
AT_ONCE = Pace(at_once=10**6)


class CountedJobs(RecordedJobs):
    """Tells when every card has been decided."""

    def __init__(self) -> None:
        super().__init__()
        self.all = asyncio.Event()

    async def enqueue(self, conn: AsyncConnection, job: Job) -> None:
        await super().enqueue(conn, job)
        if len(self) >= CARDS:
            self.all.set()


@asynccontextmanager
async def team() -> AsyncIterator[Team]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "synapse").mkdir()
        server = Synapse(folder / "synapse")
        server.start()
        stack.callback(server.stop)
        url, jobs = f"sqlite:///{folder}/store.db", CountedJobs()
        await migrate(url)
        store = SqlStore(url, jobs.enqueue)
        stack.push_async_callback(store.close)
        homeserver = Homeserver(server, await stack.enter_async_context(ClientSession()))
        made = await stack.enter_async_context(team_on(homeserver, World(store, FlyingClock(), jobs)))
        made.world.use_chats(made.chat, pace=AT_ONCE)
        yield made


async def reactions(team: Team) -> list[float]:
    """Seconds from a reaction until everybody sees that it was heard."""
    seconds = []
    for number in range(1, REACTIONS + 1):
        _, card = await team.card(number)
        token = (await team.alice.request("GET", "/v3/sync"))["next_batch"]
        begun = time.perf_counter()
        await team.alice.react(team.room, card, "🗑️")
        while True:
            synced = await team.alice.request("GET", "/v3/sync", since=token, timeout="10000")
            token = synced["next_batch"]
            joined = synced.get("rooms", {}).get("join", {}).get(team.room, {})
            events = joined.get("timeline", {}).get("events", [])
            if any("Dismissed" in str(event["content"].get("body")) for event in events):
                break
        seconds.append(time.perf_counter() - begun)
        await team.work()
    return seconds


async def catching_up(team: Team) -> float:
    """Seconds from the start until all that was done on every card during a downtime has taken effect."""
    cards = [(await team.card(1000 + number))[1] for number in range(CARDS)]
    await team.stop()
    for card in cards:
        await team.bob.react(team.room, card, "🗑️")
    jobs = team.world.jobs
    assert isinstance(jobs, CountedJobs)
    jobs.clear()
    jobs.all.clear()
    begun = time.perf_counter()
    await team.start()
    await jobs.all.wait()
    taken = time.perf_counter() - begun
    async with team.world.store.read() as tx:
        assert (await tx.counts())[State.DISMISSED] >= CARDS
    return taken


async def main() -> None:
    async with team() as made:
        seconds = sorted(await reactions(made))
        p95 = seconds[int(len(seconds) * 0.95) - 1]
        print(f"reaction to acknowledgement: median {statistics.median(seconds):.3f} s, p95 {p95:.3f} s")
        print(f"catching up {CARDS} open cards: {await catching_up(made):.2f} s")


if __name__ == "__main__":
    asyncio.run(main())
