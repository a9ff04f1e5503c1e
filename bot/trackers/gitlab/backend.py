"""Every call to GitLab goes through here: threads, deadlines, retries, paging, and the token's breaker.

Reading is retried, writing never. Whatever happens, what leaves is an error of `bot/errors.py`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from requests.utils import parse_header_links

from bot.errors import ConfigError, InDoubt, Limited, Permanent, Temporary, Unauthorised, Unreadable
from bot.ports import Clock
from bot.trackers.gitlab.breaker import Breaker
from bot.trackers.gitlab.failures import backoff, failure, http_date
from bot.trackers.gitlab.line import Line
from bot.trackers.gitlab.wire import Answer, Foreign, NoAnswer, TooLarge, Wire

_log = logging.getLogger(__name__)

_TOO_LARGE = "GitLab's answer is larger than we are ready to read."


Renewed = Callable[[], str | None]
"""A token that has replaced ours since it was last asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of a server we bear with."""

    workers: int = 4
    retries: int = 3
    page_size: int = 100  # GitLab's own maximum
    max_pages: int = 600
    max_bytes: int = 16 << 20  # one answer; a description alone may have 1 MiB
    max_notes: int = 5_000  # GitLab's own limit of comments an issue
    overlap: timedelta = timedelta(minutes=3)
    probe_every: timedelta = timedelta(minutes=10)
    patience: float = 10.0  # seconds; a longer wait that GitLab asks for is the caller's, who may hold a lease
    jitter: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of a list, where the next ones are (a page number, an address, None: that was all), and when."""

    rows: list[Any]
    next: int | str | None
    at: datetime


