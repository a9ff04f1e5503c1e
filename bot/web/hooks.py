"""GitLab's webhooks: who sends, which issue, stored, answered. Whatever comes, an answer and never a traceback."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from bot.domain.hook import HookDelivery
from bot.errors import Temporary, Unauthorised, Unreadable
from bot.ports import Clock
from bot.services.inbox import Inbox
from bot.trackers.gitlab.hook_payload import Unused, idempotency_key, named
from bot.trackers.gitlab.hook_proof import Proof

log = logging.getLogger(__name__)

MOST_BYTES = 8 << 20
"""GitLab sends 25 MB at most. An event holds a text thrice at most, and a text has 1 MiB: this leaves room for escapes.
Whatever is larger is no text that anybody wrote by hand, and the next poll finds it."""

_MOST_HELD = 64 << 20
"""Bytes of all bodies under way together."""

_BODY_SECONDS = 5.0
_STORE_SECONDS = 8.0  # GitLab gives up after about ten


class Outcome(StrEnum):
    """What became of a delivery."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    ELSEWHERE = Unused.ELSEWHERE.value
    UNKNOWN = Unused.UNKNOWN.value
    UNAUTHORISED = "unauthorised"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    SLOW = "slow"
    BUSY = "busy"


_STATUS = {
    Outcome.UNAUTHORISED: 401,
    Outcome.UNREADABLE: 400,
    Outcome.TOO_LARGE: 413,
    Outcome.SLOW: 408,
    Outcome.BUSY: 503,
}
_USED = frozenset({Outcome.STORED, Outcome.DUPLICATE, Outcome.ELSEWHERE})


class _Ended(Exception):
    """A delivery ends here: its outcome, and a sentence for those who look at it in GitLab."""

    def __init__(self, outcome: Outcome, sentence: str) -> None:
        super().__init__(sentence)
        self.outcome = outcome


@dataclass(slots=True)
class GitLabHooks:
    """What answers at /hooks/gitlab. `outcomes` counts, for the metrics."""

    proof: Proof
    inbox: Inbox
    clock: Clock
    body_seconds: float = _BODY_SECONDS
    most_held: int = _MOST_HELD
    outcomes: Counter[Outcome] = field(default_factory=lambda: Counter(dict.fromkeys(Outcome, 0)))
    _held: int = 0
    _told: set[Outcome] = field(default_factory=set)

    async def handle(self, request: web.Request) -> web.Response:
        try:
            outcome, sentence = await self._receive(request), ""
        except _Ended as end:
            outcome, sentence = end.outcome, str(end)
        except Unauthorised as error:
            outcome, sentence = Outcome.UNAUTHORISED, str(error)
        except Unreadable as error:
            outcome, sentence = Outcome.UNREADABLE, str(error)
        self._note(outcome, sentence)
        answer = {"outcome": outcome, **({"detail": sentence} if sentence else {})}
        return web.json_response(answer, status=_STATUS.get(outcome, 202))

    async def _receive(self, request: web.Request) -> Outcome:
        self.proof.check_head(request.headers, self.clock.now())
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Unreadable("The body is compressed, which GitLab never does.")
        body = bytearray()
        try:
            await self._read(request, body)
            return await self._store(request, bytes(body))
        finally:
            self._held -= len(body)

    async def _read(self, request: web.Request, body: bytearray) -> None:
        if (request.content_length or 0) > MOST_BYTES:
            raise _Ended(Outcome.TOO_LARGE, f"The body has more than {MOST_BYTES} bytes.")
        try:
            async with asyncio.timeout(self.body_seconds):
                async for chunk in request.content.iter_any():
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > MOST_BYTES:
                        raise _Ended(Outcome.TOO_LARGE, f"The body has more than {MOST_BYTES} bytes.")
                    if self._held > self.most_held:
                        raise _Ended(Outcome.BUSY, "More is delivered than can be read at the moment.")
        except TimeoutError:
            raise _Ended(Outcome.SLOW, "The body did not arrive in time.") from None
        except (RequestPayloadError, ConnectionError):
            raise Unreadable("The body broke off.") from None

    async def _store(self, request: web.Request, body: bytes) -> Outcome:
        self.proof.check_body(request.headers, body)
        issue = named(body)
        if isinstance(issue, Unused):
            return Outcome(issue.value)
        key = idempotency_key(request.headers, body, signed=self.proof.signs)
        delivery = HookDelivery(key=key, issue=issue, received_at=self.clock.now())
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                return Outcome.STORED if await self.inbox.put(delivery) else Outcome.DUPLICATE
        except (Temporary, TimeoutError):
            raise _Ended(Outcome.BUSY, "The delivery could not be stored; the next poll finds what it told.") from None

    def _note(self, outcome: Outcome, sentence: str) -> None:
        """Each trouble is logged once, until something was stored again: anybody can knock a thousand times."""
        self.outcomes[outcome] += 1
        if outcome is Outcome.STORED:
            self._told.clear()
        elif outcome not in _USED | self._told:
            self._told.add(outcome)
            what = sentence or "it names no issue in a way that is known; the webhook may have a template of its own."
            log.warning("a webhook delivery was not used (%s): %s", outcome, what, extra={"action": "hook_refused"})
