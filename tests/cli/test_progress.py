"""Progress in a pipe: a line now and then, and none for what is quick."""

from __future__ import annotations

import pytest

from bot.cli.progress import EVERY, lines, progress_bar


def test_lines_come_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    now = 100.0
    tell = lines("Learning", lambda: now)
    tell(1, 0, "quick")
    assert capsys.readouterr().err == ""
    now += EVERY
    tell(2, 0, "team/app\x1b[2J")
    tell(3, 0, "team/app")
    now += EVERY
    tell(4, 9, "")
    assert capsys.readouterr().err == "Learning: 2 team/app[2J\nLearning: 4/9\n"


def test_a_pipe_gets_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("Learning") as tell:
        tell(1, 2, "x")
    assert capsys.readouterr() == ("", "")
