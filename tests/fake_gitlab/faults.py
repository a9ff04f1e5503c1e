"""What can go wrong between a GitLab and us, on order: which request, which time, and what happens."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a request goes wrong. "Commit" is the moment at which a write takes effect."""

    STATUS = "status"  # answer `status` without doing anything
    STATUS_AFTER_COMMIT = "status_after_commit"  # do it, then answer `status`
    DROP = "drop"  # close the connection without doing anything
    DROP_AFTER_COMMIT = "drop_after_commit"
    RESET_AFTER_HEADERS = "reset_after_headers"  # do it, send headers and half a body, then break off
    HOLD = "hold"  # wait for `gate` before doing it
    HOLD_AFTER_COMMIT = "hold_after_commit"  # do it, then wait for `gate` before answering
    DRIP = "drip"  # do it, then send the body byte by byte, for ever
    DRIP_HEADERS = "drip_headers"  # do it, then send the headers byte by byte, for ever
    HTML = "html"  # 200 with a login page
    TRUNCATED = "truncated"  # do it, then half of the JSON with a correct length
    NOT_JSON_TYPE = "not_json_type"  # the right JSON as text/plain
    BODY = "body"  # do it, then answer `text` as JSON with `status`
    REDIRECT = "redirect"  # to `location`
    NEXT_LINK = "next_link"  # the right answer, but with `location` as the next page ("self" = this page)
    NO_PAGING_HEADERS = "no_paging_headers"  # the right answer without Link and X-Next-Page


@dataclass(slots=True, kw_only=True)
class Fault:
    """Strikes matching requests number `nth` to `nth + times - 1` (from 1; `times` 0 = all that follow).

    `route` is a piece of the path template, such as "/notes" at its end; `reached` is set when it strikes.
    """

    kind: Kind
    method: str = "GET"
    route: str = ""
    nth: int = 1
    times: int = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    location: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    seen: int = 0

    def strikes(self, method: str, template: str) -> bool:
        """Whether this request is one of those meant; counts it."""
        if method != self.method or not template.endswith(self.route):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times == 0 or self.seen < self.nth + self.times)
