"""An export is whole or absent, the same each time, and holds nothing that must not leave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.history import PastAnswer, PastIssue
from bot.domain.review import State, Verdict
from bot.errors import Permanent, UsageError
from bot.services.dataset import Export, Wish, check, export
from bot.store.database import SqlStore
from bot.store.history import SqlArchive
from bot.store.material import SqlMaterial
from bot.store.passages import SqlStock
from tests.factories import NOON, make_decide, make_key, make_passage
from tests.knowledge.training.planted import planted
from tests.world import World

ANSWER = "Open the settings, choose the tab {0} and switch {0} on; then restart the application to see {0} work."


def past(number: int, **changes: Any) -> PastIssue:
    word = f"feature{number:02}"
    at = NOON + timedelta(days=number)
    answer = PastAnswer(
        note=str(number), author_id="1", author="marie", body=ANSWER.format(word), at=at, digest=str(number)
    )
    values: dict[str, Any] = {
        "key": make_key(number),
        "title": f"How do I use {word}?",
        "body": f"The {word} is nowhere to be **seen**.",
        "url": f"https://git.example/-/issues/{number}",
        "readers": "public",
        "created_at": at,
        "labels": ("question",) if number % 2 else (),
        "answers": (answer,),
    }
    return PastIssue(**{**values, **changes})


async def remember(store: SqlStore, issues: Sequence[PastIssue]) -> None:
    stock = SqlStock(store.engine)
    await stock.replace_source("faq.md", [make_passage()])
    await SqlArchive(store.engine, stock).learn([(issue, "stamp") for issue in issues])


async def exported(store: SqlStore, out: Path, **wish: Any) -> Export:
    return await export(SqlMaterial(store.engine), out, Wish(**wish), lambda *_: None)


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


async def test_an_export_has_all_its_files_and_each_is_valid(store: SqlStore, tmp_path: Path) -> None:
    await remember(store, [past(n) for n in range(1, 21)])
    result = await exported(store, tmp_path / "set.jsonl")
    assert {path.name for path in tmp_path.glob("set.*")} == {
        "set.train.jsonl", "set.valid.jsonl", "set.preferences.jsonl", "set.card.md",
    }  # fmt: skip
    assert {name: one["rows"] for name, one in result.files.items()} == {
        "set.train.jsonl": 18, "set.valid.jsonl": 3, "set.preferences.jsonl": 0,
    }  # fmt: skip
    assert check(tmp_path / "set.train.jsonl") == ("chat", 18, [])
    assert check(tmp_path / "set.valid.jsonl") == ("chat", 3, [])
    newest = read(tmp_path / "set.valid.jsonl")[-1]["messages"]
    assert newest[1]["content"] == "How do I use feature20?\n\nThe feature20 is nowhere to be seen."
    assert result.card["collected"] == {"faq": 1, "history": 20}
    card = (tmp_path / "set.card.md").read_text()
    assert result.files["set.train.jsonl"]["sha256"] in card
    assert "| holds no key | 21 | 21 |" in card


async def test_the_same_knowledge_gives_the_same_bytes(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await remember(sqlite_store, [past(n) for n in range(1, 21)])
    await exported(sqlite_store, tmp_path / "one")
    await remember(sqlite_store, [past(n) for n in range(20, 0, -1)])
    await exported(sqlite_store, tmp_path / "two.jsonl")
    for end in ("train.jsonl", "valid.jsonl", "preferences.jsonl"):
        assert (tmp_path / f"one.{end}").read_bytes() == (tmp_path / f"two.{end}").read_bytes()


async def test_only_a_label_or_only_the_faq(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await remember(sqlite_store, [past(n) for n in range(1, 9)])
    assert (await exported(sqlite_store, tmp_path / "a", label="question")).card["rows"] == 4
    assert (await exported(sqlite_store, tmp_path / "b", faq=True)).card["collected"] == {"faq": 1}


async def test_the_older_form_has_prompts_and_a_stop_marker(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await remember(sqlite_store, [past(1)])
    await exported(sqlite_store, tmp_path / "a", form="completion")
    rows = read(tmp_path / "a.train.jsonl")
    assert all(row["prompt"].endswith("\n\n###\n\n") and row["completion"].endswith(" <END>") for row in rows)
    assert check(tmp_path / "a.train.jsonl") == ("completion", 2, [])


async def test_no_planted_secret_survives(sqlite_store: SqlStore, tmp_path: Path) -> None:
    things = list(planted())
    assert len(things) == 200
    issues = [
        past(
            n,
            body=f"I tried it with\n\n```\nvalue {thing}\n```\nand then {thing}" if n % 2 else "It fails.",
            answers=(
                PastAnswer(
                    note=str(n), author_id="1", author="marie", at=NOON, digest=str(n),
                    body=ANSWER.format(f"feature{n}") + ("" if n % 2 else f" Like **this**: {thing}"),
                ),
            ),
        )
        for n, (_, thing) in enumerate(things)
    ]  # fmt: skip
    await remember(sqlite_store, issues)
    result = await exported(sqlite_store, tmp_path / "set")
    written = "".join(path.read_text() for path in tmp_path.glob("set.*"))
    secrets = {part for _, thing in things for part in thing.split() if len(part) > 9 and "-----" not in part}
    assert [part for part in secrets if part in written] == []
    assert 30 <= result.card["rows"] < 100


async def test_pairs_come_from_real_edits_that_still_stand(world: World, tmp_path: Path) -> None:
    draft = "Please restart the service, then wait until the log says that it is ready again."
    for number, text in enumerate((draft.replace("restart", "stop and start"), draft + "!", None), start=1):
        review = await world.review_in(State.PENDING, number=number, text=draft, title=f"Question {number}?")
        if text:
            edit = make_decide(Verdict.EDIT, id=f"e{number}", review_id=review.id, draft=review.draft, text=text)
            await world.decide(edit)
        review = await world.approve(await world.reload(review))
        await world.deliver(review.id)
    assert (await exported(world.store, tmp_path / "before")).files["before.preferences.jsonl"]["rows"] == 0
    await world.lessons()
    result = await exported(world.store, tmp_path / "set")
    (pair,) = read(tmp_path / "set.preferences.jsonl")
    assert check(tmp_path / "set.preferences.jsonl") == ("preferences", 1, [])
    assert pair["non_preferred_output"][0]["content"] == draft
    assert pair["preferred_output"][0]["content"] == draft.replace("restart", "stop and start")
    assert result.card["collected"] == {"reply": 3}
    assert "footer" not in (tmp_path / "set.train.jsonl").read_text()


async def test_an_export_that_fails_leaves_the_last_one_as_it_was(sqlite_store: SqlStore, tmp_path: Path) -> None:
    await remember(sqlite_store, [past(1)])
    await exported(sqlite_store, tmp_path / "set")
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*set*")}
    await remember(sqlite_store, [past(2)])

    class Broken(SqlMaterial):
        async def edits(self) -> Any:
            raise RuntimeError("killed")
            yield

    with pytest.raises(RuntimeError):
        await export(Broken(sqlite_store.engine), tmp_path / "set", Wish(), lambda *_: None)
    (tmp_path / ".set.card.md.part").mkdir()
    with pytest.raises(Permanent, match="cannot be written"):
        await exported(sqlite_store, tmp_path / "set")
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*set*") if path.is_file()} == before


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        check(tmp_path / "absent.jsonl")
    (tmp_path / "empty.jsonl").write_text("")
    assert check(tmp_path / "empty.jsonl") == ("", 0, [(1, "is absent: the file is empty")])
