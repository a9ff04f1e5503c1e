"""`gepettto evaluate` as a person and as a program sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.program import main

ENTRY = {"id": "a", "title": "How do I restart the service?", "text": "Run the restart command and wait."}
ASKED = {"id": "1", "title": "", "text": "restarting the service", "gold": ["a"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    faq = tmp_path / "faq"
    faq.mkdir()
    (faq / "kb.jsonl").write_text(json.dumps(ENTRY) + "\n")
    (faq / "queries.jsonl").write_text(json.dumps(ASKED) + "\n")
    return faq


def test_the_table_is_aligned(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(folder)]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.index("P@1") == row.index("1.000")
    assert row.startswith("faq  1  ")


def test_the_json_has_a_key_for_each_set(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(folder), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["faq"]["p_at_1"] == 1
    assert figures["faq"]["auroc"] is None


def test_a_mistake_is_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kb.jsonl").write_text("no\n")
    assert main(["evaluate", str(folder)]) == 2
    said = capsys.readouterr().err
    assert "kb.jsonl, line 1: not JSON" in said
    assert said.count("\n") == 1
