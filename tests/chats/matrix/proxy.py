"""Stands between the bot and the homeserver, and does what a healthy homeserver cannot be made to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web
from yarl import URL

_DROPPED = frozenset({"Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection", "Host"})


@dataclass
class Fault:
    """What happens to requests whose "METHOD path" the pattern finds; `times` of them, the rest pass.

    `before` is an answer instead of the server's; `after` replaces it when the server has done its work.
    A status of 0 hangs up.
    """

    pattern: str
    status: int = 500
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    after: bool = False

    def meets(self, line: str) -> bool:
        return self.times > 0 and re.search(self.pattern, line) is not None


@dataclass
class Gate:
    """Holds requests back until it is opened."""

    pattern: str
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    async def reached(self) -> None:
        async with asyncio.timeout(30):
            await self._reached.wait()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self, line: str) -> None:
        if re.search(self.pattern, line):
            self._reached.set()
            await self._open.wait()


@dataclass
class Proxy:
    """`requests` are the lines of all requests so far; `url` is where the bot finds its homeserver."""

    target: str
    session: ClientSession
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _passed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def fail(self, pattern: str, status: int = 500, **fields: Any) -> Fault:
        fault = Fault(pattern, status, **fields)
        self.faults.append(fault)
        return fault

    def hold(self, pattern: str) -> Gate:
        gate = Gate(pattern)
        self.gates.append(gate)
        return gate

    def count(self, pattern: str) -> int:
        return sum(re.search(pattern, line) is not None for line in self.requests)

    async def until(self, reached: Callable[[], bool]) -> None:
        """After some request this holds."""
        async with asyncio.timeout(30), self._passed:
            await self._passed.wait_for(reached)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.path_qs}"
        body = await request.read()
        for gate in self.gates:
            await gate.pass_through(line)
        fault = next((fault for fault in self.faults if fault.meets(line)), None)
        if fault:
            fault.times -= 1
        try:
            if fault is None or fault.after:
                response = await self._forward(request, body)
            if fault is not None:
                response = _failed(request, fault)
        finally:
            async with self._passed:
                self.requests.append(line)
                self._passed.notify_all()
        return response

    async def _forward(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name not in _DROPPED}
        url = f"{self.target}{request.raw_path}"
        async with self.session.request(
            request.method, URL(url, encoded=True), data=body or None, headers=headers
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name not in _DROPPED}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


def _failed(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.status:
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@asynccontextmanager
async def proxy_to(target: str) -> AsyncIterator[Proxy]:
    async with ClientSession(auto_decompress=True) as session:
        proxy = Proxy(target, session)
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{rest:.*}", proxy.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield proxy
        await runner.cleanup()
