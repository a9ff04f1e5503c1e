"""How fast and how heavy the whole bot is, on this machine: `python -m tests.benchmarks.system`.

Every figure is the median of several runs, beside its goal and beside a named baseline of the same run.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.domain.review import State
from bot.domain.routing import Pace
from bot.engine import Engine
from bot.ports import JobKind
from bot.services.answering import Answering, Policy
from bot.services.drafting import Drafting
from bot.services.intake import Intake
from bot.services.posting import Posting
from bot.services.retry import Patience
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from tests.factories import make_issue, make_match, make_thread
from tests.fakes import FakeChat, FakeDrafter, FakeStock, FakeTracker

RUNS = 5


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    goal: float
    baseline: str


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def median(measure: Callable[[], float], runs: int = RUNS) -> float:
    return statistics.median(measure() for _ in range(runs))


def help_time() -> Figure:
    python = median(lambda: timed([sys.executable, "-c", "pass"]))
    value = median(lambda: timed([sys.executable, "-m", "bot", "--help"]))
    return Figure("gepettto --help", value, "s", 0.3, f"an empty Python program {python:.2f} s")


CONFIG = """
[store]
url = "sqlite:///{folder}/store.db"
[folder]
path = "{folder}/issues"
[terminal]
reviewer = "bench"
[knowledge]
paths = []
"""


def prepare(folder: Path) -> Path:
    (folder / "issues").mkdir()
    config = folder / "gepettto.toml"
    config.write_text(CONFIG.format(folder=folder))
    return config


def start_to_ready() -> Figure:
    """From the start of the process until it has read its first command and answered it."""

    def once() -> float:
        with tempfile.TemporaryDirectory() as name:
            config = prepare(Path(name))
            start = time.perf_counter()
            bot = _bot(config)
            try:
                assert bot.stdin is not None
                assert bot.stdout is not None
                bot.stdin.write("status\n")
                bot.stdin.flush()
                while "waiting" not in (line := bot.stdout.readline()):
                    assert line, "the bot ended"
                return time.perf_counter() - start
            finally:
                bot.kill()
                bot.wait()

    libraries = "import dbos, sqlalchemy.ext.asyncio, alembic.command, pydantic, rich, prompt_toolkit"
    imports = median(lambda: timed([sys.executable, "-c", libraries]))
    return Figure("start to ready", median(once), "s", 2.5, f"importing the libraries {imports:.2f} s")


def _bot(config: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--config", str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LANG": "C.UTF-8"},
    )


def idle(rows: int = 10_000, seconds: float = 20.0) -> list[Figure]:
    """CPU and memory of a bot with `rows` reviews waiting for a person."""
    with tempfile.TemporaryDirectory() as name:
        config = prepare(Path(name))
        asyncio.run(_fill(f"sqlite:///{name}/store.db", rows))
        bot = _bot(config)
        try:
            assert bot.stdin is not None
            assert bot.stdout is not None
            bot.stdin.write("status\n")
            bot.stdin.flush()
            while "waiting" not in bot.stdout.readline():
                pass
            time.sleep(3)
            before, start = _cpu(bot.pid), time.perf_counter()
            time.sleep(seconds)
            share = 100 * (_cpu(bot.pid) - before) / (time.perf_counter() - start)
            memory = _resident(bot.pid)
        finally:
            bot.kill()
            bot.wait()
    baseline = f"with {rows} reviews waiting"
    return [Figure("idle CPU", share, "%", 4, baseline), Figure("resident memory", memory, "MB", 150, baseline)]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def _fill(url: str, rows: int) -> None:
    await migrate(url)
    store, clock = SqlStore(url), SystemClock()
    async with store.begin() as tx:
        for number in range(rows):
            review = await tx.add_review(make_issue(number), marker=f"m{number}", by="bench", at=clock.now())
            review = await tx.move(review, State.DRAFTING, by="bench", at=clock.now())
            review = await tx.move(review, State.PENDING, by="bench", at=clock.now())
            await tx.mark_posted(review.id, review.rev)
    await store.close()


async def burst(issues: int = 100) -> tuple[float, float]:
    """Seconds from the first look to the last card, and the drafting job's own seconds for one draft."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{name}/store.db"
        await migrate(url)
        store, clock = SqlStore(url), SystemClock()
        tracker, chat = FakeTracker(), FakeChat()
        for number in range(1, issues + 1):
            tracker.add(make_thread(number))
        trackers = {tracker.name: tracker}
        answering = Answering(FakeStock(make_match()), [FakeDrafter()], Policy())
        drafting = Drafting(store, trackers, answering, clock, timedelta(minutes=1), Patience())
        spent: list[float] = []

        async def draft(review_id: int) -> None:
            start = time.perf_counter()
            await drafting(review_id)
            spent.append(time.perf_counter() - start)

        engine = Engine(store, clock)
        keys = iter(range(10**6))
        posting = Posting(store, trackers, [chat], clock, lambda: str(next(keys)), Pace(at_once=issues))
        await engine.start(dict.fromkeys(JobKind, draft) | {JobKind.POST: posting})
        start = time.perf_counter()
        await Intake(store, tracker, clock, lambda: f"m{next(keys)}").poll()
        await engine.settled()
        total = time.perf_counter() - start
        await engine.stop()
        await store.close()
        assert len(chat.cards) == issues
        return total, statistics.median(spent)


def cards() -> list[Figure]:
    total, _ = asyncio.run(burst())
    _, alone = asyncio.run(burst(1))
    return [
        Figure("100 new issues to cards", total, "s", 15, "an instant fake model"),
        Figure("one draft beside the model's time", alone * 1000, "ms", 60, "an instant fake model"),
    ]


def main() -> None:
    figures = [help_time(), start_to_ready(), *idle(), *cards()]
    print(f"{'figure':36} {'median':>10} {'goal':>10}   beside")
    for figure in figures:
        reached = "ok " if figure.value <= figure.goal else "OVER"
        goal = f"{figure.goal:g} {figure.unit}"
        print(f"{figure.name:36} {figure.value:8.2f} {figure.unit:2} {goal:>9}   {reached}  {figure.baseline}")


if __name__ == "__main__":
    main()
