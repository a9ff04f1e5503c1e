"""The stock finds the same on both databases, grows by what changed, and never shows what it must not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.passage import MatchWord, Passage
from bot.ports import Query
from bot.store.database import SqlStore
from bot.store.passages import SqlStock

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
