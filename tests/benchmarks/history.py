"""How fast the past of a GitLab is read, beside the seed's way: `python -m tests.benchmarks.history`.

The seed reads one request after another: lists page by page, twenty rows each, and the notes of one issue after
those of the one before, through python-gitlab. Both ways read the same fake server, which is another process and
takes 50 ms for every request. Ours also cleans, filters, indexes and stores what it reads.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import gitlab
from aiohttp import web

from bot.clock import SystemClock
from bot.services.history import Importer
from bot.settings import GitLabSettings
from bot.store.database import SqlStore
from bot.store.history import SqlArchive
from bot.store.migrate import migrate
from bot.store.passages import SqlStock
from bot.trackers.gitlab.history import GitLabHistory
from tests.fake_gitlab import TOKEN, FakeGitLab
from tests.trackers.clock import START

_MODULE = "tests.benchmarks.history"

PROJECTS, ISSUES, NOTES = 10, 200, 8
DELAY = 0.05
FASTER, SECOND_RUN, MEMORY = 15.0, 0.02, 40.0
WORDS = (
    "server relay account password contact message settings network proxy certificate update version folder cache "
    "window button log error restart service daemon port firewall backup restore database export import theme call "
    "audio video camera screen device sync cloud token access group project issue branch merge pipeline runner image"
)


def main() -> None:
    with _server() as (url, projects):
        small, large = _ours(url, projects[:1]), _ours(url, projects, again=True)
        seed = _seeds_way(url, projects)
    faster = seed["seconds"] / large["seconds"]
    share = large["second_requests"] / large["requests"]
    growth = large["megabytes"] - small["megabytes"]
    notes = PROJECTS * ISSUES * NOTES
    print(f"{PROJECTS} projects x {ISSUES} issues x {NOTES} notes ({notes} notes), {DELAY * 1000:.0f} ms a request")
    print(f"the seed's way    {seed['seconds']:8.1f} s  {seed['requests']:6d} requests")
    print(f"ours              {large['seconds']:8.1f} s  {large['requests']:6d} requests  {large['passages']} passages")
    print(f"ours, second run  {large['second_seconds']:8.1f} s  {large['second_requests']:6d} requests")
    print(
        f"{faster:.1f} times faster (goal {FASTER:.0f}); second run {share:.1%} of the requests (goal {SECOND_RUN:.0%})"
    )
    print(f"peak memory {large['megabytes']:.0f} MB; with a tenth of the issues {small['megabytes']:.0f} MB")
    if faster < FASTER or share > SECOND_RUN or growth > MEMORY:
        sys.exit("a goal is missed")


@contextmanager
def _server() -> Iterator[tuple[str, list[int]]]:
    process = subprocess.Popen([sys.executable, "-m", _MODULE, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield ready["url"], ready["projects"]
    finally:
        process.kill()
        process.wait()


def _ours(url: str, projects: list[int], *, again: bool = False) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", _MODULE, "ours", url, json.dumps(projects), json.dumps(again)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return found


def _requests(url: str) -> int:
    """How many the server has had since it was last asked."""
    with urllib.request.urlopen(f"{url}/control/count") as answer:  # noqa: S310  our own server
        return int(json.load(answer))


def _seeds_way(url: str, projects: list[int]) -> dict[str, Any]:
    _requests(url)
    client = gitlab.Gitlab(url, private_token=TOKEN)
    begun = time.perf_counter()
    for identity in projects:
        project = client.projects.get(identity, lazy=True)
        for issue in project.issues.list(iterator=True, state="all", scope="all"):
            for _ in issue.notes.list(iterator=True):
                pass
    return {"seconds": time.perf_counter() - begun, "requests": _requests(url)}


async def measure(url: str, projects: list[int], *, again: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{Path(folder) / 'store.db'}"
        await migrate(address)
        store = SqlStore(address)
        stock = SqlStock(store.engine)
        found: dict[str, Any] = {}
        for run in ("", "second_")[: 1 + again]:
            _requests(url)
            begun = time.perf_counter()
            await _learn(url, projects, SqlArchive(store.engine, stock))
            found |= {f"{run}seconds": time.perf_counter() - begun, f"{run}requests": _requests(url)}
        found |= {"passages": await stock.size()}
        await store.close()
    return found | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


async def _learn(url: str, projects: list[int], archive: SqlArchive) -> None:
    settings = GitLabSettings.model_validate({"url": url, "projects": projects})
    history = GitLabHistory(settings, TOKEN, SystemClock())
    try:
        await Importer(history, archive, lambda *_: None).run()
    finally:
        await history.close()


class SlowGitLab(FakeGitLab):
    """Takes its time, counts, and checks nothing: the tests do that."""

    def __init__(self) -> None:
        super().__init__()
        self._document = None
        self.count = 0

    def control(self) -> web.RouteTableDef:
        table = web.RouteTableDef()

        @table.get("/control/count")
        async def count(_: web.Request) -> web.Response:
            self.count, had = 0, self.count
            return web.json_response(had)

        return table

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith("/control"):
            self.count += 1
            self.log.clear()
            await asyncio.sleep(DELAY)
        return await super()._guard(request, handler)


async def serve() -> None:
    server, chance = SlowGitLab(), random.Random(7)  # noqa: S311  the same texts each time
    world = server.world
    marie = world.add_person("marie")
    for number in range(PROJECTS):
        project = world.add_project(f"team/p{number}")
        project.members[marie.id] = 40
        for turn in range(ISSUES):
            at = START + timedelta(hours=turn)
            issue = world.add_issue(project, _text(chance, 8), at=at, description=_text(chance, 60))
            for note in range(NOTES):
                author = marie if note % 4 == 1 else None
                world.add_note(issue, _text(chance, 40), author, created_at=at + timedelta(minutes=note))
    await server.start(0, control=server.control())
    print(json.dumps({"url": server.url, "projects": list(world.projects)}), flush=True)
    await asyncio.Event().wait()


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS.split(), k=words))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            asyncio.run(serve())
        case ["ours", url, projects, again]:
            print(json.dumps(asyncio.run(measure(url, json.loads(projects), again=json.loads(again)))))
        case _:
            main()
