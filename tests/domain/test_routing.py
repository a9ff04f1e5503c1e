"""Which channel an issue's card goes to, and when it must wait."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.routing import Quiet, channel_for, channel_pause, is_paused, project_pause
from tests.factories import make_issue

ROUTES = {"group": ["g"], "Group/Project": ["p", "!p:example.org"], "~security": ["s"], "~elsewhere": ["x"], "8": ["n"]}
HERE = {"home", "g", "p", "s", "n"}


@pytest.mark.parametrize(
    ("changes", "channel"),
    [
        ({"project_name": "other/thing"}, "home"),
        ({"project_name": "group/project"}, "p"),
        ({"project_name": "group/project-two"}, "g"),
        ({"project_name": "group/deep/below"}, "g"),
        ({"project_name": "groups/project"}, "home"),
        ({"labels": ("Security", "bug")}, "s"),
        ({"labels": ("bug", "elsewhere")}, "p"),
    ],
)
def test_a_label_counts_before_the_nearest_project_or_group(changes: dict[str, Any], channel: str) -> None:
    assert channel_for(make_issue(**changes), ROUTES, HERE, "home") == channel


def test_a_project_may_be_named_by_its_number() -> None:
    issue = make_issue(project_name="renamed/since")
    assert channel_for(issue, {issue.key.project: ["n"]}, HERE, "home") == "n"


def test_each_chat_takes_the_channel_that_is_its_own() -> None:
    assert channel_for(make_issue(), ROUTES, {"!p:example.org", "!home"}, "!home") == "!p:example.org"


@pytest.mark.parametrize(
    ("begin", "end", "hour", "quiet"),
    [
        (22, 7, 21, False),
        (22, 7, 22, True),
        (22, 7, 6, True),
        (22, 7, 7, False),
        (12, 14, 13, True),
        (12, 14, 14, False),
    ],
)
def test_quiet_hours_may_go_over_midnight(begin: int, end: int, hour: int, quiet: bool) -> None:
    hours = Quiet(begin=time(begin), end=time(end), zone=UTC)
    assert hours.covers(datetime(2026, 3, 2, hour, 0, tzinfo=UTC)) is quiet


def test_quiet_hours_are_the_teams_own() -> None:
    paris = Quiet(begin=time(22), end=time(7), zone=ZoneInfo("Europe/Paris"))
    assert paris.covers(datetime(2026, 7, 1, 20, 30, tzinfo=UTC))
    assert not paris.covers(datetime(2026, 1, 1, 20, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "paused"),
    [
        (channel_pause("fake", "team"), True),
        (channel_pause("fake", "other"), False),
        (channel_pause("discord", "team"), False),
        (project_pause("Group/Project/"), True),
        (project_pause("group"), True),
        (project_pause("7"), True),
        (project_pause("group/pro"), False),
    ],
)
def test_a_pause_is_of_a_channel_a_project_or_a_group(name: str, paused: bool) -> None:
    assert is_paused({name}, make_issue(), "fake", "team") is paused
