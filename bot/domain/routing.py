"""Where the card of an issue goes, and when it must wait: routes, pauses, quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from bot.domain.issue import Issue

LABEL = "~"
"""What a route for a label begins with, as GitLab writes labels; all others name a project or a group."""

Routes = Mapping[str, Sequence[str]]
"""Project, group or label -> channels, of any chat."""


def channel_for(issue: Issue, routes: Routes, channels: Collection[str], home: str) -> str:
    """The one channel among a chat's `channels`: by label first, then by the nearest project or group, else `home`."""
    names = [f"{LABEL}{label}" for label in issue.labels] + [issue.key.project, *_groups(issue.project_name)]
    by_name = {name.casefold(): targets for name, targets in routes.items()}
    for name in names:
        for channel in by_name.get(name.casefold(), ()):
            if channel in channels:
                return channel
    return home


def _groups(path: str) -> list[str]:
    """ "a/b/c" -> a/b/c, a/b, a"""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of every day without new cards, in the team's time; they may go over midnight."""

    begin: time
    end: time
    zone: tzinfo

    def covers(self, moment: datetime) -> bool:
        at = moment.astimezone(self.zone).time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """No more than `at_once` new cards in a channel within `window`, and none in the `quiet` hours."""

    at_once: int = 10
    window: timedelta = timedelta(minutes=10)
    quiet: Quiet | None = None
    routes: Routes = field(default_factory=dict)


def channel_pause(chat: str, channel: str) -> str:
    """The name of "no new cards in this channel"."""
    return f"channel:{chat}:{channel}"


def project_pause(project: str) -> str:
    """The name of "no new cards of this project, or of this group's projects"."""
    return f"project:{project.strip().strip('/').casefold()}"


def is_paused(pauses: Collection[str], issue: Issue, chat: str, channel: str) -> bool:
    names = [project_pause(name) for name in (issue.key.project, *_groups(issue.project_name))]
    return channel_pause(chat, channel) in pauses or any(name in pauses for name in names)
