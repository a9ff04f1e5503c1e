"""`gepettto check` for webhooks, and making them (gitlab 8)."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from bot.ports import Finding
from bot.trackers.gitlab import GitLabTracker
from bot.trackers.gitlab.hook_payload import EVENTS, PATH
from bot.trackers.gitlab.hooks import HookWish
from bot.web.server import Listener
from tests.fake_gitlab import Fault, HookRow, Kind
from tests.trackers.gitlab.conftest import Scene

URL = "https://bot.example.org/hooks/gitlab"
SIGNING = "whsec_" + "c2lnbmluZyBrZXkgb2YgdGhpcnR5LXR3byBieXRlcw=="
TOKEN = "hook-" + "t" * 20
WISH = HookWish(url="https://bot.example.org", signing=SIGNING)


@pytest.fixture
def maintainer(scene: Scene) -> Scene:
    scene.project.level = 40
    return scene


def hook(scene: Scene, **changes: Any) -> HookRow:
    values = {"url": URL, "signing_token": SIGNING, **dict.fromkeys(EVENTS, True), **changes}
    return scene.world.add_hook(scene.project.id, **values)


async def one(
    scene: Scene, wish: HookWish = WISH, *, mend: bool = False, tracker: GitLabTracker | None = None
) -> Finding:
    (found,) = await (tracker or scene.tracker).check_hooks(wish, mend=mend)
    return found


async def test_a_webhook_in_order(maintainer: Scene) -> None:
    scene = maintainer
    hook(scene, url="https://other.example.org/hooks/gitlab")
    hook(scene)
    found = await one(scene)
    assert (found.ok, found.warning, found.detail) == (True, False, f"GitLab delivers to {URL}.")


async def test_a_missing_webhook_is_a_warning_since_polls_go_on(maintainer: Scene) -> None:
    found = await one(maintainer)
    assert (found.ok, found.warning) == (True, True)
    assert "--create-hook" in found.remedy


@pytest.mark.parametrize("status", ["disabled", "temporarily_disabled"])
async def test_a_webhook_that_was_switched_off_is_reported(maintainer: Scene, status: str) -> None:
    """gitlab 8"""
    hook(maintainer).alert_status = status
    found = await one(maintainer)
    assert not found.ok
    assert status in found.detail


@pytest.mark.parametrize("event", EVENTS)
async def test_a_missing_event_is_named(maintainer: Scene, event: str) -> None:
    hook(maintainer, **{event: False})
    found = await one(maintainer)
    assert not found.ok
    assert event in found.detail


@pytest.mark.parametrize(
    ("secrets", "wish", "word"),
    [
        ({"signing_token": ""}, WISH, "signing token"),
        ({"signing_token": "", "token": TOKEN}, HookWish(url=URL, token=TOKEN, signing=SIGNING), "signing token"),
        ({"token": ""}, HookWish(url=URL, token=TOKEN), "secret token"),
    ],
)
async def test_a_webhook_without_its_secret_is_reported(
    maintainer: Scene, secrets: dict[str, str], wish: HookWish, word: str
) -> None:
    hook(maintainer, **secrets)
    found = await one(maintainer, wish)
    assert not found.ok
    assert f"no {word}" in found.detail


async def test_what_an_old_gitlab_does_not_tell_is_not_complained_of(maintainer: Scene) -> None:
    """gitlab 39"""
    row = hook(maintainer, token=TOKEN)
    told = {name: value for name, value in row.json().items() if name in {"id", "url", "issues_events"}}
    assert HookWish(url=URL, token=TOKEN).lacks(told) == []


async def test_without_the_right_it_says_so_and_nothing_fails(scene: Scene) -> None:
    found = await one(scene)
    assert (found.ok, found.warning) == (True, True)
    assert "403" in found.detail
    assert "Maintainer" in found.remedy
    asked_for = await one(scene, mend=True)
    assert (asked_for.ok, asked_for.warning) == (False, False)
    assert scene.world.hooks == []


async def test_our_address_need_not_be_known_to_find_it(maintainer: Scene) -> None:
    hook(maintainer, url="https://push.example.org/")
    assert (await one(maintainer, HookWish(signing=SIGNING))).warning
    hook(maintainer)
    assert (await one(maintainer, HookWish(signing=SIGNING))).ok


@pytest.mark.parametrize("url", ["https://bot.example.org", "https://bot.example.org/", URL])
async def test_a_webhook_is_made_with_secret_and_events(maintainer: Scene, url: str) -> None:
    """Every request is checked against GitLab's document, where that is at hand."""
    found = await one(maintainer, HookWish(url=url, token=TOKEN, signing=SIGNING), mend=True)
    (row,) = maintainer.world.hooks
    assert (found.ok, found.warning) == (True, False)
    assert (row.url, row.token, row.signing_token, row.enable_ssl_verification) == (URL, TOKEN, SIGNING, True)
    assert {name for name, on in row.events.items() if on} == set(EVENTS)
    assert SIGNING not in str(found)
    await one(maintainer, WISH, mend=True)
    assert len(maintainer.world.hooks) == 1


async def test_a_webhook_is_mended_and_the_others_are_left_alone(maintainer: Scene) -> None:
    other = hook(maintainer, url="https://other.example.org/hooks/gitlab", signing_token="whsec_theirs")
    broken = hook(maintainer, signing_token="whsec_old", note_events=False)
    assert (await one(maintainer, mend=True)).ok
    assert (broken.signing_token, broken.events["note_events"]) == (SIGNING, True)
    assert other.signing_token == "whsec_theirs"


@pytest.mark.parametrize(("status", "mended"), [(202, True), (401, False)])
async def test_a_webhook_that_was_switched_off_gets_a_first_delivery(
    maintainer: Scene, status: int, mended: bool
) -> None:
    """gitlab 8: only a success switches it on again."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    listener = Listener("127.0.0.1", 0, posts={PATH: answer}, gets={})
    await listener.start()
    maintainer.issue()
    url = f"http://127.0.0.1:{listener.port}"
    hook(maintainer, url=url + PATH).alert_status = "disabled"
    found = await one(maintainer, HookWish(url=url, signing=SIGNING), mend=True)
    await listener.stop()
    assert (found.ok, "422" in found.detail) == (mended, not mended)
    assert maintainer.gitlab.sender.statuses == [status]


async def test_a_group_has_webhooks_of_its_own(scene: Scene) -> None:
    group = scene.world.add_group("team")
    tracker = scene.another(projects=[], groups=["team"])
    found = await one(scene, tracker=tracker)
    assert (found.item, found.warning, "403" in found.detail) == ("gitlab webhook of group team", True, True)
    scene.world.owned_groups.add(group)
    assert (await one(scene, mend=True, tracker=tracker)).ok
    assert [row.owner for row in scene.world.hooks] == [group]
    del scene.world.groups[group]
    assert "does not show" in (await one(scene, tracker=tracker)).detail


async def test_a_doubtful_answer_is_told_and_nothing_is_made_twice(maintainer: Scene) -> None:
    maintainer.gitlab.fault(Fault(kind=Kind.STATUS_AFTER_COMMIT, method="POST", route="/hooks", status=502))
    found = await one(maintainer, mend=True)
    assert not found.ok
    assert len(maintainer.world.hooks) == 1
    assert (await one(maintainer, mend=True)).ok
    assert len(maintainer.world.hooks) == 1
