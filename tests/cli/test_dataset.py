"""`gepettto dataset`, as a person or a script runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.program import main

FAQ = "# Help\n\n## How do I {0}?\n\nOpen the settings and choose {0}, then restart the application.\n"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "faq.md").write_text(FAQ.format("start"))
    (tmp_path / "c.toml").write_text('[store]\nurl = "sqlite:///s.db"\n[knowledge]\npaths = ["faq.md"]\n')
    return str(tmp_path / "c.toml")


def test_an_export_says_what_it_wrote(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--config", config]) == 0
    capsys.readouterr()
    out = str(tmp_path / "set.jsonl")
    assert main(["dataset", "export", out, "--config", config]) == 0
    assert capsys.readouterr().out.split() == [
        "1",
        "set.train.jsonl",
        "0",
        "set.valid.jsonl",
        "0",
        "set.preferences.jsonl",
    ]
    assert main(["dataset", "--config", config, "export", out, "--json", "--faq"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"]["set.train.jsonl"]["rows"] == 1
    assert told["card"]["collected"] == {"faq": 1}
    assert main(["dataset", "check", str(tmp_path / "set.train.jsonl")]) == 0
    assert capsys.readouterr().out == "1 rows of the form chat; all of them are valid.\n"


def test_nothing_to_export_is_told(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "export", str(tmp_path / "set"), "--config", config]) == 1
    assert "gepettto: Nothing is left to export; run `gepettto learn` first" in capsys.readouterr().err


def test_a_bad_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"prompt": 1, "completion": ""}\n{\n')
    assert main(["dataset", "check", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"gepettto: {file}: line 1 has a prompt or a completion that is no text.",
        f"gepettto: {file}: line 2 is no JSON object (Expecting property name enclosed in double quotes: "
        "line 2 column 1 (char 2)).",
    ]
    assert main(["dataset", "check", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["rows"], [one["line"] for one in told["problems"]]) == (False, 2, [1, 2])


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "check", str(tmp_path / "x")]) == 2
    assert "cannot be read" in capsys.readouterr().err
