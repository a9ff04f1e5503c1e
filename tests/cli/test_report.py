"""How `report` tells figures and trails."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from bot.app import Event, Report
from bot.cli.report import options, show, show_trail
from bot.domain.figures import ALL, Figures
from tests.cli.test_program import gepettto
from tests.factories import NOON


def make_row(**changes: Any) -> Figures:
    values: dict[str, Any] = {
        "period": ALL, "project": ALL, "begun": 12, "approved": 6, "dismissed": 2, "edited": 3, "regenerated": 1,
        "sent": 6, "decision_seconds": 5400.0, "prompt_tokens": 900, "completion_tokens": 100, "cost": 0.25,
    }  # fmt: skip
    return Figures(**{**values, **changes})


ROWS = (make_row(), make_row(period="2026-03", project="a/\x1b[2Jb", approved=0, decision_seconds=None, cost=None))


@pytest.mark.parametrize(("spoken", "word"), [("C.UTF-8", "acceptance"), ("fr_FR.UTF-8", "acceptation")])
def test_the_table_is_aligned_and_says_what_it_means(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spoken: str, word: str
) -> None:
    monkeypatch.setenv("LC_ALL", spoken)
    assert show(Report(days=30, rows=ROWS), as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "30" in lines[0]
    column = lines[1].index(word)
    assert lines[2][column:].startswith("75 %")
    assert lines[3][column:].startswith("0 %")
    assert "1.5 h" in lines[2]
    assert "\x1b" not in lines[3]
    assert sum(line.startswith(word) for line in lines) == 1


def test_the_json_holds_the_definitions_beside_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(Report(days=7, rows=ROWS), as_json=True) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["days"] == 7
    assert printed["definitions"]["acceptance"].startswith("approved / (approved + dismissed)")
    assert (printed["rows"][0]["acceptance"], printed["rows"][0]["edited_share"]) == (0.75, 0.5)


EVENT = Event(
    review_id=7,
    at=NOON,
    by="discord:1",
    kind="moved",
    detail={"from": "pending", "to": "approved", "draft": 1, "problem": "", "note": "\x1b[2J"},
)


def test_a_trail_is_one_line_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    show_trail([EVENT], as_json=False)
    assert capsys.readouterr().out == "2026-03-02 12:00:00  7  pending -> approved  discord:1  draft=1 note=[2J\n"
    show_trail([EVENT], as_json=True)
    (event,) = json.loads(capsys.readouterr().out)
    assert (event["at"], event["detail"]["to"]) == ("2026-03-02T12:00:00+00:00", "approved")


@pytest.mark.parametrize("days", ["0", "-1", "many", "99999999"])
def test_a_time_must_be_a_number_of_days(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = ArgumentParser()
    options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["--since", days])
    assert "is no number of days" in capsys.readouterr().err or days == "-1"


def test_an_empty_store_has_figures_and_no_trail(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[store]\nurl = "sqlite:///s.db"\n')
    found = gepettto("report", "--config", str(config), "--json")
    assert (found.returncode, json.loads(found.stdout)["rows"][0]["begun"]) == (0, 0)
    missing = gepettto("report", "--config", str(config), "--audit", "a/b#1")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "No review of 'a/b#1' is known" in missing.stderr
