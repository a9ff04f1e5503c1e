"""Addresses of issues: every form people paste, and nobody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.trackers.gitlab import address

BASE = "https://git.example.org"


@pytest.mark.parametrize(
    ("target", "project"),
    [
        (f"{BASE}/team/app/-/issues/7", "team/app"),
        (f"{BASE}/team/app/-/work_items/7", "team/app"),
        (f"{BASE}/team/app/-/issues/incident/7", "team/app"),
        (f"{BASE}/team/app/issues/7", "team/app"),
        (f"{BASE}/team/app/work_items/7/", "team/app"),
        (f"{BASE}/a/b/c/d/-/issues/7#note_12", "a/b/c/d"),
        (f"{BASE}/team/app/-/issues/7?scope=all&x=%2F#note_1", "team/app"),
        (f"  <{BASE}/team/app/-/issues/7>  ", "team/app"),
        ("HTTPS://GIT.Example.org:443/team/app/-/issues/7", "team/app"),
        (f"{BASE}/team/app.v2_x-y/-/issues/7", "team/app.v2_x-y"),
        (f"{BASE}/team/%C3%BCber/-/issues/7", "team/über"),
        ("team/app#7", "team/app"),
        ("a/b/c.d#7", "a/b/c.d"),
        ("42#7", "42"),
    ],
)
def test_what_people_paste_is_understood(target: str, project: str) -> None:
    assert address.parse(target, BASE) == (project, 7)


def test_an_instance_below_a_path() -> None:
    assert address.parse(f"{BASE}/git/team/app/-/issues/7", f"{BASE}/git") == ("team/app", 7)
    with pytest.raises(UsageError):
        address.parse(f"{BASE}/team/app/-/issues/7", f"{BASE}/git")


@pytest.mark.parametrize(
    "target",
    [
        "http://git.example.org/team/app/-/issues/7",
        "https://git.example.org:8443/team/app/-/issues/7",
        "https://git.example.org.evil.invalid/team/app/-/issues/7",
        "https://evil.invalid/git.example.org/team/app/-/issues/7",
        "https://git.example.org@evil.invalid/team/app/-/issues/7",
        "https://me:secret@git.example.org/team/app/-/issues/7",
        "https://gıt.example.org/team/app/-/issues/7",
        "https://ｇit.example.org/team/app/-/issues/7",
        "https://xn--gt-mma.example.org/team/app/-/issues/7",
        "https://git.example.org./team/app/-/issues/7",
        "//git.example.org/team/app/-/issues/7",
        "file:///team/app/-/issues/7",
        f"{BASE}/team/../other/app/-/issues/7",
        f"{BASE}/team/%2e%2e/app/-/issues/7",
        f"{BASE}/team%2Fapp/-/issues/7",
        f"{BASE}/team/app%2f..%2fother/-/issues/7",
        f"{BASE}/team/app%252Fother/-/issues/7",
        f"{BASE}/team\\app/-/issues/7",
        f"{BASE}/team//app/-/issues/7",
        f"{BASE}/team/a\npp/-/issues/7",
        f"{BASE}/team/app/-/issues/7 and more",
        f"{BASE}/team/app/-/issues/",
        f"{BASE}/team/app/-/issues/0",
        f"{BASE}/team/app/-/issues/-7",
        f"{BASE}/team/app/-/issues/٧",
        f"{BASE}/team/app/-/issues/12345678901",
        f"{BASE}/team/app/-/merge_requests/7",
        f"{BASE}/app/-/issues/7",
        f"{BASE}/",
        "https://[::1/x/y/-/issues/7",
        "app#7",
        "team/app#0",
        "team/app",
        "team/../app#7",
        "",
        "-",
    ],
)
def test_everything_else_is_refused_in_one_sentence(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        address.parse(target, BASE)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=80))
def test_no_text_leads_elsewhere_than_to_a_project_and_a_number(text: str) -> None:
    try:
        project, number = address.parse(f"{BASE}/{text}", BASE)
    except UsageError:
        return
    assert ".." not in project.split("/")
    assert number > 0
    assert "/" not in address.reference(project)


def test_references_are_one_segment() -> None:
    assert address.reference("team/app.x/ü") == "team%2Fapp.x%2F%C3%BC"
    assert address.reference(42) == "42"
    assert (address.numeric(" 042 "), address.numeric(7), address.numeric("team/7")) == ("42", "7", None)
