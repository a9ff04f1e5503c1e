"""One thread, one reply: never twice, never elsewhere (gitlab section 5 B and C)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.issue import IssueKey
from bot.domain.receipt import Thumbs
from bot.errors import Gone, InDoubt, Limited, Permanent, Temporary, Unauthorised, UsageError
from tests.fake_gitlab import Kind
from tests.fake_gitlab.world import Person
from tests.trackers.clock import START
from tests.trackers.contract import BODY, MARKER
from tests.trackers.gitlab.conftest import BOUNDS, Scene

NOTES = "/notes"


async def test_a_thread_has_all_notes_oldest_first_with_their_flags(scene: Scene) -> None:
    issue = scene.issue()
    for n in range(250):
        scene.clock.advance(1)
        scene.world.add_note(issue, f"note {n}", system=n == 3, internal=n == 4, hidden=n == 5)
    thread = await scene.tracker.thread(scene.key(issue))
    assert [note.body for note in thread.notes] == [f"note {n}" for n in range(250) if n != 5]
    assert [note.body for note in thread.notes if note.system] == ["note 3"]
    assert [note.body for note in thread.notes if note.internal] == ["note 4"]
    assert thread.issue.url == f"{scene.gitlab.url}/team/app/-/work_items/{issue.iid}"
    assert thread.issue.project_name == "team/app"


async def test_a_note_that_arrives_while_we_page_hides_no_other(scene: Scene) -> None:
    """gitlab 10."""
    tracker = scene.small_pages(3)
    issue = scene.issue()
    for n in range(8):
        scene.clock.advance(1)
        scene.world.add_note(issue, f"{n}")
    scene.gitlab.on_page = lambda _: None if len(issue.notes) > 9 else [scene.world.add_note(issue, "new")].clear()
    thread = await tracker.thread(scene.key(issue))
    assert {f"{n}" for n in range(8)} <= {note.body for note in thread.notes}
    assert len({note.id for note in thread.notes}) == len(thread.notes)


async def test_a_thread_is_bounded_and_keeps_the_newest(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """gitlab 16."""
    tracker = scene.another(bounds=replace(BOUNDS, max_notes=120))
    issue = scene.issue()
    for n in range(500):
        scene.world.add_note(issue, f"{n}")
    thread = await tracker.thread(scene.key(issue))
    assert [note.body for note in thread.notes] == [f"{n}" for n in range(380, 500)]
    assert "more notes" in caplog.text


async def test_a_gone_issue_is_confirmed_before_it_is_gone(scene: Scene) -> None:
    """gitlab 29, 32: one 404 on the way proves nothing."""
    issue = scene.issue()
    scene.fault(Kind.STATUS, "{issue_iid}", status=404)
    assert (await scene.tracker.thread(scene.key(issue))).issue.title == issue.title
    issue.gone = True
    with pytest.raises(Gone, match=f"issue {issue.iid}"):
        await scene.tracker.thread(scene.key(issue))
    scene.project.gone = True
    with pytest.raises(Gone, match=f"project {scene.project.id}"):
        await scene.tracker.thread(scene.key(issue))


async def test_a_renamed_project_keeps_its_key(scene: Scene) -> None:
    """gitlab 32: also when another project takes its old path."""
    issue = scene.issue()
    key = await scene.tracker.locate(f"team/app#{issue.iid}")
    scene.world.rename(scene.project, "new/home")
    assert await scene.tracker.locate(f"{scene.gitlab.url}/team/app/-/issues/{issue.iid}") == key
    usurper = scene.world.add_project("team/app")
    assert (await scene.tracker.thread(key)).issue.project_name == "new/home"
    await scene.tracker.reply(key, BODY, MARKER)
    assert [note.body for note in issue.notes] == [BODY]
    assert usurper.path == "team/app"
    with pytest.raises(UsageError, match="no project team/app"):
        await scene.tracker.locate(f"team/app#{issue.iid}")


async def test_locate_finds_watched_projects_only(scene: Scene) -> None:
    """field 23: the token may see more than the team wants to hear about."""
    group = scene.world.add_group("some/where")
    inside = scene.world.add_project("some/where/else.x", group=group)
    scene.world.add_project("some/whereabouts")
    tracker = scene.another(groups=["some/where"])
    wanted = IssueKey(tracker="gitlab", project=str(inside.id), number=7)
    assert await tracker.locate(f"{scene.gitlab.url}/some/where/else.x/-/work_items/7#note_3") == wanted
    assert await tracker.locate(f"{inside.id}#7") == wanted
    assert (await tracker.locate("team/app#7")).project == str(scene.project.id)
    for unwatched in ("some/whereabouts#7", "some/thing#7"):
        with pytest.raises(UsageError, match=r"no project some/.* among those that are watched"):
            await tracker.locate(unwatched)
    with pytest.raises(UsageError, match="no project"):
        await scene.tracker.locate(f"{inside.id}#7")


@pytest.mark.parametrize("gone", ["project", "group"])
async def test_a_watched_thing_that_is_gone_does_not_hide_the_others(scene: Scene, gone: str) -> None:
    if gone == "project":
        tracker = scene.another(projects=["no/more", scene.project.id])
    else:
        tracker = scene.another(projects=[], groups=["no/more", scene.world.add_group("team")])
    assert (await tracker.locate("team/app#7")).number == 7


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.invalid/team/app/-/issues/7",
        "http://169.254.169.254/team/app/-/issues/7",
        "{url}@elsewhere.invalid/team/app/-/issues/7",
        "{url}/team/..%2f..%2fadmin/-/issues/7",
        "{url}/team/../admin/-/issues/7",
    ],
)
async def test_an_address_of_another_place_asks_nobody(scene: Scene, target: str) -> None:
    """field 23"""
    with pytest.raises(UsageError):
        await scene.tracker.locate(target.format(url=scene.gitlab.url))
    assert scene.gitlab.log == []


async def test_a_reply_is_one_request_with_exactly_the_text(scene: Scene) -> None:
    issue = scene.issue()
    reply = await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    [request] = scene.gitlab.requests("POST")
    assert request.body == {"body": BODY}
    assert reply.url == f"{scene.gitlab.url}/team/app/-/work_items/{issue.iid}#note_{issue.notes[0].id}"
    assert reply.at == issue.notes[0].created_at


async def test_a_reply_without_its_marker_is_not_sent(scene: Scene) -> None:
    issue = scene.issue()
    for marker in (MARKER, ""):
        with pytest.raises(Permanent, match="not sent"):
            await scene.tracker.reply(scene.key(issue), "no marker", marker)
    assert scene.gitlab.log == []


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.STATUS_AFTER_COMMIT, 500),
        (Kind.STATUS_AFTER_COMMIT, 502),
        (Kind.STATUS_AFTER_COMMIT, 504),
        (Kind.STATUS_AFTER_COMMIT, 200),
        (Kind.DROP_AFTER_COMMIT, 0),
        (Kind.RESET_AFTER_HEADERS, 0),
        (Kind.TRUNCATED, 0),
        (Kind.NOT_JSON_TYPE, 0),
        (Kind.HOLD_AFTER_COMMIT, 0),
        (Kind.DRIP, 0),
        (Kind.DRIP_HEADERS, 0),
    ],
)
async def test_an_answer_lost_after_the_commit_is_in_doubt_and_found(scene: Scene, kind: Kind, status: int) -> None:
    """gitlab 18, 20, 37: exactly one note, one request, and it is found again by its marker."""
    issue = scene.issue()
    tracker = scene.another(timeout=0.4)
    scene.fault(kind, NOTES, method="POST", status=status, times=0)
    with pytest.raises(InDoubt) as caught:
        await tracker.reply(scene.key(issue), BODY, MARKER)
    assert "<" not in str(caught.value)
    assert len(scene.gitlab.requests("POST")) == 1
    found = await tracker.find_reply(scene.key(issue), MARKER, scene.clock.now())
    assert found is not None
    assert found.body == BODY
    assert len(scene.world.bot_notes()) == 1


@pytest.mark.parametrize(("kind", "status"), [(Kind.STATUS, 500), (Kind.STATUS, 503), (Kind.DROP, 0), (Kind.HOLD, 0)])
async def test_an_answer_lost_before_the_commit_is_in_doubt_too(scene: Scene, kind: Kind, status: int) -> None:
    """gitlab 20, 27: from outside it looks the same; nothing is found, and nothing was sent a second time."""
    issue = scene.issue()
    tracker = scene.another(timeout=0.4)
    scene.fault(kind, NOTES, method="POST", status=status, times=0)
    with pytest.raises(InDoubt):
        await tracker.reply(scene.key(issue), BODY, MARKER)
    assert len(scene.gitlab.requests("POST")) == 1
    assert await tracker.find_reply(scene.key(issue), MARKER, scene.clock.now()) is None


async def test_a_note_that_appears_late_is_found_later(scene: Scene) -> None:
    """gitlab 21: the server commits after we gave up."""
    issue = scene.issue()
    tracker = scene.another(timeout=0.4)
    hold = scene.fault(Kind.HOLD, NOTES, method="POST")
    with pytest.raises(InDoubt):
        await tracker.reply(scene.key(issue), BODY, MARKER)
    assert await tracker.find_reply(scene.key(issue), MARKER, scene.clock.now()) is None
    posted = asyncio.Event()
    scene.world.on_note = posted.set
    hold.gate.set()
    await asyncio.wait_for(posted.wait(), 5)
    assert await tracker.find_reply(scene.key(issue), MARKER, scene.clock.now()) is not None
    assert len(scene.world.bot_notes()) == 1


async def test_a_limit_says_how_long_and_posts_nothing(scene: Scene) -> None:
    """gitlab 34: 429 was certainly not carried out; it is not retried inside."""
    issue = scene.issue()
    scene.fault(Kind.STATUS, NOTES, method="POST", status=429, headers={"Retry-After": "17"})
    with pytest.raises(Limited) as caught:
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert caught.value.retry_after == 17
    assert (scene.world.bot_notes(), scene.clock.slept, len(scene.gitlab.requests("POST"))) == ([], [], 1)


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (400, "Maximum number of comments exceeded", Permanent),
        (403, "403 Forbidden", Permanent),
        (401, "401 Unauthorized", Unauthorised),
        (404, "404 Not Found", Gone),
        (405, "405 Method Not Allowed", Permanent),
        (413, "too large", Permanent),
        (422, "unprocessable", Permanent),
    ],
)
async def test_a_refusal_is_for_good_and_told_in_one_sentence(
    scene: Scene, status: int, text: str, error: type[Exception]
) -> None:
    """gitlab 27."""
    issue = scene.issue()
    scene.fault(Kind.STATUS, NOTES, method="POST", status=status, text=text)
    with pytest.raises(error) as caught:
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert "\n" not in str(caught.value)
    assert len(scene.gitlab.requests("POST")) == 1


@pytest.mark.parametrize("change", ["locked", "archived"])
async def test_locked_and_archived(scene: Scene, change: str) -> None:
    """gitlab 27."""
    issue = scene.issue(locked=change == "locked")
    scene.project.archived = change == "archived"
    with pytest.raises(Permanent, match="locked, archived"):
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)


async def test_a_reply_that_ran_as_a_quick_action_is_an_incident(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 23: 202, nothing posted. The exit filter must never let this happen; if it does, we say so."""
    issue = scene.issue()
    answer = {"commands_changes": {"state_event": "close"}, "summary": ["Closed this issue."]}
    scene.fault(Kind.BODY, NOTES, method="POST", status=202, text=json.dumps(answer))
    with pytest.raises(Permanent, match="quick action"):
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert "state_event" in caplog.text
    caplog.clear()
    scene.fault(Kind.BODY, NOTES, method="POST", status=202, text='{"commands_changes": {}, "summary": null}')
    with pytest.raises(Permanent, match="quick action"):
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)


