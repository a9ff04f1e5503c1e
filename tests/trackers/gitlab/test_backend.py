"""Retries, deadlines, redirects, and the breaker (gitlab section 5 E)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot import log
from bot.errors import BotError, ConfigError, InDoubt, Limited, Permanent, Temporary, Unauthorised, Unreadable
from bot.settings.renewing import RenewedSecret
from bot.trackers.gitlab.backend import Backend
from bot.trackers.gitlab.wire import within
from tests.fake_gitlab import TOKEN, FakeGitLab, Kind
from tests.fake_gitlab.world import Person
from tests.trackers.clock import START
from tests.trackers.contract import BODY, MARKER
from tests.trackers.gitlab.conftest import BOUNDS, Scene

ISSUE = "{issue_iid}"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.STATUS, 500),
        (Kind.STATUS, 502),
        (Kind.STATUS, 503),
        (Kind.STATUS, 429),
        (Kind.DROP, 0),
        (Kind.RESET_AFTER_HEADERS, 0),
        (Kind.TRUNCATED, 0),
    ],
)
async def test_reading_is_tried_again(scene: Scene, kind: Kind, status: int) -> None:
    """gitlab 18, 35: a burst of two failures is survived, with growing waits."""
    issue = scene.issue()
    scene.fault(kind, ISSUE, status=status, times=2)
    assert (await scene.tracker.thread(scene.key(issue))).issue.title == issue.title
    assert scene.clock.slept == [0.5, 1.0]


async def test_reading_gives_up_in_the_end(scene: Scene) -> None:
    """gitlab 35."""
    issue = scene.issue()
    scene.fault(Kind.STATUS, ISSUE, status=503, times=0)
    with pytest.raises(Temporary, match="503"):
        await scene.tracker.thread(scene.key(issue))
    assert len(scene.gitlab.requests("GET", f"/issues/{issue.iid}")) == 3


@pytest.mark.parametrize(("value", "waits"), [("7", 7.0), ("-5", 0.0), ("whenever", 0.0), ("", 0.0), ("date", 9.0)])
async def test_a_short_limit_is_waited_out_as_asked(scene: Scene, value: str, waits: float) -> None:
    """gitlab 34."""
    issue = scene.issue()
    if value == "date":
        value = format_datetime(scene.clock.now() + timedelta(seconds=9), usegmt=True)
    scene.fault(Kind.STATUS, ISSUE, status=429, headers={"Retry-After": value})
    await scene.tracker.thread(scene.key(issue))
    assert scene.clock.slept == [waits + 0.5]


@pytest.mark.parametrize(("value", "asked"), [("20", 20.0), ("1000000000", 300.0), ("date", 40.0)])
async def test_a_long_limit_is_handed_on_instead_of_waited_for(scene: Scene, value: str, asked: float) -> None:
    """gitlab 34: a caller that holds a lease must not be kept for minutes."""
    issue = scene.issue()
    if value == "date":
        value = format_datetime(scene.clock.now() + timedelta(seconds=40), usegmt=True)
    scene.fault(Kind.STATUS, ISSUE, status=429, headers={"Retry-After": value})
    with pytest.raises(Limited) as caught:
        await scene.tracker.thread(scene.key(issue))
    assert caught.value.retry_after == asked
    assert scene.clock.slept == []


async def test_a_storm_of_limits_ends_with_the_wait_that_was_asked_for(scene: Scene) -> None:
    """gitlab 34."""
    issue = scene.issue()
    scene.fault(Kind.STATUS, ISSUE, status=429, headers={"Retry-After": "60"}, times=0)
    with pytest.raises(Limited) as caught:
        await scene.tracker.thread(scene.key(issue))
    assert caught.value.retry_after == 60


async def test_a_login_page_is_not_an_answer(scene: Scene) -> None:
    """gitlab 18."""
    issue = scene.issue()
    for kind in (Kind.HTML, Kind.NOT_JSON_TYPE):
        scene.fault(kind, ISSUE, status=200)
        with pytest.raises(Unreadable, match="something else than JSON"):
            await scene.tracker.thread(scene.key(issue))


@pytest.mark.parametrize("text", ["[]", '"x"', "7", "null"])
async def test_json_of_another_shape_is_not_an_answer(scene: Scene, text: str) -> None:
    """gitlab 18."""
    issue = scene.issue()
    scene.fault(Kind.BODY, ISSUE, status=200, text=text)
    with pytest.raises(Unreadable):
        await scene.tracker.thread(scene.key(issue))


@pytest.mark.parametrize("kind", [Kind.DRIP, Kind.DRIP_HEADERS, Kind.HOLD])
async def test_a_slow_answer_ends_at_the_deadline_and_frees_its_thread(scene: Scene, kind: Kind) -> None:
    """gitlab 37: a byte now and then keeps no thread: more calls than workers, then a normal one."""
    issue = scene.issue()
    tracker = scene.another(timeout=0.3, bounds=replace(BOUNDS, retries=0))
    scene.fault(kind, ISSUE, times=5)
    for _ in range(5):
        with pytest.raises(Temporary, match="in time"):
            await tracker.thread(scene.key(issue))
    assert (await tracker.thread(scene.key(issue))).issue.title == issue.title


async def test_waiting_for_a_free_worker_counts_towards_the_deadline(scene: Scene) -> None:
    issue = scene.issue()
    tracker = scene.another(timeout=0.3, bounds=replace(BOUNDS, retries=0, workers=1))
    scene.fault(Kind.HOLD, ISSUE, times=0)
    results = await asyncio.gather(*(tracker.thread(scene.key(issue)) for _ in range(4)), return_exceptions=True)
    assert {type(result) for result in results} == {Temporary}


async def test_a_cancelled_reply_is_cut_off(scene: Scene) -> None:
    """Nothing more leaves after the one who asked is gone."""
    issue = scene.issue()
    hold = scene.fault(Kind.HOLD_AFTER_COMMIT, "/notes", method="POST")
    task = asyncio.create_task(scene.tracker.reply(scene.key(issue), BODY, MARKER))
    await asyncio.wait_for(hold.reached.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await scene.tracker.thread(scene.key(issue))).notes[0].body == BODY


@pytest.mark.parametrize("secure", [False, True])
async def test_a_redirect_to_another_host_is_refused(scene: Scene, secure: bool) -> None:
    """gitlab 38: the token is not sent there, neither for reading nor for writing."""
    issue = scene.issue()
    async with FakeGitLab() as foreign:
        there = f"{foreign.url}/api/v4/user".replace("http:", "https:" if secure else "http:")
        scene.fault(Kind.REDIRECT, ISSUE, location=there)
        with pytest.raises(Permanent, match="another server"):
            await scene.tracker.thread(scene.key(issue))
        scene.fault(Kind.REDIRECT, "/notes", method="POST", location=there)
        with pytest.raises(Permanent):
            await scene.tracker.reply(scene.key(issue), BODY, MARKER)
        assert foreign.log == []


@pytest.mark.parametrize(
    "location", ["/users/sign_in", "/api/v4/../../admin", "//evil.invalid/api/v4/x", "http://[", ""]
)
async def test_a_redirect_out_of_the_api_is_refused(scene: Scene, location: str) -> None:
    """gitlab 18, 38."""
    issue = scene.issue()
    scene.fault(Kind.REDIRECT, ISSUE, location=location)
    before = len(scene.gitlab.log)
    with pytest.raises(Permanent):
        await scene.tracker.thread(scene.key(issue))
    assert len(scene.gitlab.log) == before + 1


async def test_redirects_are_not_followed_for_ever(scene: Scene) -> None:
    issue = scene.issue()
    path = f"/api/v4/projects/{scene.project.id}/issues/{issue.iid}"
    scene.fault(Kind.REDIRECT, ISSUE, location=path, times=0)
    with pytest.raises(Permanent, match="elsewhere"):
        await scene.tracker.thread(scene.key(issue))
    assert len(scene.gitlab.log) == 2


async def test_a_refused_token_stops_everything_until_a_probe(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """gitlab 36: one alert, no further call for ten minutes, then one; it resumes without a restart."""
    issue = scene.issue()
    key = scene.key(issue)
    good, scene.gitlab.token = scene.gitlab.token, "glpat-" + "n" * 20
    for _ in range(5):
        with pytest.raises(Unauthorised):
            await scene.tracker.reply(key, BODY, MARKER)
    assert len(scene.gitlab.log) == 1
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    scene.clock.advance(601)
    for _ in range(3):
        with pytest.raises(Unauthorised):
            await scene.tracker.thread(key)
    assert len(scene.gitlab.log) == 2
    scene.gitlab.token = good
    scene.clock.advance(601)
    await scene.tracker.reply(key, BODY, MARKER)
    assert len(scene.world.bot_notes()) == 1


async def test_a_new_token_resumes_at_once(scene: Scene) -> None:
    """gitlab 36."""
    key = scene.key(scene.issue())
    fresh = "glpat-" + "n" * 20
    scene.gitlab.token = fresh
    with pytest.raises(Unauthorised):
        await scene.tracker.thread(key)
    scene.tracker.use_token(fresh)
    await scene.tracker.thread(key)
    assert [seen.token for seen in scene.gitlab.log if seen.token != TOKEN]


async def test_a_token_that_is_replaced_in_its_file_is_used_without_a_restart(
    scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 36: writes stop, one alert; they go on with the new token, and what the old one posted is still ours."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    tracker = scene.another(renewed=RenewedSecret("GEPETTTO_GITLAB_TOKEN_FILE", file))
    issue = scene.issue()
    scene.world.add_note(issue, BODY, scene.world.bot)
    assert await tracker.find_reply(scene.key(issue), MARKER, START) is not None
    fresh, scene.world.bot = "glpat-" + "n" * 20, Person(id=77, username="another-robot", bot=True)
    scene.gitlab.token = fresh
    for _ in range(3):
        with pytest.raises(Unauthorised):
            await tracker.reply(scene.key(issue), BODY, MARKER)
    file.write_text("two words")
    with pytest.raises(Unauthorised):
        await tracker.reply(scene.key(issue), BODY, MARKER)
    file.write_text(f"{fresh}\n")
    await tracker.reply(scene.key(issue), BODY, MARKER)
    assert await tracker.find_reply(scene.key(issue), MARKER, START) is not None
    assert sum("refuses the token" in record.message for record in caplog.records) == 1
    assert fresh not in caplog.text
    assert log.secrets.masked(fresh) != fresh
    file.unlink()
    await tracker.thread(scene.key(issue))


async def test_no_error_and_no_log_line_shows_the_token(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """gitlab 40."""
    caplog.set_level(logging.DEBUG)
    key = scene.key(scene.issue())
    said = f"<script>{TOKEN}</script>"
    texts = [repr(scene.tracker), repr(vars(scene.tracker))]
    for status in (400, 403, 404, 422, 500):
        scene.fault(Kind.STATUS, ISSUE, status=status, text=said, times=3)
        with pytest.raises(BotError) as caught:
            await scene.tracker.thread(key)
        texts += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
        scene.gitlab.faults.clear()
    assert TOKEN not in "".join(texts) + caplog.text
    assert "<script>" not in "".join(texts)


async def test_an_answer_that_is_too_large_is_not_held(scene: Scene) -> None:
    """gitlab 15: bounded memory."""
    issue = scene.issue(description="x" * 200_000)
    tracker = scene.another(bounds=replace(BOUNDS, max_bytes=100_000))
    with pytest.raises(Permanent, match="larger"):
        await tracker.thread(scene.key(issue))
    body = "y" * 200_000 + MARKER
    issue.description = ""
    with pytest.raises(InDoubt):
        await tracker.reply(scene.key(issue), body, MARKER)
    assert len(scene.world.bot_notes()) == 1


async def test_a_name_that_cannot_be_resolved_and_a_server_without_tls(scene: Scene) -> None:
    """gitlab 37."""
    for url, words in (
        ("http://gitlab.invalid", "cannot be resolved"),
        (scene.gitlab.url.replace("http:", "https:"), "TLS"),
    ):
        backend = Backend(url, TOKEN, scene.clock, timeout=10, bounds=replace(BOUNDS, retries=0))
        with pytest.raises(Temporary, match=words):
            await backend.get("/user")
        with pytest.raises(Temporary, match=words):
            await backend.post("/projects/1/issues/1/notes", {"body": "x"})
        await backend.close()
    assert scene.gitlab.log == []


async def test_an_instance_below_a_path(scene: Scene) -> None:
    async with FakeGitLab(scene.world, root="/git") as gitlab:
        issue = scene.issue()
        tracker = scene.another(url=gitlab.url)
        key = await tracker.locate(f"{gitlab.url}/team/app/-/issues/{issue.iid}")
        assert (await tracker.thread(key)).issue.title == issue.title
        await tracker.close()
        assert gitlab.problems == []


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://git.invalid/api/v4/user", True),
        ("https://git.invalid:443/api/v4/user?x=1", True),
        ("http://git.invalid/api/v4/user", False),
        ("https://git.invalid:444/api/v4/user", False),
        ("https://git.invalid.evil/api/v4/user", False),
        ("https://git.invalid@evil/api/v4/user", False),
        ("https://u@git.invalid/api/v4/user", False),
        ("https://git.invalid/api/v4/../x", False),
        ("https://git.invalid/api/v4/%2e%2e/x", False),
        ("https://git.invalid/api/v40/user", False),
        ("https://git.invalid/", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_only_the_api_is_within_the_api(url: str, inside: bool) -> None:
    assert within("https://git.invalid/api/v4", url) is inside


@pytest.mark.parametrize("odd", ["\n", " ", "é", "€"])
async def test_a_token_that_no_header_takes_is_refused_without_showing_it(scene: Scene, odd: str) -> None:
    """gitlab 40: a line break copied along with the token must not bring it into an error."""
    token = "glpat-" + "t" * 20 + odd
    with pytest.raises(ConfigError) as caught:
        scene.another(token=token)
    with pytest.raises(ConfigError):
        scene.tracker.use_token(token)
    assert "ttt" not in str(caught.value)


async def test_smaller_pieces_go_on_where_the_larger_ones_stopped(scene: Scene) -> None:
    """gitlab 15: every row once, none skipped and none read again."""
    issue = scene.issue()
    for n in range(250):
        scene.clock.advance(1)
        scene.world.add_note(issue, "x" * (20_000 if 120 <= n < 130 else 10))
    bounds = replace(BOUNDS, max_bytes=150_000)
    backend = Backend(scene.gitlab.url, TOKEN, scene.clock, bounds=bounds)
    path = f"/projects/{scene.project.id}/issues/{issue.iid}/notes"
    rows = [row["id"] async for page in backend.pages(path, sort="asc") for row in page.rows]
    await backend.close()
    assert rows == [note.id for note in issue.notes]
