"""How `learn` tells what it did."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bot.app import LearnReport
from bot.cli.learn import show
from bot.cli.phrases import PHRASES
from bot.knowledge.trivial import REASONS
from bot.services.history import HistoryReport


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


def test_the_past_is_told_with_what_was_left_out_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    history = HistoryReport(issues=200, read=12, added=7, removed=1, left_out=Counter(closing=3, canned=2))
    report = LearnReport(added=1, history=history, replies=2)
    assert show(report, as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "     8  added or changed",
        "     0  unchanged",
        "     1  removed",
        "     0  unreadable",
        "     2  replies learned from",
        "   200  issues seen",
        "    12  of them read anew",
        "     2  left out: canned lines",
        "     3  left out: only closes",
    ]
    assert show(report, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["history"]["left_out"] == {"canned": 2, "closing": 3}


def test_a_project_that_cannot_be_read_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    report = LearnReport(history=HistoryReport(unreadable=(("gitlab", "GitLab does not allow this (403)."),)))
    assert show(report, as_json=False) == 1
    assert capsys.readouterr().err == "gepettto: GitLab does not allow this (403).\n"


@pytest.mark.parametrize(
    "reason",
    sorted(
        {
            *REASONS,
            "bot",
            "canned",
            "confidential",
            "internal",
            "later",
            "moved",
            "outsider",
            "own",
            "service_desk",
            "system",
        }
    ),
)
def test_every_reason_has_its_words(reason: str) -> None:
    assert PHRASES("fr", f"left_{reason}")
