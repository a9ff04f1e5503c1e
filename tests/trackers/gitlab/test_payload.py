"""GitLab's JSON, well formed and not (gitlab 15, 17)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.errors import Unreadable
from bot.trackers.gitlab import payload
from tests.openapi import REFERENCE

PLAIN: dict[str, Any] = {
    "id": 92,
    "iid": 11,
    "project_id": 5,
    "title": "It fails",
    "description": "Always.",
    "state": "opened",
    "created_at": "2016-04-05T21:41:45.652Z",
    "updated_at": "2016-04-07T12:20:17.596Z",
    "labels": ["bug"],
    "author": {"id": 10, "username": "ada", "name": "Ada"},
    "confidential": False,
    "issue_type": "issue",
    "web_url": "https://git.invalid/team/app/-/issues/11",
}


def test_a_plain_issue() -> None:
    issue = payload.issue(PLAIN)
    assert (issue.key.project, issue.key.number, issue.project_name) == ("5", 11, "team/app")
    assert (issue.title, issue.body, issue.labels, issue.kind) == ("It fails", "Always.", ("bug",), "issue")
    assert (issue.open, issue.confidential, issue.locked, issue.moved, issue.service_desk) == (True,) + (False,) * 4


@pytest.mark.parametrize("name", ["api-issue.json", "api-issue-move-response.json"])
def test_gitlabs_own_examples_are_understood(name: str) -> None:
    path = REFERENCE / "gitlab-examples" / name
    if not path.is_file():
        pytest.skip("the reference folder beside the project is absent")
    raw = json.loads(path.read_text("utf-8"))
    raw = raw if isinstance(raw, dict) else raw[0]
    issue = payload.issue(raw)
    assert issue.key.number == raw["iid"]
    assert issue.created_at.year == int(raw["created_at"][:4])
    assert issue.project_name == "example/example"


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"description": None}, "body", ""),
        ({"description": "a\x00b\ud800c"}, "body", "a\ufffdb\ufffdc"),
        ({"description": "x" * 2_000_000}, "body", "x" * (1 << 20)),
        ({"title": "t" * 300}, "title", "t" * 255),
        ({"title": None}, "title", ""),
        ({"labels": [{"id": 1, "name": "a"}, "b", None, {"x": 1}]}, "labels", ("a", "b")),
        ({"labels": None}, "labels", ()),
        ({"author": None}, "author", payload.GHOST),
        ({"author": []}, "author", payload.GHOST),
        ({"state": "closed"}, "open", False),
        ({"moved_to_id": 4}, "moved", True),
        ({"confidential": True}, "confidential", True),
        ({"confidential": None}, "confidential", True),
        ({"discussion_locked": True}, "locked", True),
        ({"discussion_locked": None}, "locked", False),
        ({"issue_type": None, "type": "INCIDENT"}, "kind", "incident"),
        ({"issue_type": "brand_new"}, "kind", "brand_new"),
        ({"user_notes_count": "7"}, "note_count", 7),
        ({"references": {"full": "a/b/c#11"}}, "project_name", "a/b/c"),
        ({"web_url": None}, "project_name", "5"),
        ({"something": {"quite": ["new"]}}, "title", "It fails"),
    ],
)
def test_odd_fields_do_not_stop_an_issue(change: dict[str, Any], field: str, value: object) -> None:
    assert getattr(payload.issue({**PLAIN, **change}), field) == value


@pytest.mark.parametrize("number", [2**40, str(2**40)])
def test_large_ids_and_ids_as_text(number: object) -> None:
    issue = payload.issue({**PLAIN, "iid": number, "project_id": number})
    assert (issue.key.number, issue.key.project) == (2**40, str(2**40))


@pytest.mark.parametrize(
    "raw", [None, [], "x", {}, {**PLAIN, "iid": None}, {**PLAIN, "iid": -1}, {**PLAIN, "project_id": None}]
)
def test_what_cannot_be_named_is_unreadable(raw: object) -> None:
    with pytest.raises(Unreadable):
        payload.issue(raw)


@pytest.mark.parametrize(
    "change",
    [
        {"author": {"id": 1, "username": "support-bot", "bot": True}},
        {"service_desk_reply_to": "x@mail.invalid"},
        {"issue_type": "ticket"},
        {"issue_type": None, "type": "TICKET"},
    ],
)
def test_the_service_desk_is_noticed_by_any_of_its_signs(change: dict[str, Any]) -> None:
    issue = payload.issue({**PLAIN, **change})
    assert issue.service_desk
    assert not issue.author.bot, "the Service Desk's bot speaks for a human"


@pytest.mark.parametrize(
    ("raw", "bot"),
    [
        ({"username": "ada"}, False),
        ({"username": "ada", "bot": True}, True),
        ({"username": "alert-bot"}, True),
        ({"username": "ghost"}, True),
        ({"username": "project_12_bot"}, True),
        ({"username": "group_12_bot_a8f3"}, True),
        ({"username": "abbot"}, False),
        ({"username": ""}, True),
    ],
)
def test_bots_are_told_from_people(raw: dict[str, Any], bot: bool) -> None:
    assert payload.person(raw).bot is bot


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2013-12-03T17:15:43Z", datetime(2013, 12, 3, 17, 15, 43, tzinfo=UTC)),
        ("2017-09-15 16:50:55 UTC", datetime(2017, 9, 15, 16, 50, 55, tzinfo=UTC)),
        ("2017-09-15 16:50:55 +0200", datetime(2017, 9, 15, 14, 50, 55, tzinfo=UTC)),
        ("2017-09-15T16:50:55.123456789+02:00", datetime(2017, 9, 15, 14, 50, 55, 123456, tzinfo=UTC)),
        ("2017-09-15", datetime(2017, 9, 15, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1_500_000_000, None),
    ],
)
def test_times_in_all_forms(words: object, moment: datetime | None) -> None:
    assert payload.moment(words) == moment


def test_notes_are_internal_by_either_name_and_bounded() -> None:
    raw = {"id": "7", "body": "x" * 50_000, "author": None, "created_at": None, "system": True, "confidential": True}
    note = payload.note(raw)
    assert (note.id, note.system, note.internal, len(note.body)) == ("7", True, True, payload.LONGEST_NOTE)
    assert not payload.note({"id": 8}).internal
    with pytest.raises(Unreadable):
        payload.note({"body": "no id"})
