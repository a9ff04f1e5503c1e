"""How the findings of `check` are printed."""

from __future__ import annotations

import json

import pytest

from bot.cli.check import show
from bot.ports import Finding

FINE = Finding(item="store", ok=True, detail="SQLite at var/g.db")
ODD = Finding(item="gitlab token", ok=True, detail="expires in 5 days", remedy="make a new one", warning=True)
BAD = Finding(item="model", ok=False, detail="no answer\nfrom\x1b[2J it", remedy="start the server")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def test_one_aligned_line_per_item_and_a_sentence_when_one_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([FINE, ODD, BAD], as_json=False) == 1
    printed, said = capsys.readouterr()
    assert printed.splitlines() == [
        "ok    store         SQLite at var/g.db",
        "warn  gitlab token  expires in 5 days — make a new one",
        "FAIL  model         no answer from[2J it — start the server",
    ]
    assert said == "gepettto: 1 of 3 checks failed.\n"


def test_a_warning_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([FINE, ODD], as_json=False) == 0
    assert capsys.readouterr().err == ""


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([BAD], as_json=True) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["ok"] is False
    assert printed["findings"][0] == {
        "item": "model",
        "ok": False,
        "detail": "no answer\nfrom\x1b[2J it",
        "remedy": "start the server",
        "warning": False,
    }
