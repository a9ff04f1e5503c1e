"""`gepettto check` for GitLab (gitlab 36, 39; section 1.7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.ports import Finding
from tests.fake_gitlab import Kind
from tests.trackers.gitlab.conftest import Scene


def one(findings: list[Finding], item: str) -> Finding:
    (found,) = [finding for finding in findings if finding.item == item]
    return found


async def test_everything_in_order(scene: Scene) -> None:
    group = scene.world.add_group("a/b")
    tracker = scene.another(projects=["team/app"], groups=["a/b", group])
    scene.world.expires_at = str((scene.clock.now() + timedelta(days=200)).date())
    findings = await tracker.check()
    assert [(f.ok, f.warning) for f in findings] == [(True, False)] * 7
    assert "19.5.0" in one(findings, "gitlab").detail
    assert "@helpful-robot" in one(findings, "gitlab token").detail
    assert "Reporter" in one(findings, "gitlab project team/app").detail


async def test_a_version_that_is_not_told_does_not_matter(scene: Scene) -> None:
    """gitlab 39: /metadata is absent on old servers, both may be hidden."""
    scene.fault(Kind.STATUS, "/metadata", status=404)
    assert "19.5.0" in one(await scene.tracker.check(), "gitlab").detail
    scene.world.version = None
    finding = one(await scene.tracker.check(), "gitlab")
    assert finding.ok
    assert "unknown" in finding.detail


async def test_a_refused_token_is_the_one_finding(scene: Scene) -> None:
    """gitlab 36."""
    scene.gitlab.token = "other"
    [finding] = await scene.tracker.check()
    assert not finding.ok
    assert "GEPETTTO_GITLAB_TOKEN" in finding.detail


async def test_a_server_that_is_not_there_is_the_one_finding(scene: Scene) -> None:
    await scene.gitlab.stop()
    [finding] = await scene.tracker.check()
    assert not finding.ok
    assert "refuses connections" in finding.detail


async def test_a_token_that_may_only_read_cannot_send(scene: Scene) -> None:
    """gitlab 36: scope reduced to read_api."""
    scene.world.scopes = ["read_api"]
    finding = one(await scene.tracker.check(), "gitlab token scope")
    assert not finding.ok
    assert "`api`" in finding.remedy


@pytest.mark.parametrize(
    ("days", "ok", "warning", "words"),
    [
        (31, True, False, "31 more days"),
        (30, True, True, "this month"),
        (7, True, True, "this week"),
        (1, True, True, "1 day "),
        (0, True, True, "now"),
        (-1, False, True, "now"),
    ],
)
async def test_the_end_of_a_token_is_announced(scene: Scene, days: int, ok: bool, warning: bool, words: str) -> None:
    scene.world.expires_at = str((scene.clock.now() + timedelta(days=days)).date())
    finding = one(await scene.tracker.check(), "gitlab token expiry")
    assert (finding.ok, finding.warning) == (ok, warning)
    assert words in finding.detail


async def test_a_token_that_cannot_be_inspected_is_a_warning(scene: Scene) -> None:
    scene.fault(Kind.STATUS, "/self", status=404)
    finding = one(await scene.tracker.check(), "gitlab token scope")
    assert (finding.ok, finding.warning) == (True, True)


@pytest.mark.parametrize(
    ("change", "ok", "words"),
    [
        ({"archived": True}, False, "archived"),
        ({"issues_enabled": False}, False, "switched off"),
        ({"gone": True}, False, "404"),
        ({"level": 10}, True, "Guest"),
        ({"level": 0}, True, "not a member"),
    ],
)
async def test_what_is_wrong_with_a_project(scene: Scene, change: dict[str, object], ok: bool, words: str) -> None:
    """gitlab 32: archived, deleted, made private, issues switched off."""
    for name, value in change.items():
        setattr(scene.project, name, value)
    finding = one(await scene.tracker.check(), f"gitlab project {scene.project.id}")
    assert finding.ok is ok
    assert words in finding.detail
    assert finding.remedy


async def test_a_group_that_is_not_visible(scene: Scene) -> None:
    tracker = scene.another(groups=["no/such"])
    assert not one(await tracker.check(), "gitlab group no/such").ok
