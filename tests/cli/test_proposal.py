"""How a proposed reply and its evidence are printed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.cli.proposal import show
from bot.domain.passage import Citation, MatchWord
from bot.domain.prompt import Answer
from bot.domain.review import DraftStatus

ANSWER = Answer(
    status=DraftStatus.ANSWER,
    reply="Hello,\n\n    restart it.\n",
    confidence=0.834,
    match=MatchWord.STRONG,
    language="en",
    drafter="quoting",
    sources=(
        Citation(id="faq#a", title="How do I restart?", url="https://x.org/a", quote="Restart\nit\x1b[2J."),
        Citation(id="faq#b", title=""),
    ),
    related=(Citation(id="gitlab:1#2", title="It hangs", url="https://x.org/2", score=0.2),),
    warnings=("A link was removed.",),
)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LC_MESSAGES", "en_GB.UTF-8")


def test_the_reply_comes_first_and_its_evidence_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    show(ANSWER, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Hello,",
        "",
        "    restart it.",
        "",
        "Proposal    answer",
        "Match       strong (0.83)",
        "Written by  quoting",
        "Sources     How do I restart?  https://x.org/a",
        "            “Restart it[2J.”",
        "            faq#b",
        "Related     It hangs  https://x.org/2",
        "Warnings    A link was removed.",
    ]


def test_when_nothing_is_proposed_it_says_so_in_the_person_s_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_MESSAGES", "fr_FR.UTF-8")
    nothing = Answer(
        status=DraftStatus.INSUFFICIENT, reply="", confidence=0, match=MatchWord.NONE, language="fr", drafter="quoting"
    )
    show(nothing, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Aucune réponse n'est proposée.",
        "",
        "Proposition  pas assez d'éléments",
        "Concordance  aucune (0.00)",
        "Rédigée par  quoting",
    ]


def test_the_model_is_named_beside_the_drafter(capsys: pytest.CaptureFixture[str]) -> None:
    show(replace(ANSWER, drafter="openai", model="gpt-x"), as_json=False)
    assert "Written by  openai gpt-x" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("status", DraftStatus)
def test_every_status_and_match_has_words(status: DraftStatus, capsys: pytest.CaptureFixture[str]) -> None:
    for match in MatchWord:
        show(replace(ANSWER, status=status, match=match), as_json=False)
    assert "Proposal" in capsys.readouterr().out


def test_json_is_the_documented_shape_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    show(ANSWER, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed == ANSWER.as_json()
    assert list(printed)[:5] == ["status", "reply", "confidence", "match", "sources"]
    assert printed["reply"] == ANSWER.reply
