"""Which issue a delivery names (gitlab 4, 5): everything else in it is left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.issue import IssueKey
from bot.errors import Unreadable
from bot.trackers.gitlab.hook_payload import Unused, idempotency_key, named
from tests.conftest import SHARED
from tests.fake_gitlab import World
from tests.fake_gitlab.webhooks import emoji_event, issue_event, note_event

EXAMPLES = SHARED / "reference" / "gitlab-examples"


def key(project: int = 7, number: int = 3) -> IssueKey:
    return IssueKey(tracker="gitlab", project=str(project), number=number)


def read(**body: Any) -> IssueKey | Unused:
    return named(json.dumps(body).encode())


@pytest.mark.parametrize("kind", ["issue", "incident", "task", "ticket", "requirement"])
@pytest.mark.parametrize("confidential", [True, False])
def test_all_events_of_an_issue_name_it(kind: str, confidential: bool) -> None:
    """gitlab 5: `issue` and `work_item`, notes, emoji, and their confidential kin."""
    world = World()
    issue = world.add_issue(world.add_project(), issue_type=kind, confidential=confidential)
    note = world.add_note(issue, "text", internal=confidential)
    expected = key(issue.project.id, issue.iid)
    for event in (issue_event(world, issue, "open"), note_event(world, issue, note), emoji_event(world, issue)):
        assert named(json.dumps(event.body).encode()) == expected
    assert issue_event(world, issue, "open").body["object_kind"] == (
        "issue" if kind in {"issue", "ticket"} else "work_item"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"object_kind": "work_item", "object_attributes": {"project_id": 7, "iid": 3, "type": "Task"}},
        {"object_kind": "issue", "project": {"id": 7}, "object_attributes": {"iid": 3}},
        {"object_kind": "issue", "project": {"id": 1}, "object_attributes": {"project_id": "7", "iid": "3"}},
        {"object_kind": "note", "project_id": 7, "object_attributes": {}, "issue": {"iid": 3}},
        {"object_kind": "note", "project_id": 7, "object_attributes": {}, "work_item": {"iid": 3}},
        {"object_kind": "emoji", "project_id": 1, "object_attributes": {}, "issue": {"iid": 3, "project_id": 7}},
    ],
)
def test_the_ids_are_found_where_they_stand(body: dict[str, Any]) -> None:
    """gitlab 5: also when GitLab moves issues to `work_item`; the issue's own project goes before others."""
    assert read(**body) == key()


@pytest.mark.parametrize(
    "body",
    [
        {"object_kind": "issue"},
        {"object_kind": "issue", "object_attributes": None},
        {"object_kind": "issue", "object_attributes": [1]},
        {"object_kind": "issue", "object_attributes": {"project_id": 7}},
        {"object_kind": "issue", "object_attributes": {"iid": 3}},
        {"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": 0}},
        {"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": -3}},
        {"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": 3.0}},
        {"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": True}},
        {"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": 2**63}},
        {"object_kind": "issue", "object_attributes": {"project_id": 10**30, "iid": 3}},
        {"object_kind": "issue", "object_attributes": {"project_id": "7; DROP", "iid": 3}},
        {"object_kind": "note", "issue": {"iid": 3, "project_id": 7}},
        {"object_kind": "push", "project_id": 7},
        {"object_kind": "from tomorrow", "project_id": 7, "object_attributes": {"iid": 3}},
        {"object_kind": ["issue"]},
        {"text": "a template of the operator's own", "issue": 3},
        {},
    ],
)
def test_other_shapes_name_nothing(body: dict[str, Any]) -> None:
    """gitlab 5: unknown kind, custom template, missing object_attributes, ids that are none."""
    assert read(**body) is Unused.UNKNOWN


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"issue"'])
def test_json_that_is_no_object_names_nothing(body: bytes) -> None:
    assert named(body) is Unused.UNKNOWN


