"""`gepettto finetune`, as a person or a script runs it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.program import main
from bot.knowledge.training.forms import line
from bot.knowledge.training.rows import Row
from tests.drafters.fake_openai import KEY, FakeOpenAI, error


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI().serve() as fake:
        yield fake
    assert fake.mistakes == []


@pytest.fixture
def folder(server: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, count in (("train", 12), ("valid", 2)):
        rows = [Row(id=str(n), origin="faq", question=f"Why {n}?", answer="So.") for n in range(count)]
        (tmp_path / f"set.{name}.jsonl").write_text("".join(line(row, "chat") for row in rows))
    config = f'[store]\nurl = "sqlite:///s.db"\n[model]\nbase_url = "{server.address}"\nmodel = "base"\n'
    (tmp_path / "c.toml").write_text(config)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GEPETTTO_MODEL_KEY", KEY)
    monkeypatch.setenv("GEPETTTO_CONFIG", str(tmp_path / "c.toml"))
    return tmp_path


async def finetune(*arguments: str) -> int:
    """In a thread, for the server runs on this loop."""
    return await asyncio.to_thread(main, ["finetune", *arguments])


async def test_from_start_to_the_lines_to_change(
    server: FakeOpenAI, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await finetune("start", str(folder / "set.train.jsonl")) == 0
    assert capsys.readouterr().out == "ftjob-1 validating_files base\n"
    assert server.training.jobs["ftjob-1"]["validation_file"] == "file-2"
    server.training.move("ftjob-1", "succeeded", says="Done.", fine_tuned_model="ft:base:new")
    assert await finetune("status", "--wait") == 0
    said = capsys.readouterr().out
    assert said.startswith("ftjob-1 succeeded base ft:base:new\n  It was created.\n  Done.\n")
    assert said.endswith('\nNothing has been switched. When `evaluate` shows that it is better, change these lines:\n\n'
                         '[model]\nmodel = "ft:base:new"\n')  # fmt: skip
    assert await finetune("list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["jobs"][0]["result"] == "ft:base:new"


async def test_a_failed_job_is_a_failure(server: FakeOpenAI, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await finetune("start", str(folder / "set.train.jsonl"))
    server.training.move("ftjob-1", "failed", error={"code": "c", "message": "Bad rows.", "param": None})
    capsys.readouterr()
    assert await finetune("status", "ftjob-1") == 1
    assert "  Bad rows.\n" in capsys.readouterr().out


async def test_cancelling_and_an_empty_list(
    server: FakeOpenAI, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await finetune("list") == 0
    assert capsys.readouterr().out == "The server has no training jobs.\n"
    await finetune("start", str(folder / "set.train.jsonl"), "--json")
    assert json.loads(capsys.readouterr().out)["id"] == "ftjob-1"
    assert await finetune("cancel", "ftjob-1") == 0
    assert capsys.readouterr().out == "ftjob-1 cancelled base\n"


async def test_a_provider_without_training_is_one_sentence(
    server: FakeOpenAI, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.training.fail("GET", "/jobs", error(403))
    assert await finetune("list") == 1
    said = capsys.readouterr().err
    assert said.startswith("gepettto: This provider does not offer fine-tuning")
    assert len(said.splitlines()) == 1


async def test_without_a_model_there_is_nobody_to_ask(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.toml").write_text('[store]\nurl = "sqlite:///s.db"\n')
    assert await finetune("list") == 2
    assert "add a [model] section" in capsys.readouterr().err