class Backend:
    """The one way to GitLab's API. Paths begin with a slash, below /api/v4."""

    def __init__(
        self,
        url: str,
        token: str,
        clock: Clock,
        *,
        timeout: float = 30.0,
        bounds: Bounds,
        renewed: Renewed | None = None,
    ) -> None:
        self.bounds = bounds
        self._url = url.rstrip("/")
        self._token = _usable(token)
        self._clock = clock
        self._timeout = timeout
        self._breaker = Breaker(bounds.probe_every)
        self._threads = ThreadPoolExecutor(bounds.workers, thread_name_prefix="gitlab")
        self._slots = asyncio.Semaphore(bounds.workers)
        self._local = threading.local()
        self._wires: list[Wire] = []
        self._renewed = renewed
        self.tokens = 1
        """How many there were: another one may belong to another user."""

    def use_token(self, token: str) -> None:
        """Go on with another token at once, whatever was wrong with the old one."""
        self._token = _usable(token)
        self.tokens += 1
        self._local = threading.local()
        self._breaker.reset()

    async def close(self) -> None:
        """Waits for calls under way; they end by their deadlines."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for wire in self._wires:
            wire.close()

    async def get(self, path: str) -> dict[str, Any]:
        """One JSON object, tried again while that can help."""
        return await self._got(path, tries=self.bounds.retries + 1)

    async def get_once(self, path: str) -> dict[str, Any]:
        """One JSON object, for those who cannot wait."""
        return await self._got(path, tries=1)

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Send once: (status, answer). InDoubt when it may have been carried out, Temporary when surely not."""
        return await self._write("post", path, body)

    async def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change once what stands there; errors as of `post`."""
        return (await self._write("put", path, body))[1]

    async def _write(self, verb: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = await self._once(verb, path, {}, body)
        if answer.status >= 300:
            raise failure(answer.status, answer.headers, answer.body, wrote=True, now=self._clock.now())
        try:
            return answer.status, _object(_decoded(answer))
        except (Temporary, Unreadable):
            raise InDoubt("GitLab's answer cannot be read; what was sent may have been carried out.") from None

    async def pages(self, path: str, **query: Any) -> AsyncGenerator[Page, None]:
        """A list, page by page, as far as it goes. A page too large for us is asked for in smaller pieces."""
        where: int | str = 1
        size = self.bounds.page_size
        visited: set[int | str] = set()
        for _ in range(self.bounds.max_pages):
            try:
                page = await self._page(path, query, where, size)
            except TooLarge:
                if size == 1 or isinstance(where, str):
                    raise Unreadable(_TOO_LARGE) from None
                size, where = max(size // 10, 1), (where - 1) * (size // max(size // 10, 1)) + 1
                continue
            yield page
            visited.add(where)
            if page.next is None:
                return
            if page.next in visited:
                break
            where = page.next
        raise Unreadable("GitLab's list does not come to an end: its next page is one we have had, or one too many.")

    async def _got(self, path: str, *, tries: int) -> dict[str, Any]:
        try:
            value, _ = await self._read(path, {}, tries)
        except TooLarge:
            raise Unreadable(_TOO_LARGE) from None
        return _object(value)

    async def _page(self, path: str, query: dict[str, Any], where: int | str, size: int) -> Page:
        tries = self.bounds.retries + 1
        if isinstance(where, int):
            rows, headers = await self._read(path, {**query, "per_page": size, "page": where}, tries)
        else:
            rows, headers = await self._read(self._absolute(where), {}, tries)
        if not isinstance(rows, list):
            raise Unreadable("GitLab answers with something else than a list; check gitlab.url.")
        at = http_date(headers.get("Date")) or self._clock.now()
        return Page(rows=rows, next=_next(headers, where, full=len(rows) >= size), at=at)

    async def _read(self, path: str, query: dict[str, Any], tries: int) -> tuple[Any, Mapping[str, str]]:
        """A GET, retried while that can help: JSON and headers. TooLarge is left to those who can ask for less."""
        for attempt in range(tries):
            try:
                return await self._follow(path, query)
            except Temporary as error:
                asked = (error.retry_after or 0.0) if isinstance(error, Limited) else 0.0
                if attempt == tries - 1 or asked > self.bounds.patience:
                    raise
                wait = asked + backoff(attempt, self.bounds.jitter())
                _log.info("%s Next try in %.1f s.", error, wait)
                await self._clock.sleep(wait)
        raise AssertionError("unreachable")

    async def _follow(self, path: str, query: dict[str, Any]) -> tuple[Any, Mapping[str, str]]:
        """A GET that takes one redirect within the API: that is how GitLab names a renamed project's id."""
        answer = await self._once("get", path, query)
        location = answer.headers.get("Location")
        if answer.status in {301, 302, 307, 308} and location:
            answer = await self._once("get", self._absolute(location), {})
        if answer.status >= 300:
            raise failure(answer.status, answer.headers, answer.body, wrote=False, now=self._clock.now())
        return _decoded(answer), answer.headers

    def _absolute(self, address: str) -> str:
        try:
            return urljoin(f"{self._url}/", address)
        except ValueError:
            raise Permanent(
                "GitLab points to an address that is none, which is not followed: check gitlab.url."
            ) from None

    async def _once(self, verb: str, path: str, query: dict[str, Any], body: dict[str, Any] | None = None) -> Answer:
        now = self._clock.now()
        if self._renewed is not None and (token := self._renewed()) is not None:
            _log.warning("There is a new token for GitLab; it is used from now on.")
            self.use_token(token)
        if not self._breaker.admit(now):
            raise Unauthorised("GitLab refused the token: nothing is sent until a valid GEPETTTO_GITLAB_TOKEN is set.")
        try:
            answer = await self._in_thread(verb, path, query, body)
        except Foreign as error:
            raise Permanent(
                f"GitLab points to another server ({error}), which is not followed: check gitlab.url."
            ) from None
        except TooLarge:
            if verb == "get":
                raise
            raise InDoubt("GitLab's answer is too large; what was sent may have been carried out.") from None
        except NoAnswer as error:
            if verb != "get" and error.sent:
                raise InDoubt(f"GitLab was lost while we were sending: {error}.") from None
            raise Temporary(f"GitLab cannot be reached: {error}.") from None
        if self._breaker.answered(answer.status, now):
            if self._breaker.open:
                _log.error("GitLab refuses the token; everything towards it stops until it is replaced.")
            else:
                _log.warning("GitLab accepts the token again.")
        return answer

    async def _in_thread(self, verb: str, path: str, query: dict[str, Any], body: dict[str, Any] | None) -> Answer:
        """Run the call in a worker under the total deadline; at the deadline the connection is cut.

        The slot is given back when the thread has ended, not when we stopped waiting for it.
        """
        line = Line()
        try:
            async with asyncio.timeout(self._timeout):
                await self._slots.acquire()
                call = asyncio.get_running_loop().run_in_executor(
                    self._threads, self._wire_call, line, verb, path, query, body
                )
                call.add_done_callback(self._ended)
                return await asyncio.shield(call)
        except TimeoutError:
            line.cut()
            raise NoAnswer("it did not answer in time", sent=line.sent) from None
        except asyncio.CancelledError:
            line.cut()
            raise

    def _ended(self, call: asyncio.Future[Answer]) -> None:
        self._slots.release()
        if not call.cancelled():
            call.exception()  # seen, also when nobody waits any more

    def _wire_call(
        self, line: Line, verb: str, path: str, query: dict[str, Any], body: dict[str, Any] | None
    ) -> Answer:
        wire: Wire | None = getattr(self._local, "wire", None)
        if wire is None:
            wire = Wire(self._url, self._token, timeout=self._timeout, max_bytes=self.bounds.max_bytes)
            self._local.wire = wire
            self._wires.append(wire)
        return wire.call(line, verb, path, query, body)


def _usable(token: str) -> str:
    """A token that fits into a header: http.client would quote any other in its error."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError("The GitLab token holds characters that no token has: set GEPETTTO_GITLAB_TOKEN anew.")
    return token


def _decoded(answer: Answer) -> Any:
    """The JSON of an answer. Another type is a login page or a proxy; broken JSON is an answer cut short."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise Unreadable(
            "GitLab answers with something else than JSON: check gitlab.url, and whether a login page is in between."
        )
    try:
        return json.loads(answer.body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise Temporary("GitLab's answer is broken off or garbled; it is tried again later.") from None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable("GitLab answers with something else than an object; check gitlab.url.")
    return value


def _next(headers: Mapping[str, str], where: int | str, *, full: bool) -> int | str | None:
    """Where a list goes on. Totals are never used: GitLab leaves them out of long lists.

    A page may be short or empty and yet not the last; a full page without any paging header (a proxy ate
    them) is taken as not the last.
    """
    number = headers.get("X-Next-Page")
    if number and number.strip().isdigit() and isinstance(where, int):
        return int(number)
    for link in parse_header_links(headers.get("Link", "")):
        if link.get("rel") == "next":
            return str(link["url"])
    if number is None and "Link" not in headers and full and isinstance(where, int):
        return where + 1
    return None