@pytest.mark.parametrize("kind", ["note", "emoji"])
def test_what_is_not_about_an_issue_is_no_surprise(kind: str) -> None:
    assert (
        read(object_kind=kind, object_attributes={"noteable_type": "MergeRequest"}, merge_request={"iid": 3})
        == "elsewhere"
    )


ATTRIBUTES = b'"object_attributes": {"project_id": 7, "iid": 3}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"object_kind": "issue", ' + ATTRIBUTES + b"} {}",
        b'{"object_kind": "issue", "object_kind": "push", ' + ATTRIBUTES + b"}",
        b'{"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": 3, "iid": 4}}',
        b'{"object_kind": "issue", "x": NaN, ' + ATTRIBUTES + b"}",
        b'{"object_kind": "issue", "x": Infinity, ' + ATTRIBUTES + b"}",
        b'{"object_kind": "issue", "x": "\xff\xfe", ' + ATTRIBUTES + b"}",
        b'{"object_kind": "issue", "x": "\\ud800", ' + ATTRIBUTES + b"}",
        b'{"object_kind": "issue", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b", " + ATTRIBUTES + b"}",
        b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"x": ' + b"9" * 100_000 + b"}",
        "\ufeff{}".encode(),
        '{"object_kind": "issue"}'.encode("utf-16"),
        b"\x1f\x8b\x08\x00compressed",
    ],
)
def test_what_two_readers_could_understand_differently_is_unreadable(body: bytes) -> None:
    """gitlab 4: deep nesting, duplicate keys, NaN, invalid UTF-8."""
    with pytest.raises(Unreadable):
        named(body)


def test_reasonable_nesting_is_read() -> None:
    """gitlab 4"""
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    assert read(object_kind="issue", object_attributes={"project_id": 7, "iid": 3}, changes=deep) == key()


def test_the_key_of_a_delivery() -> None:
    """gitlab 1: stable across tries; a signature covers only webhook-id, and a chain shares its X-Gitlab-Event-UUID."""
    both = {"Idempotency-Key": "a", "webhook-id": "b", "X-Gitlab-Event-UUID": "chain"}
    assert idempotency_key(both, b"", signed=False) == "a"
    assert idempotency_key(both, b"", signed=True) == "b"
    assert idempotency_key({"webhook-id": "b"}, b"", signed=False) == "b"
    chain = {"X-Gitlab-Event-UUID": "chain"}
    assert idempotency_key(chain, b"1", signed=False) == idempotency_key({}, b"1", signed=False)
    assert idempotency_key(chain, b"1", signed=False) != idempotency_key(chain, b"2", signed=False)


@pytest.mark.parametrize("name", ["x" * 201, "é", "\udcff", "a b", "\x00", "x" * 8_000])
def test_a_key_that_cannot_be_stored_is_hashed(name: str) -> None:
    """gitlab 3: a non-ASCII header."""
    found = idempotency_key({"Idempotency-Key": name}, b"", signed=False)
    assert found.isascii()
    assert len(found) == 71
    assert found != idempotency_key({"Idempotency-Key": f"{name}2"}, b"", signed=False)


EXPECTED = {
    "webhook-issue-open.json": (14, 23),
    "webhook-work-item-task-open.derived.json": (14, 23),
    "webhook-confidential-issue-open.derived.json": (14, 23),
    "webhook-note-issue.json": (5, 17),
    "webhook-emoji-note-award.json": (6, 42),
    "webhook-note-merge-request.json": "elsewhere",
    "webhook-project-access-token-expiry.json": "unknown",
    "systemhook-project-rename.json": "unknown",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_gitlabs_own_examples_are_understood(name: str) -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the reference folder beside the project is absent")
    expected = EXPECTED[name]
    found = named((EXAMPLES / name).read_bytes())
    assert found == (key(*expected) if isinstance(expected, tuple) else expected)


def test_no_example_was_forgotten() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the reference folder beside the project is absent")
    for path in sorted(Path(EXAMPLES).glob("webhook-*.json")):
        if path.name != "webhook-headers.json":
            named(path.read_bytes())
