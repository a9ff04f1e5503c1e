"""`gepettto learn`, killed with -9 while it reads the past: it goes on, and ends where it would have ended."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.test_crash import ROOT, Fake, fake_gitlab

ISSUES = 220
PAGE = 100

CONFIG = """
[store]
url = "sqlite:///{name}.db"
[gitlab]
url = "{url}"
projects = [{project}]
[knowledge]
learn_from = ["marie"]
"""


def learn(folder: Path, name: str, gitlab: Fake) -> subprocess.Popen[str]:
    config = folder / f"{name}.toml"
    config.write_text(CONFIG.format(name=name, url=gitlab.url, project=gitlab.project))
    environment = {**os.environ, "GEPETTTO_GITLAB_TOKEN": gitlab.token, "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "bot", "learn", "--json", "--config", str(config)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def threads_read(gitlab: Fake) -> int:
    return sum(seen["path"].endswith("/notes") for seen in gitlab.get("log"))


def passages(folder: Path, name: str) -> list[tuple[str, str]]:
    with sqlite3.connect(folder / f"{name}.db") as conn:
        return sorted(conn.execute("SELECT id, value FROM passages"))


@pytest.mark.crash
def test_a_killed_run_goes_on_and_ends_where_it_would_have_ended(tmp_path: Path) -> None:
    with fake_gitlab() as gitlab:
        for number in range(1, ISSUES + 1):
            gitlab.post("issue", project=gitlab.project, title=f"How do I use feature {number}?", description="Help")
            words = f"Open the settings, choose the tab named feature{number} and switch everything in it on."
            gitlab.post("note", project=gitlab.project, iid=number, body=words, author="marie")
        before = threads_read(gitlab)
        for further in (PAGE // 2, PAGE):
            running = learn(tmp_path, "killed", gitlab)
            while threads_read(gitlab) - before < further and running.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    running.wait(timeout=0.05)
            running.kill()
            running.communicate()
            before = threads_read(gitlab)
        ended = learn(tmp_path, "killed", gitlab)
        report = json.loads(ended.communicate(timeout=60)[0])
        assert ended.returncode == 0
        assert report["history"]["issues"] == ISSUES
        whole = learn(tmp_path, "whole", gitlab)
        assert json.loads(whole.communicate(timeout=60)[0])["history"]["added"] == ISSUES
        assert passages(tmp_path, "killed") == passages(tmp_path, "whole")
        before = threads_read(gitlab)
        again = learn(tmp_path, "killed", gitlab)
        assert json.loads(again.communicate(timeout=60)[0])["history"]["read"] == 0
        assert threads_read(gitlab) == before
        assert gitlab.get("state")["problems"] == []
