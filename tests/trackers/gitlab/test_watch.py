"""What changed: filters, many sources, the first look, and sources that fail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.issue import Change, ChangeKind, ChangePage
from bot.errors import ConfigError, Gone, Limited, Temporary, Unauthorised
from bot.settings import GitLabSettings
from bot.trackers.gitlab import GitLabTracker
from tests.fake_gitlab import Kind
from tests.fake_gitlab.world import Person
from tests.trackers.clock import StillClock
from tests.trackers.gitlab.conftest import Scene, titles


def test_a_configuration_that_watches_nothing_is_refused() -> None:
    settings = GitLabSettings.model_validate({})
    with pytest.raises(ConfigError, match=r"gitlab\.projects"):
        GitLabTracker(settings, "glpat-" + "x" * 20, StillClock())
    with pytest.raises(ConfigError, match="GEPETTTO_GITLAB_TOKEN"):
        GitLabTracker(GitLabSettings.model_validate({"projects": [1]}), "", StillClock())


async def test_the_first_look_at_an_old_project_is_no_flood(scene: Scene) -> None:
    """gitlab 19: the baseline is now."""
    for n in range(250):
        scene.issue(f"old {n}", at=scene.clock.now() - timedelta(days=300 - n))
    scene.issue("a minute ago")
    scene.clock.advance(60)
    changes, cursor = await scene.look(None)
    assert changes == []
    assert len(scene.gitlab.requests("GET", "/issues")) <= 3
    scene.issue("new")
    assert titles((await scene.look(cursor))[0]) == ["new"]


async def test_the_first_look_can_bring_the_newest_open_ones(scene: Scene) -> None:
    other = scene.world.add_project("team/other")
    for n in range(5):
        scene.issue(f"app {n}")
        scene.clock.advance(1)
        scene.world.add_issue(other, f"other {n}")
    scene.world.close(scene.world.issues[-1])
    tracker = scene.another(projects=[scene.project.id, "team/other"])
    changes, cursor = await scene.look(None, backfill=3, tracker=tracker)
    assert titles(changes) == ["app 3", "other 3", "app 4"]
    assert (await scene.look(cursor, tracker=tracker))[0] == []


async def test_our_own_clock_does_not_matter(scene: Scene) -> None:
    """gitlab 14: clock skew of ten minutes, either way."""
    for skew in (-600, 600):
        server = StillClock(scene.clock.now() + timedelta(seconds=skew))
        scene.world.now = server.now
        _, cursor = await scene.look(None)
        server.advance(1)
        scene.world.add_issue(scene.project, f"skew {skew}")
        server.advance(1)
        changes, cursor = await scene.look(cursor)
        assert titles(changes) == [f"skew {skew}"]
        assert (await scene.look(cursor))[0] == []


async def test_kinds_and_states(scene: Scene) -> None:
    """gitlab 29: what we do not answer ends a review, whether it was closed, moved or converted."""
    cursor = await scene.begin()
    scene.issue("issue")
    scene.issue("incident", issue_type="incident")
    scene.issue("secret", confidential=True)
    scene.issue("moved", moved_to_id=5, state="closed")
    scene.issue("closed", state="closed")
    scene.issue("task", issue_type="task")
    scene.issue("ticket", issue_type="ticket")
    scene.issue("unheard of", issue_type="oracle")
    changes, _ = await scene.look(cursor)
    seen = [c.issue for c in changes if c.kind is ChangeKind.OPENED]
    assert [(issue.title, issue.confidential) for issue in seen] == [
        ("issue", False),
        ("incident", False),
        ("secret", True),
    ]
    assert titles([c for c in changes if c.kind is ChangeKind.CLOSED]) == [
        "moved",
        "closed",
        "task",
        "ticket",
        "unheard of",
    ]


async def test_labels_and_authors_hold_back_what_is_open_but_no_end(scene: Scene) -> None:
    tracker = scene.another(labels=["question", "help"], ignore_authors=["spam"])
    cursor = await scene.begin(tracker)
    spam = Person(id=3, username="spam")
    scene.issue("no label")
    scene.issue("one of them", labels=["bug", "help"])
    scene.issue("by spam", labels=["help"], author=spam)
    scene.issue("ended", labels=[], state="closed")
    changes, _ = await scene.look(cursor, tracker=tracker)
    assert titles([change for change in changes if change.kind is ChangeKind.OPENED]) == ["one of them"]
    assert titles([change for change in changes if change.kind is ChangeKind.CLOSED]) == ["ended"]
    held_back = titles([change for change in changes if change.kind is ChangeKind.UPDATED])
    assert held_back == ["no label", "by spam"], "a known issue that lost its label is brought up to date"


async def test_a_group_brings_its_projects_and_paths_become_ids(scene: Scene) -> None:
    """gitlab 32: project and group keep working after they were renamed."""
    group = scene.world.add_group("a/b")
    inside = scene.world.add_project("a/b/c", group=group)
    tracker = scene.another(projects=["team/app"], groups=["a/b"])
    cursor = await scene.begin(tracker)
    scene.world.rename(scene.project, "team/renamed")
    scene.world.groups[group] = "somewhere/else"
    scene.issue("in the project")
    scene.world.add_issue(inside, "in the group")
    changes, _ = await scene.look(cursor, tracker=tracker)
    assert {(c.issue.title, c.issue.key.project) for c in changes} == {
        ("in the project", str(scene.project.id)),
        ("in the group", str(inside.id)),
    }


async def test_a_project_configured_by_its_old_path_is_found_by_its_redirect(scene: Scene) -> None:
    """gitlab 32: the 301 names the id."""
    scene.world.rename(scene.project, "new/home")
    tracker = scene.another(projects=["team/app"])
    cursor = await scene.begin(tracker)
    scene.issue("after the move")
    assert titles((await scene.look(cursor, tracker=tracker))[0]) == ["after the move"]


async def test_a_deleted_project_does_not_hold_up_the_others(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """gitlab 32."""
    doomed = scene.world.add_project("team/doomed")
    tracker = scene.another(projects=[doomed.id, scene.project.id])
    cursor = await scene.begin(tracker)
    doomed.gone = True
    scene.issue("still told")
    assert titles((await scene.look(cursor, tracker=tracker))[0]) == ["still told"]
    assert str(doomed.id) in caplog.text
    scene.project.gone = True
    with pytest.raises(Gone):
        await scene.look(cursor, tracker=tracker)


async def test_a_failing_project_is_told_after_the_others_were_read(scene: Scene) -> None:
    """gitlab 35: what was read is kept, and nothing of the failing one is skipped."""
    other = scene.world.add_project("team/other")
    tracker = scene.another(projects=[other.id, scene.project.id])
    cursor = await scene.begin(tracker)
    scene.issue("in app")
    scene.world.add_issue(other, "in other")
    scene.fault(Kind.STATUS, "/issues", status=500, times=3)
    pages: list[ChangePage] = []

    async def read() -> None:
        async for page in tracker.changes(cursor):
            pages.append(page)  # noqa: PERF401 — pages before the error count

    with pytest.raises(Temporary):
        await read()
    changes: list[Change] = [change for page in pages for change in page.changes]
    assert titles(changes) == ["in app"]
    assert titles((await scene.look(pages[-1].cursor, tracker=tracker))[0]) == ["in other"]


@pytest.mark.parametrize(("status", "error"), [(429, Limited), (401, Unauthorised)])
async def test_a_limit_or_a_refused_token_ends_the_look_at_once(
    scene: Scene, status: int, error: type[Exception]
) -> None:
    other = scene.world.add_project("team/other")
    tracker = scene.another(projects=[scene.project.id, other.id])
    cursor = await scene.begin(tracker)
    scene.gitlab.log.clear()
    scene.fault(Kind.STATUS, "/issues", status=status, times=0)
    with pytest.raises(error):
        await scene.look(cursor, tracker=tracker)
    assert not [seen for seen in scene.gitlab.log if str(other.id) in seen.path]


async def test_a_source_added_later_begins_now(scene: Scene) -> None:
    cursor = await scene.begin()
    other = scene.world.add_project("team/other")
    for n in range(3):
        scene.world.add_issue(other, f"old {n}", at=scene.clock.now() - timedelta(days=1))
    tracker = scene.another(projects=[scene.project.id, other.id])
    changes, cursor = await scene.look(cursor, tracker=tracker)
    assert changes == []
    scene.clock.advance(1)
    scene.world.add_issue(other, "new")
    assert titles((await scene.look(cursor, tracker=tracker))[0]) == ["new"]


async def test_a_damaged_cursor_begins_now(scene: Scene) -> None:
    scene.issue("old")
    for cursor in ("not json", "[]", '{"sources": {"x": 3}}', '{"sources": 3}'):
        assert (await scene.look(cursor))[0] == []


async def test_one_row_that_cannot_be_read_does_not_hold_up_the_others(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 17."""
    cursor = await scene.begin()
    scene.issue("bad", extra={"iid": None})
    scene.issue("good", extra={"author": None, "labels": [{"name": "x"}], "new_field": [1]})
    changes, _ = await scene.look(cursor)
    assert titles(changes) == ["good"]
    assert changes[0].issue.labels == ("x",)
    assert "left out" in caplog.text
