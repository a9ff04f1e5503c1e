"""Which issue a delivery is about: pure. Nothing else is taken from it, so a forged or stale one cannot tell lies.

The shapes: https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import jiter

from bot.domain.issue import IssueKey
from bot.errors import Unreadable
from bot.trackers.gitlab import payload

EVENTS = (
    "issues_events",
    "confidential_issues_events",
    "note_events",
    "confidential_note_events",
    "emoji_events",
)
"""What a webhook must be told to deliver, by the names of GitLab's API."""

PATH = "/hooks/gitlab"

# Issues are delivered as `issue` or as `work_item`, by their type and by GitLab's version.
_THEMSELVES = {"issue", "work_item"}
_ABOUT = {"note", "emoji"}
_LARGEST_NUMBER = 2**63 - 1  # what the store can hold


class Unused(StrEnum):
    """Why a delivery names no issue."""

    ELSEWHERE = "elsewhere"  # a note or an emoji on something that is no issue
    UNKNOWN = "unknown"  # events that were not asked for, a template of the operator's own, a GitLab of tomorrow


def named(body: bytes) -> IssueKey | Unused:
    """The issue that a delivery names.

    Raises Unreadable for what is no JSON, or JSON that two readers could understand differently.
    """
    try:
        value = jiter.from_json(body, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError:  # also too deep, NaN, not UTF-8, the same key twice
        raise Unreadable("The body is not JSON as every reader understands it.") from None
    raw = _row(value)
    kind = payload.text(raw.get("object_kind"), 40)
    about = raw.get("object_attributes")
    if kind in _THEMSELVES:
        return _key(raw, _row(about)) or Unused.UNKNOWN
    issue = raw.get("issue") or raw.get("work_item")
    if kind in _ABOUT and isinstance(about, dict):
        return (_key(raw, _row(issue)) or Unused.UNKNOWN) if issue else Unused.ELSEWHERE
    return Unused.UNKNOWN


def idempotency_key(headers: Mapping[str, str], body: bytes, *, signed: bool) -> str:
    """The same for each try of one event. A signature covers only `webhook-id`, so then only that counts.

    X-Gitlab-Event-UUID is no key: all events of a chain share it. The same bytes are the same event, though.
    """
    name = headers.get("webhook-id") if signed else headers.get("Idempotency-Key") or headers.get("webhook-id")
    if name and re.fullmatch(r"[!-~]{1,200}", name):
        return name
    return "sha256:" + hashlib.sha256(name.encode("utf-8", "surrogateescape") if name else body).hexdigest()


def _key(raw: dict[str, Any], issue: dict[str, Any]) -> IssueKey | None:
    """The issue's own project goes before that of the delivery."""
    candidates = (issue.get("project_id"), raw.get("project_id"), _row(raw.get("project")).get("id"))
    project = next((number for number in map(payload.whole, candidates) if number), None)
    number = payload.whole(issue.get("iid"))
    if not project or not number or max(project, number) > _LARGEST_NUMBER:
        return None
    return IssueKey(tracker=payload.TRACKER, project=str(project), number=number)


def _row(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
