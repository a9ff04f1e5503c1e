"""The stock finds the same on both databases, grows by what changed, and never shows what it must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from bot.domain.passage import MatchWord, Passage
from bot.ports import Query
from bot.store.database import SqlStore
from bot.store.passages import SqlStock
from bot.store.tables import phrasings
from bot.store.terms import tallies, terms

QUESTIONS = {
    "restart": ("How do I restart the service?", "Run the restart command and wait until the log says ready."),
    "backup": ("How do I make a backup of the database?", "Use the backup command; it works while the service runs."),
    "token": ("Which scopes does the access token need?", "The token needs the api scope to post notes."),
    "theme": ("Can I change the colours of the theme?", "Yes, in the settings under appearance."),
}


def passages(**changes: Any) -> list[Passage]:
    return [
        Passage(id=name, source="faq", title=title, body=body, language="en", **changes)
        for name, (title, body) in QUESTIONS.items()
    ]


@pytest.fixture
async def stock(store: SqlStore) -> SqlStock:
    stock = SqlStock(store.engine)
    await stock.replace_source("faq", passages())
    return stock


@pytest.mark.parametrize(
    ("title", "body", "first"),
    [
        ("Restarting the service does not work", "", "restart"),
        ("Question", "How can I back up the databases while it runs? I need a backup.", "backup"),
        ("access tokens: scope?", "", "token"),
    ],
)
async def test_the_right_passage_comes_first_and_says_why(stock: SqlStock, title: str, body: str, first: str) -> None:
    matches = await stock.search(Query(title=title, body=body, language="en"))
    assert matches[0].passage.id == first
    assert matches[0].terms
    assert 0 < matches[0].score <= 1


@pytest.mark.parametrize("title", ["Zebra crossing football", "", "the of and", "' \" OR 1=1 -- *", "\ud800 \0"])
async def test_what_shares_no_word_finds_nothing(stock: SqlStock, title: str) -> None:
    assert [m for m in await stock.search(Query(title=title, language="en")) if m.word is not MatchWord.NONE] == []


async def test_one_shared_word_is_no_match(stock: SqlStock) -> None:
    matches = await stock.search(Query(title="My settings vanished from orbit yesterday evening", language="en"))
    assert all(match.word is MatchWord.NONE for match in matches)


async def test_the_same_scores_on_both_databases(sqlite_url: str, postgres_url: str) -> None:
    from bot.store.migrate import migrate

    found = []
    for url in (sqlite_url, postgres_url):
        await migrate(url)
        store = SqlStore(url)
        stock = SqlStock(store.engine)
        await stock.replace_source("faq", passages())
        query = Query(title="How can I restart the database service?", language="en")
        found.append([(m.passage.id, round(m.score, 9), m.terms) for m in await stock.search(query)])
        await store.close()
    assert found[0] == found[1]


async def test_only_what_changed_is_written(stock: SqlStock) -> None:
    changed = passages()
    changed[0] = Passage(
        id="restart", source="faq", title="How do I reboot?", body="Turn it off and on.", language="en"
    )
    assert await stock.replace_source("faq", changed[:3]) == (1, 2, 1)
    assert await stock.size() == 3
    (first, *_) = await stock.search(Query(title="How do I reboot it?", language="en"))
    assert first.passage.title == "How do I reboot?"
    assert await stock.search(Query(title="theme appearance colours", language="en")) == []
    assert await stock.sources() == {"faq"}
    assert await stock.replace_source("faq", []) == (0, 0, 3)
    assert await stock.sources() == set()


async def test_a_passage_of_another_project_is_never_found(store: SqlStore) -> None:
    """field 11"""
    stock = SqlStock(store.engine)
    await stock.replace_source("private", passages(visibility="7"))
    query = Query(title="How do I restart the service?", language="en")
    assert await stock.search(query) == []
    mine = Query(title="How do I restart the service?", language="en", project="7")
    assert (await stock.search(mine))[0].passage.id == "restart"


@pytest.mark.parametrize(
    ("asking", "found"),
    [
        ({"project": "9", "visibility": "public"}, ["public"]),
        ({"project": "9", "visibility": "internal"}, ["internal", "public"]),
        ({"project": "9", "visibility": "private"}, ["internal", "public"]),
        ({"project": "7", "visibility": "private"}, ["7", "internal", "public"]),
        ({}, ["public"]),
    ],
)
async def test_a_less_public_passage_is_no_candidate(store: SqlStore, asking: dict[str, Any], found: list[str]) -> None:
    stock = SqlStock(store.engine)
    for readers in ("public", "internal", "7"):
        entry = Passage(id=readers, source=readers, title="Restart it", body="Restart it.", visibility=readers)
        await stock.replace_source(readers, [entry])
    matches = await stock.search(Query(title="restart it", **asking))
    assert sorted(match.passage.id for match in matches) == found


async def test_a_source_that_is_left_out_is_no_rival(store: SqlStore) -> None:
    stock = SqlStock(store.engine)
    await stock.replace_source("faq", passages())
    query = Query(title="How do I restart the service?", language="en", leave_out="past")
    alone = await stock.search(query)
    own = Passage(id="own", source="past", title=query.title, body="Restart the service.", language="en")
    await stock.replace_source("past", [own])
    beside = await stock.search(query)
    assert [match.passage.id for match in beside] == [match.passage.id for match in alone]
    assert beside[0].score == pytest.approx(alone[0].score, abs=0.1)
    assert (await stock.search(replace(query, leave_out="")))[0].passage.id == "own"


async def test_another_phrasing_is_indexed_by_its_terms_and_taken_out_again(store: SqlStore) -> None:
    stock = SqlStock(store.engine)
    await stock.replace_source("faq", passages())
    counts = await _counts(store)
    async with store.engine.begin() as conn:
        await conn.execute(insert(phrasings).values(passage="restart", source="x", text="tray icon vanished"))
        await stock.reword_in(conn, ["restart"])
    (match,) = await stock.search(Query(title="tray icon vanished", language="en"))
    assert match.passage == passages()[0]
    assert await stock.replace_source("faq", passages()) == (0, 4, 0)
    async with store.engine.begin() as conn:
        await conn.execute(delete(phrasings))
        await stock.reword_in(conn, ["restart"])
    assert await stock.search(Query(title="tray icon vanished", language="en")) == []
    assert await _counts(store) == counts


async def _counts(store: SqlStore) -> list[set[tuple[str, int]]]:
    """The counts that are kept, without names that have gone."""
    async with store.engine.connect() as conn:
        rows = [(await conn.execute(select(table))).all() for table in (terms, tallies)]
    return [{(name, count) for name, count in some if count} for some in rows]


async def test_what_is_excluded_stays_out(stock: SqlStock) -> None:
    query = Query(title="How do I restart the service?", language="en", exclude=frozenset({"restart"}))
    assert "restart" not in [match.passage.id for match in await stock.search(query)]


async def test_another_language_halves_the_confidence(stock: SqlStock) -> None:
    title = "restart service command"
    english = (await stock.search(Query(title=title, language="en")))[0].score
    french = (await stock.search(Query(title=title, language="fr")))[0].score
    assert french < english


async def test_accents_make_no_difference(store: SqlStore) -> None:
    stock = SqlStock(store.engine)
    entry = Passage(
        id="a", source="f", title="Comment réinitialiser la clé ?", body="Créez une nouvelle clé.", language="fr"
    )
    await stock.replace_source("f", [entry])
    scores = [
        (await stock.search(Query(title=title, language="fr")))[0].score
        for title in ("réinitialiser ma clé", "reinitialiser ma cle")
    ]
    assert scores[0] == pytest.approx(scores[1], abs=0.02)


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("Как перезапустить службу?", "перезапустить службу"),
        ("サービスを再起動する", "サービスを再起動する"),
        ("C++ std::vector resize", "std::vector resize"),
        ("Fix foo_bar.baz v2.4.1", "foo_bar.baz v2.4.1"),
    ],
)
async def test_every_script_is_found(store: SqlStore, title: str, asked: str) -> None:
    stock = SqlStock(store.engine)
    await stock.replace_source("f", [Passage(id="a", source="f", title=title, body=title)])
    assert [match.passage.id for match in await stock.search(Query(title=asked))] == ["a"]
    await stock.replace_source("f", [])
    assert await stock.search(Query(title=asked)) == []


async def test_a_typing_error_is_found_by_its_letters(stock: SqlStock) -> None:
    (first, *_) = await stock.search(Query(title="bakcup databsae", language="en"))
    assert first.passage.id == "backup"
    assert first.word is MatchWord.NONE


async def test_the_error_in_a_log_adds_candidates(store: SqlStore) -> None:
    stock = SqlStock(store.engine)
    entry = Passage(id="a", source="f", title="Port in use", body="ValueError: the port is taken", language="en")
    await stock.replace_source("f", [entry])
    assert await stock.search(Query(title="Nothing works", language="en")) == []
    query = Query(title="Nothing works", errors=("ValueError: the port is taken",), language="en")
    assert [match.passage.id for match in await stock.search(query)] == ["a"]
