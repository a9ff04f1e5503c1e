"""A storm of webhooks against the whole bot: `python -m tests.benchmarks.hooks`.

1 000 signed deliveries a second for 10 seconds from a second process, each at its own moment whether or not the earlier
ones were answered; the time of a delivery runs from that moment. Beside every figure stands the same storm against a
bare aiohttp handler that reads the body and answers 200. The bot runs with a fake GitLab, a third process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.benchmarks.system import _cpu, _resident
from tests.cli.test_real_hooks import SIGNING, running
from tests.crash.test_crash import fake_gitlab
from tests.fake_gitlab import HookRow, World
from tests.fake_gitlab.webhooks import headers, issue_event

PATH = "/hooks/gitlab"
ISSUES = 500
CONNECTIONS = 512


@dataclass(frozen=True)
class Storm:
    """What one storm came to; milliseconds."""

    accepted: int
    late: int
    median: float
    p99: float
    longest: float


def requests(count: int, port: int, project: int, *, fresh: bool) -> list[bytes]:
    """Whole requests, ready to send: of about the size that GitLab's own are."""
    world = World()
    there = world.add_project()
    there.id = project
    issues = [world.add_issue(there, description="What do I do? " * 200) for _ in range(ISSUES)]
    hook, seconds = HookRow(id=1, owner=project, signing_token=SIGNING), int(time.time())
    bodies = [json.dumps(issue_event(world, issue, "update").body).encode() for issue in issues]
    made = []
    for number in range(count):
        body = bodies[number % ISSUES]
        lines = {"Host": f"127.0.0.1:{port}", "Content-Length": str(len(body))}
        lines |= headers(hook, "Issue Hook", body, seconds=seconds, key=str(uuid.uuid4()))
        lines |= {"Connection": "close"} if fresh else {}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        made.append(f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body)
    return made


async def send(port: int, ready: list[bytes], rate: float, *, fresh: bool) -> Storm:
    """Each request at its moment. Without `fresh` connections are used again, as a proxy may do."""
    idle: asyncio.LifoQueue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.LifoQueue()
    times: list[float] = []
    statuses: list[int] = []

    async def one(request: bytes, due: float) -> None:
        try:
            await exchange(request, due)
        except OSError:
            statuses.append(0)

    async def exchange(request: bytes, due: float) -> None:
        connection = await asyncio.open_connection("127.0.0.1", port) if fresh else await idle.get()
        reader, writer = connection
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        statuses.append(int(head.split()[1]))
        times.append(time.perf_counter() - due)
        if fresh:
            writer.close()
        else:
            idle.put_nowait(connection)

    for _ in range(0 if fresh else CONNECTIONS):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    begin = time.perf_counter() + 0.5
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(ready):
            due = begin + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(one(request, due))
    while not idle.empty():
        idle.get_nowait()[1].close()
    spent = sorted(1000 * one for one in times)
    return Storm(
        accepted=sum(status in {200, 202} for status in statuses),
        late=len(ready) - len(spent) + sum(one > 1000 for one in spent),
        median=statistics.median(spent),
        p99=spent[len(spent) * 99 // 100],
        longest=spent[-1],
    )


def storm(port: int, project: int, options: argparse.Namespace, *, fresh: bool) -> Storm:
    """The same from a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.hooks", "--send-to", str(port), "--project", str(project)]
    command += ["--rate", str(options.rate), "--seconds", str(options.seconds), *(["--fresh"] if fresh else [])]
    return Storm(**json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


@contextmanager
def bare() -> Iterator[tuple[int, int]]:
    """The least that aiohttp can do, in a process of its own: its id, and the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.hooks", "--bare", str(port)])
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def serve_bare(port: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    app = web.Application()
    app.router.add_post(PATH, handler)
    web.run_app(app, host="127.0.0.1", port=port, print=lambda *_: None, access_log=None)


def measure(options: argparse.Namespace, *, fresh: bool) -> None:
    with bare() as (pid, port):
        baseline, least = storm(port, 1, options, fresh=fresh), _cpu(pid)
    with tempfile.TemporaryDirectory() as name, fake_gitlab() as fake:
        for number in range(ISSUES):
            fake.post("issue", project=fake.project, title=f"Old {number}")
        with running(Path(name), fake) as bot:
            pid = bot.process.pid
            memory, spent = _resident(pid), _cpu(pid)
            found = storm(int(bot.url.rpartition(":")[2]), fake.project, options, fresh=fresh)
            bot.until(lambda: _count(Path(name), "done_at IS NULL") == 0)
            spent, growth = _cpu(pid) - spent, _peak(pid) - memory
            asked = sum("/issues" in seen["path"] for seen in fake.get("log"))
        rows = _count(Path(name), "1 = 1")
    wanted = int(options.rate * options.seconds)
    how = "a connection each" if fresh else f"{CONNECTIONS} connections"
    print(f"{wanted} deliveries in {options.seconds:g} s, {how}")
    _line("answered after 1 s, or not at all", found.late, 0, "", baseline.late)
    _line("refused", wanted - found.accepted, 0, "", wanted - baseline.accepted)
    _line("accepted and not stored", max(found.accepted - rows, 0), 0, "")
    _line("median", found.median, 100, "ms", baseline.median)
    _line("99 of 100 within", found.p99, 500, "ms", baseline.p99)
    _line("longest", found.longest, 1000, "ms", baseline.longest)
    _line("processor time for each", 1000 * spent / wanted, 0.7, "ms", 1000 * least / wanted)
    _line("memory: growth at its peak", growth, 64, "MB")
    _line("requests to GitLab meanwhile", asked, 100, "")


def _line(name: str, value: float, goal: float, unit: str, baseline: float | None = None) -> None:
    beside = "" if baseline is None else f"bare aiohttp {baseline:.2f}"
    print(f"  {name:40} {value:9.2f} {unit:2} {'ok ' if value <= goal else 'OVER'} goal {goal:g}   {beside}")


def _count(folder: Path, where: str) -> int:
    with closing(sqlite3.connect(folder / "store.db", timeout=30)) as store:
        return int(store.execute(f"SELECT count(*) FROM deliveries WHERE {where}").fetchone()[0])  # noqa: S608


def _peak(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.hooks", description=__doc__)
    parser.add_argument("--rate", type=float, default=1000, help="deliveries a second")
    parser.add_argument("--seconds", type=float, default=10)
    for name, kind in (("--send-to", int), ("--project", int), ("--bare", int)):
        parser.add_argument(name, type=kind, help=argparse.SUPPRESS)
    parser.add_argument("--fresh", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        serve_bare(options.bare)
    elif options.send_to:
        count = int(options.rate * options.seconds)
        ready = requests(count, options.send_to, options.project, fresh=options.fresh)
        result: Any = asyncio.run(send(options.send_to, ready, options.rate, fresh=options.fresh))
        print(json.dumps(result.__dict__))
    else:
        print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}")
        for fresh in (False, True):
            measure(options, fresh=fresh)


if __name__ == "__main__":
    main()
