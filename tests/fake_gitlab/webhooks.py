"""The webhooks of the fake GitLab: what it remembers of each, what it delivers, and how it signs.

Once each, without any second try, and a webhook whose deliveries fail four times in a row is switched off: as GitLab.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from tests.fake_gitlab.world import IssueRow, NoteRow, World

EVENTS = {
    "push_events",
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "emoji_events",
}
_INPUT = EVENTS | {"url", "name", "token", "signing_token", "enable_ssl_verification"}
_FAILURES_BEARABLE = 4


@dataclass(slots=True, kw_only=True)
class HookRow:
    """A webhook of a project or a group. Its secrets are never shown."""

    id: int
    owner: int
    url: str = ""
    name: str = ""
    token: str = ""
    signing_token: str = ""
    enable_ssl_verification: bool = True
    events: dict[str, bool] = field(default_factory=lambda: {name: name == "push_events" for name in EVENTS})
    alert_status: str = "executable"
    failures: int = 0

    def take(self, values: dict[str, Any]) -> None:
        """What a request sets; strict about names, as GitLab's document is."""
        assert set(values) <= _INPUT, set(values) - _INPUT
        for name, value in values.items():
            if name in EVENTS:
                self.events[name] = value
            else:
                setattr(self, name, value)

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "url": self.url,
            "name": self.name,
            "alert_status": self.alert_status,
            "disabled_until": None,
            "token_present": bool(self.token),
            "signing_token_present": bool(self.signing_token),
            "enable_ssl_verification": self.enable_ssl_verification,
            **self.events,
        }

    def answered(self, status: int) -> None:
        """A success makes it whole again."""
        self.failures = 0 if 200 <= status < 300 else self.failures + 1
        self.alert_status = "temporarily_disabled" if self.failures >= _FAILURES_BEARABLE else "executable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a webhook tells: by which name it was ordered, under which header, and the body."""

    order: str
    header: str
    project: int
    group: int
    body: dict[str, Any]


def issue_event(world: World, issue: IssueRow, action: str) -> Event:
    """An issue was opened, changed or closed; types other than issue and ticket come as `work_item`."""
    secret = "confidential_" if issue.confidential else ""
    body = {
        "object_kind": "issue" if issue.issue_type in {"issue", "ticket"} else "work_item",
        "event_type": f"{secret}issue",
        "user": issue.author.json(),
        "project": _project(world, issue),
        "object_attributes": {**_issue(world, issue), "action": action},
        "changes": {},
    }
    return _event(issue, f"{secret}issues_events", "Issue Hook", body)


def note_event(world: World, issue: IssueRow, note: NoteRow) -> Event:
    """Somebody wrote a note, perhaps we ourselves."""
    secret = "confidential_" if issue.confidential or note.internal else ""
    written = {
        "id": note.id,
        "note": note.body,
        "description": note.body,
        "noteable_type": "Issue",
        "noteable_id": issue.id,
        "project_id": issue.project.id,
        "system": note.system,
        "action": "create",
    }
    body = {
        "object_kind": "note",
        "event_type": f"{secret}note",
        "user": note.author.json(),
        "project_id": issue.project.id,
        "project": _project(world, issue),
        "object_attributes": written,
        "issue": _issue(world, issue),
    }
    return _event(issue, f"{secret}note_events", "Note Hook", body)


def emoji_event(world: World, issue: IssueRow, name: str = "thumbsup") -> Event:
    """Somebody put an emoji on the issue."""
    given = {"id": 1, "name": name, "awardable_type": "Issue", "awardable_id": issue.id, "action": "award"}
    body = {
        "object_kind": "emoji",
        "event_type": "award",
        "user": issue.author.json(),
        "project_id": issue.project.id,
        "project": _project(world, issue),
        "object_attributes": given,
        "issue": _issue(world, issue),
    }
    return _event(issue, "emoji_events", "Emoji Hook", body)


def _event(issue: IssueRow, order: str, header: str, body: dict[str, Any]) -> Event:
    return Event(order=order, header=header, project=issue.project.id, group=issue.project.group, body=body)


def _project(world: World, issue: IssueRow) -> dict[str, Any]:
    path = issue.project.path
    return {"id": issue.project.id, "path_with_namespace": path, "web_url": f"{world.base}/{path}"}


def _issue(world: World, issue: IssueRow) -> dict[str, Any]:
    return {
        "id": issue.id,
        "iid": issue.iid,
        "project_id": issue.project.id,
        "title": issue.title,
        "description": issue.description,
        "state": issue.state,
        "type": issue.issue_type.title(),
        "confidential": issue.confidential,
        "author_id": issue.author.id,
        "created_at": f"{issue.created_at:%Y-%m-%d %H:%M:%S UTC}",
        "updated_at": f"{issue.updated_at:%Y-%m-%d %H:%M:%S UTC}",
        "url": f"{world.base}/{issue.project.path}/-/issues/{issue.iid}",
    }


def signature(secret: str, identity: str, timestamp: str, body: bytes) -> str:
    """As https://www.standardwebhooks.com/ has it, for a secret that begins with whsec_."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([identity.encode(), timestamp.encode(), body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(hook: HookRow, header: str, body: bytes, *, seconds: int, key: str = "") -> dict[str, str]:
    """What goes with a delivery; `key` is that of an earlier try."""
    key = key or str(uuid.uuid4())
    found = {
        "Content-Type": "application/json",
        "X-Gitlab-Event": header,
        "X-Gitlab-Webhook-UUID": str(uuid.uuid4()),
        "X-Gitlab-Event-UUID": str(uuid.uuid4()),
        "X-Gitlab-Instance": "https://gitlab.invalid",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": str(seconds),
    }
    if hook.token:
        found["X-Gitlab-Token"] = hook.token
    if hook.signing_token:
        found["webhook-signature"] = signature(hook.signing_token, key, str(seconds), body)
    return found


class Sender:
    """Delivers to all webhooks that ordered an event; `statuses` lists the answers, 0 for none."""

    def __init__(self, world: World) -> None:
        self.statuses: list[int] = []
        self._world = world
        self._running: set[asyncio.Task[int]] = set()

    def tell(self, event: Event) -> None:
        """Behind the caller's back, as GitLab does it."""
        for hook in self._world.hooks:
            theirs = hook.owner in {event.project, event.group} and hook.events[event.order]
            if theirs and hook.alert_status == "executable":
                self._running.add(task := asyncio.create_task(self.deliver(hook, event)))
                task.add_done_callback(self._running.discard)

    async def deliver(self, hook: HookRow, event: Event) -> int:
        body = json.dumps(event.body).encode()
        seconds = int(self._world.now().timestamp())
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
                sent = headers(hook, event.header, body, seconds=seconds)
                async with session.post(hook.url, data=body, headers=sent) as answer:
                    status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        hook.answered(status)
        self.statuses.append(status)
        return status

    async def settled(self) -> None:
        """All that was told has been delivered."""
        while self._running:
            await asyncio.gather(*self._running)
