"""How `learn` tells what it did."""

from __future__ import annotations

import json

import pytest

from bot.app import LearnReport
from bot.cli.learn import show


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_what_changed_and_what_could_not_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    report = LearnReport(added=3, unchanged=120, removed=0, unreadable=(("docs/a\x1b[2J.md", "not UTF-8"),))
    assert show(report, as_json=False) == 1
    printed, said = capsys.readouterr()
    assert printed.splitlines() == [
        "     3  added or changed",
        "   120  unchanged",
        "     0  removed",
        "     1  unreadable",
        "  docs/a[2J.md  not UTF-8",
    ]
    assert said == "gepettto: 1 file(s) could not be read.\n"


def test_when_everything_was_read_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    report = LearnReport(added=1, unchanged=0, removed=2, unreadable=())
    assert show(report, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == report.as_json()
