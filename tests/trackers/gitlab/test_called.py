"""What GitLab tells of the one issue that a webhook named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.issue import ChangeKind, IssueKey
from bot.errors import Gone
from tests.fake_gitlab import Kind
from tests.trackers.gitlab.conftest import Scene


async def test_it_is_what_a_poll_would_tell(scene: Scene) -> None:
    """gitlab 2: whatever the events said, in whatever order: what counts is how the issue is now."""
    old = scene.issue("old")
    scene.clock.advance(60)
    cursor = await scene.begin()
    made = [
        scene.issue("new"),
        scene.issue("task", issue_type="task"),
        scene.issue("ended", state="closed"),
        scene.issue("moved", state="closed", moved_to_id=5),
    ]
    scene.world.edit(old, title="old, edited")
    polled = {change.issue.key: change for change in (await scene.look(cursor))[0]}
    assert len(polled) == 5
    for issue in (old, *made):
        assert await scene.tracker.change(scene.key(issue), cursor) == polled[scene.key(issue)]
    assert polled[scene.key(old)].kind is ChangeKind.UPDATED


async def test_before_the_first_look_nothing_is_told(scene: Scene) -> None:
    """gitlab 19: the baseline comes first, or an old issue would count as new."""
    issue = scene.issue()
    assert await scene.tracker.change(scene.key(issue), None) is None
    other = scene.another(projects=[scene.world.add_project("team/other").id])
    assert await scene.tracker.change(scene.key(issue), await scene.begin(other)) is None


async def test_an_issue_of_a_project_that_is_not_watched_is_not_even_read(scene: Scene) -> None:
    """gitlab 6: a forged delivery cannot make us show what the token may see elsewhere."""
    cursor = await scene.begin()
    elsewhere = scene.world.add_issue(scene.world.add_project("team/secret"))
    scene.gitlab.log.clear()
    assert await scene.tracker.change(scene.key(elsewhere), cursor) is None
    assert scene.gitlab.log == []


async def test_filters_hold_for_named_issues_too(scene: Scene) -> None:
    tracker = scene.another(labels=["question"], ignore_authors=[])
    cursor = await scene.begin(tracker)
    for label, kind in (("bug", ChangeKind.UPDATED), ("question", ChangeKind.OPENED)):
        change = await tracker.change(scene.key(scene.issue(labels=[label])), cursor)
        assert change is not None
        assert change.kind is kind, "what is held back is followed when it is known, and never begun"


async def test_a_group_is_watched_with_what_is_in_it_now(scene: Scene) -> None:
    """gitlab 6, 32: by path, so a project that was moved out is not watched any more; a like-named group is another."""
    group = scene.world.add_group("team/apps")
    inside = scene.world.add_project("team/apps/sub/one", group=group)
    beside = scene.world.add_project("team/apps-too/two")
    tracker = scene.another(projects=[], groups=["team/apps"])
    cursor = await scene.begin(tracker)
    scene.clock.advance(1)
    issue, other = scene.world.add_issue(inside), scene.world.add_issue(beside)
    change = await tracker.change(scene.key(issue), cursor)
    assert change is not None
    assert change.kind is ChangeKind.OPENED
    assert await tracker.change(scene.key(other), cursor) is None
    scene.world.rename(inside, "elsewhere/one")
    assert await tracker.change(scene.key(issue), cursor) is None


async def test_a_project_that_is_watched_twice_counts_from_the_earlier_day(scene: Scene) -> None:
    group = scene.world.add_group("team")
    scene.project.group = group
    cursor = await scene.begin()
    issue = scene.issue("between the two")
    scene.clock.advance(60)
    both = scene.another(groups=[group])
    _, cursor = await scene.look(cursor, tracker=both)
    change = await both.change(scene.key(issue), cursor)
    assert change is not None
    assert change.kind is ChangeKind.OPENED


async def test_what_is_not_there_is_gone(scene: Scene) -> None:
    """gitlab 33"""
    cursor = await scene.begin()
    missing = IssueKey(tracker="gitlab", project=str(scene.project.id), number=404)
    with pytest.raises(Gone):
        await scene.tracker.change(missing, cursor)


async def test_a_short_failure_is_waited_out(scene: Scene) -> None:
    cursor = await scene.begin()
    issue = scene.issue()
    scene.fault(Kind.STATUS, "{issue_iid}", status=502)
    assert await scene.tracker.change(scene.key(issue), cursor) is not None
    assert scene.clock.now() - issue.created_at < timedelta(minutes=1)
