"""The real process, killed with -9 at random moments, while the fake GitLab commits some notes late.

Counts what matters: every approved reply is there, none is there twice. $GEPETTTO_CRASHES sets the kills.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("GEPETTTO_CRASHES", "30"))
SEED = int(os.environ.get("GEPETTTO_CRASH_SEED", "1"))

CONFIG = """
[store]
url = "{store}"
[gitlab]
url = "{gitlab}"
projects = [{project}]
poll_interval = 0.3
timeout = 1.0
[terminal]
reviewer = "crash"
[knowledge]
paths = ["faq.md"]
"""

FAQ = "# How do I restart the service?\n\nRun the restart command and wait for the log to say ready.\n"


@dataclass
class Fake:
    url: str
    token: str
    project: int

    def post(self, path: str, **values: object) -> Any:
        body = json.dumps(values).encode()
        request = urllib.request.Request(  # noqa: S310  loopback
            f"{self.url}/control/{path}", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/control/{path}", timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def replies(self) -> Counter[int]:
        """How many notes with our marker each issue has."""
        return Counter(note["iid"] for note in self.get("notes") if "<!-- gepettto:" in note["body"])


@contextmanager
def fake_gitlab() -> Iterator[Fake]:
    command = [sys.executable, "-m", "tests.fake_gitlab", "--late-every", "10", "--late-seconds", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Fake(**json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@dataclass
class Bot:
    """The command `run`, with a person at its pipe who sends whatever waits."""

    config: Path
    fake: Fake
    process: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--config", str(self.config), "--backfill", "1000"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "GEPETTTO_GITLAB_TOKEN": self.fake.token, "LANG": "C.UTF-8"},
        )
        threading.Thread(target=self._send_all, args=(self.process,), daemon=True).start()
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _send_all(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        with suppress(OSError, ValueError):  # the bot was killed
            for _ in range(10_000):
                process.stdin.write("next\nsend\n")
                process.stdin.flush()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with suppress(ValueError):  # closed with the process
            self.output.extend(process.stdout)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with suppress(OSError):  # what was still buffered for the killed process
                stream.close()


def campaign(tmp_path: Path, store: str, kills: int, issues: int) -> None:
    """`kills` kills, a quarter of them during start-up; then the rest is let run to its end."""
    chance = random.Random(SEED)  # noqa: S311
    (tmp_path / "faq.md").write_text(FAQ)
    with fake_gitlab() as fake:
        for number in range(issues):
            fake.post("issue", project=fake.project, title=f"How do I restart the service? ({number})")
        config = tmp_path / "gepettto.toml"
        config.write_text(CONFIG.format(store=store, gitlab=fake.url, project=fake.project))
        bot = Bot(config, fake)
        for _ in range(kills):
            bot.start()
            wait_for(chance.uniform(0.2, 1.0) if chance.random() < 0.25 else chance.uniform(1.5, 3.5))
            bot.kill()
        bot.start()
        deadline = time.monotonic() + 180
        while len(fake.replies()) < issues and time.monotonic() < deadline:
            assert bot.process is not None
            assert bot.process.poll() is None, "".join(bot.output[-30:])
            wait_for(0.5)
        wait_for(6)  # longer than any late note or grace: a second copy would have come by now
        bot.kill()
        replies, state = fake.replies(), fake.get("state")
    lost = [number for number in range(1, issues + 1) if replies[number] == 0]
    doubled = [number for number, count in replies.items() if count > 1]
    print(f"{kills} kills, {issues} replies: {len(lost)} lost, {len(doubled)} doubled")  # noqa: T201
    assert (lost, doubled) == ([], []), "".join(bot.output[-40:])
    assert state["executed"] == []


def wait_for(seconds: float) -> None:
    """A crash needs the real clock: the process under test has no other."""
    threading.Event().wait(seconds)


@pytest.mark.crash
def test_kills_on_sqlite_lose_and_double_nothing(tmp_path: Path) -> None:
    campaign(tmp_path, f"sqlite:///{tmp_path}/store.db", KILLS, issues=40)


@pytest.mark.crash
@pytest.mark.postgres
def test_kills_on_postgresql_lose_and_double_nothing(tmp_path: Path, postgres_url: str) -> None:
    campaign(tmp_path, postgres_url, max(KILLS // 4, 5), issues=15)
