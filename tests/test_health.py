"""The pulse that a container's health check reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import health
from bot.errors import ConfigError


def test_a_fresh_beat_is_health(tmp_path: Path) -> None:
    environ = {health.VARIABLE: str(tmp_path / "alive")}
    health.beat(environ)
    touched = (tmp_path / "alive").stat().st_mtime
    assert health.problem(environ, touched + health.EVERY) == ""


def test_a_beat_that_is_missed_for_long_is_not(tmp_path: Path) -> None:
    environ = {health.VARIABLE: str(tmp_path / "alive")}
    health.beat(environ)
    os.utime(tmp_path / "alive", (1000, 1000))
    assert health.problem(environ, 1100) == "The last heartbeat is 100 seconds old; the bot hangs or has ended."
    health.beat(environ)
    assert (tmp_path / "alive").stat().st_mtime > 1000


def test_no_beat_yet(tmp_path: Path) -> None:
    sentence = health.problem({health.VARIABLE: str(tmp_path / "alive")}, 0)
    assert sentence == f"There is no heartbeat at {tmp_path}/alive (No such file or directory)."


def test_without_the_variable_nothing_is_written_and_the_check_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    health.beat({})
    assert list(tmp_path.iterdir()) == []
    assert "GEPETTTO_HEARTBEAT is not set" in health.problem({}, 0)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"GEPETTTO_HEARTBEAT names .*/absent/alive, which cannot be written"):
        health.beat({health.VARIABLE: str(tmp_path / "absent" / "alive")})


def test_the_check_as_a_container_runs_it(tmp_path: Path) -> None:
    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.health"],
            env={health.VARIABLE: str(tmp_path / "alive")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    silent = check()
    assert (silent.returncode, silent.stderr.count("\n")) == (1, 1)
    (tmp_path / "alive").touch()
    assert check().returncode == 0
