"""Reading a list that moves while it is read (gitlab 10 to 14)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from aiohttp import web

from bot.errors import Permanent, Unreadable
from tests.fake_gitlab import FakeGitLab, Kind
from tests.trackers.gitlab.conftest import Scene, titles


async def test_rows_that_move_while_we_page_are_not_skipped(scene: Scene) -> None:
    """gitlab 10: after every page the rows of the first page are updated, so offsets shift by a page."""
    tracker = scene.small_pages(5)
    cursor = await scene.begin(tracker)
    for n in range(40):
        scene.issue(f"{n}")
    moves = iter(range(1, 6))

    def shift(_: web.Request) -> None:
        if next(moves, None) is not None:
            for issue in sorted(scene.world.issues, key=lambda one: one.updated_at)[:5]:
                scene.clock.advance(1)
                scene.world.edit(issue)

    scene.gitlab.on_page = shift
    changes, _ = await scene.look(cursor, tracker=tracker)
    assert set(titles(changes)) == {f"{n}" for n in range(40)}


async def test_three_hundred_issues_with_one_time(scene: Scene) -> None:
    """gitlab 14: a bulk edit; each comes once, and not again at the next look."""
    cursor = await scene.begin()
    scene.clock.advance(600)
    at = scene.clock.now() + timedelta(microseconds=999)
    for n in range(300):
        scene.issue(f"{n}", seconds=0, at=at)
    scene.issue("later")
    changes, cursor = await scene.look(cursor)
    assert sorted(titles(changes)) == sorted([*(f"{n}" for n in range(300)), "later"])
    assert (await scene.look(cursor))[0] == []


async def test_a_run_of_one_time_that_shrinks_while_it_is_read(scene: Scene) -> None:
    """gitlab 10, 14: rows leave the run between its pages; the run is read again."""
    tracker = scene.small_pages(10)
    cursor = await scene.begin(tracker)
    scene.clock.advance(600)
    at = scene.clock.now()
    for n in range(40):
        scene.issue(f"{n}", seconds=0, at=at)
    before = len(scene.gitlab.requests("GET", "/issues"))

    def shift(request: web.Request) -> None:
        second = len(scene.gitlab.requests("GET", "/issues")) - before == 2
        if second:  # the first page of the run; the next one asked for is page 2
            assert request.query["page"] == "1"
            scene.gitlab.on_page = lambda _: None
            for issue in scene.world.issues[:7]:
                scene.clock.advance(1)
                scene.world.edit(issue)

    scene.gitlab.on_page = shift
    changes, _ = await scene.look(cursor, tracker=tracker)
    assert set(titles(changes)) == {f"{n}" for n in range(40)}


async def test_short_and_empty_pages_are_not_the_end(scene: Scene) -> None:
    """gitlab 10: rows hidden from the token leave gaps; whole pages can be empty."""
    tracker = scene.small_pages(5)
    cursor = await scene.begin(tracker)
    at = scene.clock.now() + timedelta(seconds=600)
    for n in range(23):
        scene.issue(f"{n}", at=at, seconds=0, hidden=n < 12)
    changes, _ = await scene.look(cursor, tracker=tracker)
    assert titles(changes) == [f"{n}" for n in range(12, 23)]


async def test_paging_by_cursor_links(scene: Scene) -> None:
    """gitlab 12: no X-Next-Page, only a Link with a cursor (keyset)."""
    scene.gitlab.keyset = True
    tracker = scene.small_pages(4)
    cursor = await scene.begin(tracker)
    at = scene.clock.now() + timedelta(seconds=600)
    for n in range(10):
        scene.issue(f"{n}", at=at, seconds=0)
    for n in range(10, 20):
        scene.issue(f"{n}")
    changes, _ = await scene.look(cursor, tracker=tracker)
    assert sorted(titles(changes), key=int) == [f"{n}" for n in range(20)]
    assert any("cursor" in seen.query for seen in scene.gitlab.log)


async def test_a_proxy_that_eats_the_paging_headers(scene: Scene) -> None:
    """gitlab 12: a full page without any of them is not taken for the last."""
    tracker = scene.small_pages(5)
    cursor = await scene.begin(tracker)
    for n in range(12):
        scene.issue(f"{n}")
    scene.fault(Kind.NO_PAGING_HEADERS, "/issues", times=0)
    assert titles((await scene.look(cursor, tracker=tracker))[0]) == [f"{n}" for n in range(12)]


async def test_a_next_link_to_itself_ends_with_an_error(scene: Scene) -> None:
    """gitlab 11."""
    cursor = await scene.begin()
    scene.issue("one")
    scene.gitlab.log.clear()
    scene.fault(Kind.NEXT_LINK, "/issues", times=0, location="self")
    with pytest.raises(Unreadable, match="does not come to an end"):
        await scene.look(cursor)
    assert len(scene.gitlab.log) < 10


async def test_a_next_link_to_another_host_is_not_followed(scene: Scene) -> None:
    """gitlab 11, 38: the token is not sent there."""
    cursor = await scene.begin()
    scene.issue("one")
    async with FakeGitLab() as foreign:
        scene.fault(Kind.NEXT_LINK, "/issues", times=0, location=f"{foreign.url}/api/v4/projects/1/issues")
        scene.issue("two", at=scene.clock.now() - timedelta(minutes=5))
        with pytest.raises(Permanent, match="another server"):
            await scene.look(cursor)
        assert foreign.log == []


async def test_a_note_that_does_not_touch_its_issue_is_noticed(scene: Scene) -> None:
    """gitlab 13: GitLab touches an issue at most once a minute."""
    cursor = await scene.begin()
    issue = scene.issue("one")
    changes, cursor = await scene.look(cursor)
    assert titles(changes) == ["one"]
    scene.clock.advance(30)
    scene.world.add_note(issue, "and also", touch=False)
    changes, cursor = await scene.look(cursor)
    assert [change.issue.note_count for change in changes] == [1]
    assert (await scene.look(cursor))[0] == []


async def test_an_issue_from_the_future_does_not_hide_the_present(scene: Scene) -> None:
    """gitlab 14: an import with a wrong clock."""
    cursor = await scene.begin()
    scene.issue("from 2099", at=scene.clock.now() + timedelta(days=25_000))
    changes, cursor = await scene.look(cursor)
    assert titles(changes) == ["from 2099"]
    scene.clock.advance(3600)
    scene.issue("today")
    changes, cursor = await scene.look(cursor)
    assert titles(changes) == ["today"]
    assert (await scene.look(cursor))[0] == []


async def test_every_cursor_on_the_way_loses_nothing(scene: Scene) -> None:
    """Whatever page was stored last, asking again from its cursor brings the rest."""
    tracker = scene.small_pages(3)
    cursor = await scene.begin(tracker)
    for n in range(11):
        scene.issue(f"{n}", seconds=0 if n % 4 else 30)
    everything = {f"{n}" for n in range(11)}
    told: set[str] = set()
    async for page in tracker.changes(cursor):
        told |= {change.issue.title for change in page.changes}
        rest, _ = await scene.look(page.cursor, tracker=tracker)
        assert told | set(titles(rest)) == everything
    assert told == everything


async def test_a_cursor_stays_small(scene: Scene) -> None:
    cursor = await scene.begin()
    at = scene.clock.now() + timedelta(seconds=600)
    for n in range(1_500):
        scene.issue(f"{n}", seconds=0, at=at)
    changes, cursor = await scene.look(cursor)
    assert len(set(titles(changes))) == 1_500
    assert len(changes) == 1_500
    (source,) = json.loads(cursor)["sources"].values()
    assert len(source["seen"]) == 1_000


async def test_pages_too_large_for_us_are_read_in_smaller_pieces(scene: Scene) -> None:
    """gitlab 15: a hundred issues of one MiB each must not stop the reading."""
    cursor = await scene.begin()
    for n in range(30):
        scene.issue(f"{n}", description="x" * (1 << 20))
    changes, _ = await scene.look(cursor)
    assert titles(changes) == [f"{n}" for n in range(30)]
    assert {len(change.issue.body) for change in changes} == {1 << 20}
    assert "10" in {seen.query.get("per_page") for seen in scene.gitlab.log}


async def test_a_long_list_is_read_once(scene: Scene) -> None:
    tracker = scene.small_pages(5)
    cursor = await scene.begin(tracker)
    for n in range(40):
        scene.issue(f"{n}")
    scene.gitlab.log.clear()
    assert titles((await scene.look(cursor, tracker=tracker))[0]) == [f"{n}" for n in range(40)]
    assert len(scene.gitlab.log) <= 11
