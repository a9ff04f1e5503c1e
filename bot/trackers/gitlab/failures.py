"""What a status means and how long to wait: pure. Source of the table: GitLab's REST API documentation."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot import log
from bot.errors import BotError, Gone, InDoubt, Limited, Permanent, Temporary, Unauthorised

LONGEST_WAIT = 300.0
"""Seconds. No answer of a server makes us wait longer before looking again."""

_LONGEST_SENTENCE = 200


def failure(status: int, headers: Mapping[str, str], body: bytes, *, wrote: bool, now: datetime) -> BotError:
    """The error that an answer other than 2xx stands for; `wrote` for requests that change something."""
    said = server_words(body)
    if status == 429:
        return Limited("GitLab asks us to slow down; it is tried again later.", retry_after(headers, now))
    if status in {408, 409} or status >= 500:
        if wrote:
            return InDoubt(f"GitLab failed while it handled the request ({status}); it may have been carried out.")
        return Temporary(f"GitLab cannot answer at the moment ({status}); it is tried again later.")
    if status == 401:
        return Unauthorised(
            "GitLab refuses the token: it is wrong, expired or revoked, or its user is blocked; "
            "set a valid GEPETTTO_GITLAB_TOKEN."
        )
    if status == 403 and "insufficient_scope" in body.decode("utf-8", "replace"):
        return Unauthorised("The token may not do this: create one with the scope `api`.")
    if status == 404:
        return Gone("GitLab does not show this to us (404): it does not exist, or the token may not see it.")
    if status == 403:
        return Permanent(f"GitLab does not allow this (403){said}: it may be locked, archived, or need a higher role.")
    if 300 <= status < 400 or status == 405:
        return Permanent(f"GitLab sends us elsewhere ({status}): check gitlab.url and whether the project has moved.")
    return Permanent(f"GitLab rejects the request ({status}){said}.")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, within 0 and LONGEST_WAIT; None when absent or absurd. Seconds or an HTTP date.

    A date is compared with the server's own Date, so that our clock does not matter.
    """
    value = (headers.get("Retry-After") or "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        then = http_date(value)
        if then is None:
            return None
        seconds = (then - (http_date(headers.get("Date")) or now)).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT)


def http_date(value: str | None) -> datetime | None:
    """An HTTP date in UTC, or None."""
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def backoff(attempt: int, jitter: float) -> float:
    """Seconds before try `attempt` + 1; `jitter` in 0..1 spreads many clients over half the time."""
    return min(2.0**attempt, LONGEST_WAIT) * (0.5 + jitter / 2)


def server_words(body: bytes) -> str:
    """` ("…")` with what a JSON error says, on one short line without secrets; nothing for any other body."""
    try:
        found = json.loads(body[:100_000])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    words = _flat(found.get("message") or found.get("error_description") or found.get("error") or "", depth=3)
    words = re.sub(r"<[^>]*>|[\x00-\x1f\x7f]+", " ", words)
    words = " ".join(log.secrets.masked(words).replace('"', "'").split())
    if len(words) > _LONGEST_SENTENCE:
        words = words[: _LONGEST_SENTENCE - 1] + "…"
    return f' ("{words}")' if words else ""


def _flat(value: Any, depth: int) -> str:
    """GitLab's `message` may be a text, a list, or a map from fields to lists."""
    if depth == 0:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_flat(inner, depth - 1)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(inner, depth - 1) for inner in value)
    return str(value)
