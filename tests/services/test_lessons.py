"""What reviewers approve is learned once; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.history import source_of
from bot.domain.passage import Match, Passage, PassageKind
from bot.domain.review import Review, State, Verdict
from bot.errors import Gone, Temporary
from bot.ports import Query
from bot.store.passages import SqlStock
from tests.factories import make_decide, make_passage
from tests.fakes import FakeTracker
from tests.world import World

EDITED = "Turn the tray icon on in the settings."
TITLE = "My tray icon vanished after suspend"


@pytest.fixture
async def stock(world: World) -> SqlStock:
    """The real one, with the passage that every draft of the world cites."""
    stock = SqlStock(world.store.engine)
    await stock.replace_source("faq.md", [make_passage()])
    return stock


async def sent(world: World, **issue: Any) -> Review:
    review = await world.approve(await world.review_in(State.PENDING, title=TITLE, **issue))
    await world.deliver(review.id)
    return await world.reload(review)


def see(world: World, review: Review, visibility: str) -> None:
    """The project's visibility becomes known."""
    world.tracker.threads[review.key] = replace(world.thread(review), visibility=visibility)


async def found(stock: SqlStock, title: str, **query: Any) -> list[Match]:
    return list(await stock.search(Query(title=title, language="en", **query)))


async def learned(stock: SqlStock, review: Review) -> list[Passage]:
    matches = await found(stock, TITLE, project=review.key.project)
    return [match.passage for match in matches if match.passage.source == source_of(review.key)]


async def test_a_sent_reply_becomes_a_passage_of_its_project(world: World, stock: SqlStock) -> None:
    review = await sent(world)
    assert await world.lessons() == 1
    (passage,) = await learned(stock, review)
    assert (passage.title, passage.body, passage.kind) == (TITLE, "Please restart it.", PassageKind.REPLY)
    assert passage.visibility == review.key.project
    assert await world.lessons() == 0


async def test_an_edited_reply_is_learned_as_it_was_sent(world: World, stock: SqlStock) -> None:
    review = await world.review_in(State.PENDING, title=TITLE)
    edit = make_decide(Verdict.EDIT, review_id=review.id, draft=review.draft, text=EDITED)
    await world.decide(edit)
    review = await world.approve(await world.reload(review))
    await world.deliver(review.id)
    await world.lessons()
    assert [passage.body for passage in await learned(stock, review)] == [EDITED]


async def test_its_title_becomes_another_phrasing_of_what_it_cites(world: World, stock: SqlStock) -> None:
    review = await sent(world)
    see(world, review, "public")
    assert [match.passage.id for match in await found(stock, "tray icon vanished")] == []
    await world.lessons()
    assert "faq.md#restart" in [match.passage.id for match in await found(stock, "tray icon vanished")]
    await stock.replace_source("faq.md", [make_passage(body="Something else was written here since.")])
    assert "faq.md#restart" in [match.passage.id for match in await found(stock, "tray icon vanished")]


async def test_a_private_title_leads_to_nothing_that_others_read(world: World, stock: SqlStock) -> None:
    review = await sent(world)
    see(world, review, "private")
    await world.lessons()
    assert await found(stock, "tray icon vanished", project="another") == []


async def test_a_forgotten_issue_takes_its_words_along(world: World, stock: SqlStock) -> None:
    review = await sent(world)
    see(world, review, "public")
    await world.lessons()
    assert await world.lessons.archive.forget([review.key]) == 1
    assert await found(stock, "tray icon vanished") == []
    assert [match.passage.id for match in await found(stock, "restart the service")] == ["faq.md#restart"]


@pytest.mark.parametrize("change", [{"confidential": True}, {"service_desk": True}])
async def test_what_is_no_longer_public_teaches_nothing(world: World, stock: SqlStock, change: dict[str, Any]) -> None:
    review = await sent(world)
    thread = world.thread(review)
    world.tracker.threads[review.key] = replace(thread, issue=replace(thread.issue, **change))
    await world.lessons()
    assert await learned(stock, review) == []
    assert await world.lessons() == 0


async def test_an_issue_that_cannot_be_read_now_is_learned_from_later(world: World, stock: SqlStock) -> None:
    review = await sent(world)
    world.tracker.fail("thread", Temporary("Later."))
    assert await world.lessons() == 0
    assert await world.lessons() == 1
    assert len(await learned(stock, review)) == 1


async def test_an_issue_that_is_gone_is_not_asked_for_again(world: World, stock: SqlStock) -> None:
    await sent(world)
    world.tracker.fail("thread", Gone("404"))
    await world.lessons()
    world.tracker.asked.clear()
    assert await world.lessons() == 0
    assert world.tracker.asked == []


@pytest.mark.parametrize("state", [state for state in State if state is not State.SENT])
async def test_nothing_but_a_sent_reply_teaches(world: World, stock: SqlStock, state: State) -> None:
    await world.review_in(state, title=TITLE)
    assert await world.lessons() == 0
    assert await stock.size() == 1


async def test_a_review_of_a_tracker_that_is_no_longer_configured_waits(world: World, stock: SqlStock) -> None:
    await sent(world)
    tracker = world.trackers.pop("fake")
    assert isinstance(tracker, FakeTracker)
    assert await world.lessons() == 0
    world.trackers["fake"] = tracker
    assert await world.lessons() == 1
