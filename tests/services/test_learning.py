"""The knowledge follows the files."""

from __future__ import annotations

from pathlib import Path

from bot.services.learning import LearnReport, learn
from bot.settings import KnowledgeSettings
from bot.store.database import SqlStore
from bot.store.passages import SqlStock

ENTRY = "# How do I {}?\n\nLike this, with some words.\n"


async def learned(
    paths: list[Path], store: SqlStore, url: str | None = None
) -> tuple[LearnReport, list[tuple[int, int, str]]]:
    seen: list[tuple[int, int, str]] = []
    settings = KnowledgeSettings.model_construct(paths=paths, url=url)
    report = await learn(settings, SqlStock(store.engine), lambda *progress: seen.append(progress))
    return report, seen


async def test_learning_is_incremental(sqlite_store: SqlStore, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "sub").mkdir(parents=True)
    (docs / "a.md").write_text(ENTRY.format("start"))
    (docs / "sub" / "b.md").write_text(ENTRY.format("stop"))
    (docs / "ignored.txt").write_text("not Markdown")
    report, seen = await learned([docs], sqlite_store)
    assert (report.added, report.unchanged, report.removed) == (2, 0, 0)
    assert seen == [(0, 2, "docs/a.md"), (1, 2, "docs/sub/b.md"), (2, 2, "")]
    report, _ = await learned([docs], sqlite_store)
    assert (report.added, report.unchanged, report.removed) == (0, 2, 0)
    (docs / "a.md").unlink()
    (docs / "sub" / "b.md").write_text(ENTRY.format("halt"))
    report, _ = await learned([docs], sqlite_store)
    assert (report.added, report.unchanged, report.removed) == (1, 0, 2)


async def test_a_file_that_cannot_be_read_does_not_stop_the_rest(sqlite_store: SqlStore, tmp_path: Path) -> None:
    good, bad, missing = tmp_path / "good.md", tmp_path / "bad.md", tmp_path / "missing.md"
    good.write_text(ENTRY.format("start"))
    bad.write_bytes(b"# caf\xe9?\n\ntext")
    report, _ = await learned([good, bad, missing], sqlite_store)
    assert report.added == 1
    assert dict(report.unreadable) == {
        "bad.md": "is not UTF-8 (byte 5)",
        "missing.md": "No such file or directory",
    }
    assert report.as_json()["unreadable"][0] == {"file": "bad.md", "reason": "is not UTF-8 (byte 5)"}


async def test_a_file_that_became_unreadable_keeps_its_passages(sqlite_store: SqlStore, tmp_path: Path) -> None:
    file = tmp_path / "faq.md"
    file.write_text(ENTRY.format("start"))
    await learned([file], sqlite_store)
    file.write_bytes(b"\xff\xfe\xff")
    report, _ = await learned([file], sqlite_store)
    assert (report.removed, len(report.unreadable)) == (0, 1)
    assert await SqlStock(sqlite_store.engine).size() == 1


async def test_links_lead_to_the_public_address(sqlite_store: SqlStore, tmp_path: Path) -> None:
    file = tmp_path / "our faq.md"
    file.write_text(ENTRY.format("start"))
    await learned([file], sqlite_store, "https://docs.example/help")
    from bot.ports import Query

    (match,) = await SqlStock(sqlite_store.engine).search(Query(title="How do I start?", language="en"))
    assert match.passage.url == "https://docs.example/help/our%20faq.md#how-do-i-start"
