"""A thread knows who may read it; what is not known counts as nothing."""

from __future__ import annotations

import pytest

from tests.fake_gitlab import Kind
from tests.trackers.gitlab.conftest import Scene


@pytest.mark.parametrize("visibility", ["public", "internal", "private"])
async def test_a_thread_has_its_project_s_visibility(scene: Scene, visibility: str) -> None:
    scene.project.visibility = visibility
    thread = await scene.tracker.thread(scene.key(scene.issue()))
    assert thread.visibility == visibility


async def test_a_project_that_does_not_show_itself_has_none(scene: Scene) -> None:
    scene.fault(Kind.STATUS, route="/projects/{id}", status=404)
    assert (await scene.tracker.thread(scene.key(scene.issue()))).visibility == ""