async def test_a_reply_that_also_ran_something_is_accepted_and_reported(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 23: 201 with commands_changes."""
    issue = scene.issue()
    answer = {"id": 5, "body": BODY, "created_at": "2026-03-01T12:00:00Z", "commands_changes": {"labels": ["x"]}}
    scene.fault(Kind.BODY, NOTES, method="POST", status=201, text=json.dumps(answer))
    assert (await scene.tracker.reply(scene.key(issue), BODY, MARKER)).note_id == "5"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_what_the_server_made_of_a_reply_is_what_we_report(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 23: 201 with another body than sent."""
    issue = scene.issue()
    scene.fault(Kind.BODY, NOTES, method="POST", status=201, text='{"id": "9", "body": "tamed"}')
    reply = await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert (reply.note_id, reply.body, reply.at) == ("9", "tamed", scene.clock.now())
    assert "changed the reply" in caplog.text


@pytest.mark.parametrize("text", ["{}", "[]", "null", '{"id": null}', '{"body": "x"}', "[" * 50_000, '{"id": NaN}'])
async def test_an_acceptance_without_an_id_is_in_doubt(scene: Scene, text: str) -> None:
    """gitlab 23."""
    issue = scene.issue()
    scene.fault(Kind.BODY, NOTES, method="POST", status=201, text=text)
    with pytest.raises(InDoubt):
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert len(scene.gitlab.requests("POST")) == 1


async def test_a_reply_to_what_is_gone_is_gone(scene: Scene) -> None:
    issue = scene.issue()
    issue.gone = True
    with pytest.raises(Gone):
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert scene.world.bot_notes() == []


async def test_nothing_is_asked_before_the_note_is_posted_and_no_link_is_waited_for(scene: Scene) -> None:
    """The grace period of a doubt begins when `reply` is called, so it must not wait before it posts."""
    issue = scene.issue()
    scene.fault(Kind.STATUS, "{issue_iid}", status=503, times=0)
    reply = await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert [seen.method for seen in scene.gitlab.log] == ["POST", "GET"]
    assert scene.clock.slept == []
    assert reply.url == f"{scene.gitlab.url}#note_{reply.note_id}"
    scene.gitlab.faults.clear()
    await scene.tracker.thread(scene.key(issue))
    scene.gitlab.log.clear()
    again = await scene.tracker.reply(scene.key(issue), BODY, MARKER)
    assert [seen.method for seen in scene.gitlab.log] == ["POST"]
    assert again.url.endswith(f"/-/work_items/{issue.iid}#note_{again.note_id}")


async def test_only_our_own_note_counts_as_found(scene: Scene) -> None:
    """Somebody who copies the marker must not make us believe that we have answered."""
    issue = scene.issue()
    scene.world.add_note(issue, BODY, Person(id=5, username="helpful-robot"))
    scene.world.add_note(issue, BODY, scene.world.bot, system=True)
    assert await scene.tracker.find_reply(scene.key(issue), MARKER, START) is None


async def test_the_search_reads_back_to_the_attempt_and_no_further(scene: Scene) -> None:
    issue = scene.issue()
    scene.world.add_note(issue, BODY, scene.world.bot)
    attempt = scene.clock.now()
    for _ in range(350):
        scene.clock.advance(10)
        scene.world.add_note(issue, "later")
    scene.gitlab.log.clear()
    assert await scene.tracker.find_reply(scene.key(issue), MARKER, attempt) is not None
    assert len(scene.gitlab.requests("GET", NOTES)) == 4
    scene.gitlab.log.clear()
    assert await scene.tracker.find_reply(scene.key(issue), MARKER, scene.clock.now() - timedelta(minutes=1)) is None
    assert len(scene.gitlab.requests("GET", NOTES)) == 1
    [request] = scene.gitlab.requests("GET", NOTES)
    assert request.query["activity_filter"] == "only_comments"


async def test_a_server_that_refuses_connections_certainly_did_nothing(scene: Scene) -> None:
    issue = scene.issue()
    await scene.gitlab.stop()
    with pytest.raises(Temporary, match="refuses connections"):
        await scene.tracker.reply(scene.key(issue), BODY, MARKER)


@pytest.mark.parametrize("body", [None, "", "\x00\ud800\u202e", "x\n" * 50_000, "![i](u)\n" * 10_000])
async def test_odd_descriptions_arrive(scene: Scene, body: str | None) -> None:
    """gitlab 15."""
    issue = scene.issue(description=body)
    text = (await scene.tracker.thread(scene.key(issue))).issue.body
    text.encode()
    assert "\x00" not in text
    assert len(text) == len(body or "")


async def test_other_people_s_thumbs_under_our_note_are_counted(scene: Scene) -> None:
    issue = scene.issue()
    note = scene.world.add_note(issue, "Ours.", scene.world.bot)
    ada, bob = scene.world.reporter, Person(id=7, username="bob")
    note.awards += [("thumbsup", ada), ("thumbsup", bob), ("thumbsdown", bob), ("tada", ada)]
    note.awards.append(("thumbsup", scene.world.bot))
    assert await scene.tracker.thumbs(scene.key(issue), str(note.id)) == Thumbs(up=2, down=1)
    with pytest.raises(Gone):
        await scene.tracker.thumbs(scene.key(issue), "424242")


async def test_our_own_notes_and_issues_are_known_by_the_account_and_not_by_the_name(scene: Scene) -> None:
    """field 29: a stranger may take our name; we may change it."""
    me = scene.world.bot
    issue = scene.issue(author=Person(id=8, username=me.username))
    scene.world.add_note(issue, "Ours.", Person(id=me.id, username="renamed"))
    thread = await scene.tracker.thread(scene.key(issue))
    assert (thread.issue.author.me, [note.author.me for note in thread.notes]) == (False, [True])
