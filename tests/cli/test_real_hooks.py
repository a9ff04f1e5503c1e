"""The real process with its listener: a webhook brings a card long before the next poll."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.crash.test_crash import Fake, fake_gitlab, wait_for
from tests.fake_gitlab import HookRow
from tests.fake_gitlab.webhooks import headers

ROOT = Path(__file__).parents[2]
SIGNING = "whsec_" + "c2lnbmluZy1rZXktZm9yLXRlc3RzLW9ubHktMzJieXRl"

CONFIG = """
[store]
url = "sqlite:///store.db"
[gitlab]
url = "{url}"
projects = [{project}]
poll_interval = 3600
[terminal]
reviewer = "hooks"
[knowledge]
paths = ["faq.md"]
[web]
listen = "127.0.0.1:{port}"
"""

FAQ = "# How do I restart the service?\n\nRun the restart command and wait for the log to say ready.\n"


class Running:
    """A bot that listens."""

    def __init__(self, folder: Path, fake: Fake, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.hook = f"{self.url}/hooks/gitlab"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--config", str(folder / "gepettto.toml")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "GEPETTTO_GITLAB_TOKEN": fake.token,
                "GEPETTTO_GITLAB_SIGNING_SECRET": SIGNING,
                "LANG": "C.UTF-8",
            },
        )

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:  # noqa: S310  loopback
            return str(answer.read().decode())

    def metric(self, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics"), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def until(self, true: Callable[[], bool], seconds: float = 45) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            with suppress(OSError):
                if true():
                    return
            wait_for(0.05)
        raise AssertionError(self.get("/metrics") + self.get("/health"))

    def watching(self) -> bool:
        return self.metric('gepettto_polls_total{tracker="gitlab",outcome="ok"}') == 1

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, said
        return said.decode()


@contextmanager
def running(folder: Path, fake: Fake) -> Iterator[Running]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "faq.md").write_text(FAQ)
    (folder / "gepettto.toml").write_text(CONFIG.format(url=fake.url, project=fake.project, port=port))
    bot = Running(folder, fake, port)
    try:
        bot.until(bot.watching)
        yield bot
    finally:
        bot.process.kill()
        bot.process.communicate()


def gepettto(*arguments: str, folder: Path, fake: Fake, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments, "--config", str(folder / "gepettto.toml")]
    env = {**os.environ, "GEPETTTO_GITLAB_TOKEN": fake.token, "LANG": "C.UTF-8", **env}
    return subprocess.run(command, cwd=ROOT, env=env, input="", capture_output=True, text=True, timeout=90)


def waiting(bot: Running) -> float:
    return bot.metric('gepettto_reviews{state="pending"}')


def test_a_webhook_brings_the_card_long_before_the_poll(tmp_path: Path) -> None:
    """gitlab 7, 9: the poll comes once an hour; our own note, delivered back to us, changes nothing."""
    with fake_gitlab() as fake, running(tmp_path, fake) as bot:
        fake.post(
            "hook", project=fake.project, url=bot.hook, signing_token=SIGNING, issues_events=True, note_events=True
        )
        begun = time.monotonic()
        fake.post("issue", project=fake.project, title="How do I restart the service?")
        bot.until(lambda: waiting(bot) == 1)
        took = time.monotonic() - begun
        assert bot.process.stdin is not None
        bot.process.stdin.write(b"start\nsend\n")
        bot.process.stdin.flush()
        bot.until(lambda: len(fake.replies()) == 1 and bot.metric('gepettto_reviews{state="sent"}') == 1)
        bot.until(lambda: fake.get("state")["delivered"] == [202, 202])
        wait_for(1)
        assert [note["author"] for note in fake.get("notes")] == ["helpful-robot"]
        assert bot.metric('gepettto_deliveries_total{outcome="stored"}') == 2
        assert bot.metric('gepettto_polls_total{tracker="gitlab",outcome="ok"}') == 1
        health = json.loads(bot.get("/health"))
        assert (health["ok"], {part["item"] for part in health["parts"]}) == (True, {"store", "engine", "gitlab"})
        assert bot.stop() == ""
        assert fake.get("state")["problems"] == []
    assert took < 10


def test_check_makes_a_webhook_that_works(tmp_path: Path) -> None:
    """gitlab 8: and says when there is none, and when it was switched off."""
    with fake_gitlab() as fake:
        fake.post("role", project=fake.project, level=40)
        with running(tmp_path, fake) as bot:
            secret = {"GEPETTTO_GITLAB_SIGNING_SECRET": SIGNING}
            before = gepettto("check", folder=tmp_path, fake=fake, **secret)
            assert before.returncode == 0
            assert re.search(rf"warn +gitlab webhook of project {fake.project} +There is none", before.stdout)
            made = gepettto("check", "--create-hook", bot.url, folder=tmp_path, fake=fake, **secret)
            assert made.returncode == 0, made.stdout + made.stderr
            assert f"GitLab delivers to {bot.hook}." in made.stdout
            fake.post("issue", project=fake.project, title="How do I restart the service?")
            bot.until(lambda: waiting(bot) == 1)
        assert fake.get("state")["problems"] == []
    assert SIGNING not in before.stdout + made.stdout + made.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_accepted_is_there_after_the_end(tmp_path: Path, number: signal.Signals) -> None:
    """gitlab 7: four senders without a pause, and the end comes among their deliveries."""
    accepted: list[str] = []

    def send(url: str, project: int, sender: int) -> None:
        hook = HookRow(id=1, owner=project, signing_token=SIGNING)
        for count in range(100_000):
            key = f"{sender}-{count}"
            shape = {"object_kind": "issue", "object_attributes": {"project_id": project, "iid": 1}}
            body = json.dumps(shape).encode()
            sent = headers(hook, "Issue Hook", body, seconds=int(time.time()), key=key)
            try:
                request = urllib.request.Request(url, body, sent)  # noqa: S310  loopback
                urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
                accepted.append(key)
            except (OSError, HTTPException):
                return  # the bot has ended

    with fake_gitlab() as fake, running(tmp_path, fake) as bot:
        senders = [threading.Thread(target=send, args=(bot.hook, fake.project, one)) for one in range(4)]
        for sender in senders:
            sender.start()
        bot.until(lambda: len(accepted) > 200)
        bot.process.send_signal(number)
        bot.process.wait(30)
        for sender in senders:
            sender.join()
    with closing(sqlite3.connect(tmp_path / "store.db")) as store:
        stored = {key for (key,) in store.execute("SELECT key FROM deliveries")}
    assert set(accepted) <= stored
    assert len(stored - set(accepted)) <= len(senders), "stored, and ended before the answer"


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({}, "set GEPETTTO_GITLAB_SIGNING_SECRET, or GEPETTTO_GITLAB_WEBHOOK_SECRET"),
        ({"GEPETTTO_GITLAB_SIGNING_SECRET": "whsec_short"}, "GEPETTTO_GITLAB_SIGNING_SECRET must be whsec_"),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_without_a_usable_secret_it_does_not_start(
    tmp_path: Path, command: str, env: dict[str, str], sentence: str
) -> None:
    """gitlab 3"""
    with fake_gitlab() as fake:
        (tmp_path / "faq.md").write_text(FAQ)
        (tmp_path / "gepettto.toml").write_text(CONFIG.format(url=fake.url, project=fake.project, port=1))
        ended = gepettto(command, folder=tmp_path, fake=fake, **env)
    assert ended.returncode == 2, ended.stdout
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("url", ["bot.example.org", "ftp://x", "https://a:b@c", "https://x/?q=1"])
def test_an_address_that_is_none_is_wrong_usage(tmp_path: Path, url: str) -> None:
    ended = gepettto("check", "--create-hook", url, folder=tmp_path, fake=Fake("", "t", 1))
    assert ended.returncode == 2
    assert "must be an address" in ended.stderr
