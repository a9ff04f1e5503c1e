"""Requests to the homeserver over the client library's connection: bounded in time, errors in our own words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from nio import AsyncClient, ErrorResponse, Response

from bot.chats.matrix.errors import meaning, unreachable
from bot.errors import Limited
from bot.ports import Clock

_SECONDS = 30.0
_LONGEST_WAIT = 10.0
"""Seconds to sit out "too many requests" inside a call; a longer one is the caller's to know about."""
_UNSAID = 1.0
_TROUBLES = (aiohttp.ClientError, OSError, TimeoutError)

Answer = dict[str, Any]
R = TypeVar("R", bound=Response)
T = TypeVar("T")


def path_of(*parts: str, version: str = "v3") -> str:
    """The path of a request; ids hold signs that mean something in addresses."""
    return "/".join(["/_matrix/client", version, *(quote(part, safe="") for part in parts)])


class Wire:
    """`call` for everything plain; `expect` around what the library must do itself, because it may encrypt."""

    def __init__(self, client: AsyncClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        doing: str,
        query: Mapping[str, str] | None = None,
        accept: Collection[str] = (),
    ) -> Answer:
        """The answer; empty when the error is one of those to `accept`."""

        async def once() -> Answer:
            return await self._once(method, path, body, doing, query, accept)

        return await self._patiently(once)

    async def pages(
        self, path: str, *, doing: str, query: Mapping[str, str], most: int, begin: str = ""
    ) -> AsyncIterator[Answer]:
        """Events of a list that comes in at most `most` pages; `begin` is where the first one starts."""
        token = begin
        for _ in range(most):
            where = {"from": token} if token else {}
            page = await self.call("GET", path, doing=doing, query={**query, **where})
            for source in page.get("chunk", ()):
                yield source
            token = page.get("next_batch") or page.get("end") or ""
            if not token:
                return

    async def expect(self, kind: type[R], request: Callable[[], Awaitable[Any]], doing: str, seconds: float) -> R:
        """The library returns errors instead of raising them."""

        async def once() -> R:
            try:
                async with asyncio.timeout(seconds):
                    response = await request()
            except _TROUBLES as error:
                raise unreachable(doing, error) from error
            if isinstance(response, kind):
                return response
            raise _refusal(response, doing)

        return await self._patiently(once)

    async def _once(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        doing: str,
        query: Mapping[str, str] | None,
        accept: Collection[str],
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self._client.access_token}", "Content-Type": "application/json"}
        address = f"{path}?{urlencode(query)}" if query else path
        data = None if body is None else json.dumps(body)
        try:
            async with asyncio.timeout(_SECONDS):
                response = await self._client.send(method, address, data, headers, timeout=_SECONDS)
                answer = _json(await response.read())
        except _TROUBLES as error:
            raise unreachable(doing, error) from error
        if response.status < 300 or answer.get("errcode") in accept:
            return answer if response.status < 300 else {}
        raise meaning(doing, response.status, answer, response.headers)

    async def _patiently(self, once: Callable[[], Awaitable[T]]) -> T:
        waited = 0.0
        while True:
            try:
                return await once()
            except Limited as error:
                pause = _UNSAID if error.retry_after is None else error.retry_after
                if waited + pause > _LONGEST_WAIT:
                    raise
                waited += pause
                await self._clock.sleep(pause)


def _json(body: bytes) -> Answer:
    """A bare list becomes the chunk of a page."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    if isinstance(answer, list):
        return {"chunk": answer}
    return answer if isinstance(answer, dict) else {}


def _refusal(response: object, doing: str) -> Exception:
    transport = getattr(response, "transport_response", None)
    status = int(getattr(transport, "status", 500))
    headers = getattr(transport, "headers", {})
    if not isinstance(response, ErrorResponse) or status < 300:
        return meaning(doing, 502, {}, headers)  # an answer that is none
    answer: Answer = {"errcode": response.status_code, "error": response.message}
    if response.retry_after_ms is not None:
        answer["retry_after_ms"] = response.retry_after_ms
    return meaning(doing, status, answer, headers)
