"""A strict stand-in for an OpenAI-compatible server, over real HTTP: it plays a script and checks every request.

For what no local server does on demand: faults, quotas, cut streams. What a real server does is tested
against llama.cpp's (`tests/drafters/llama`).
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.drafters.fake_training import FakeTraining
from tests.drafters.openai_document import mistakes_in_chat_request

KEY = "test-" + "key" * 5
MODEL = "some-model"

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeOpenAI:
    """`script` is played one step a chat request; a request beyond its end is a mistake of the test.

    Whatever a correct client would not send is written to `mistakes`, which the fixture asserts to be empty.
    """

    def __init__(self) -> None:
        self.script: deque[Step] = deque()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.mistakes: list[str] = []
        self.models: Step = json_answer(200, {"object": "list", "data": [model_entry(MODEL)]})
        self.left = asyncio.Event()
        self.training = FakeTraining(self.mistakes)
        self._asked = asyncio.Condition()
        self.address = ""

    def play(self, *steps: Step) -> None:
        self.script.extend(steps)

    @property
    def last(self) -> dict[str, Any]:
        return self.requests[-1]

    async def asked_times(self, times: int) -> None:
        """Returns when this many requests have arrived."""
        async with self._asked:
            await self._asked.wait_for(lambda: len(self.requests) >= times)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        async with self._asked:
            self.requests.append(body)
            self._asked.notify_all()
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.mistakes += mistakes_in_chat_request(body)
        if body.get("stream") is not True:
            self.mistakes.append("a call that is not streamed runs on when we leave")
        if not self.script:
            self.mistakes.append("a call that the test did not expect")
            return web.json_response({}, status=418)
        try:
            return await self.script.popleft()(request)
        except (asyncio.CancelledError, ConnectionResetError):
            self.left.set()
            raise

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return await self.models(request)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        self.mistakes.append(f"nothing should call {request.method} {request.path}")
        return web.json_response({"error": {"message": "unknown path"}}, status=404)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[FakeOpenAI]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.add_routes(self.training.routes())
        app.router.add_route("*", "/{path:.*}", self._elsewhere)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()


def model_entry(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1, "owned_by": "somebody", **more}


def json_answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Step:
    async def step(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return step


def text_answer(status: int, text: str, content_type: str = "text/html") -> Step:
    async def step(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type=content_type)

    return step


def error(status: int, headers: dict[str, str] | None = None, **fields: Any) -> Step:
    """OpenAI's shape of an error."""
    return json_answer(
        status, {"error": {"message": "no", "type": None, "param": None, "code": None, **fields}}, headers
    )


def drop() -> Step:
    """Closes the connection without an answer."""

    async def step(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    return step


def silence() -> Step:
    """Accepts the request and never says a word."""

    async def step(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    return step


def chunk(content: str | None = None, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": content, **delta}, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]}


def usage(prompt: int = 900, completion: int = 80, cached: int = 0, reasoning: int = 0) -> dict[str, Any]:
    """The last chunk of a stream that was asked for usage: it has no choices."""
    counts = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    return chunk() | {"choices": [], "usage": counts}


def events(chunks: Sequence[dict[str, Any] | str], *, done: bool = True, abort: bool = False) -> Step:
    """A stream of these chunks (a text is sent as it is); `abort` cuts the connection in the middle."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for item in chunks:
            data = item if isinstance(item, str) else json.dumps(item)
            await response.write(f"data: {data}\n\n".encode())
        if abort:
            assert request.transport is not None
            request.transport.abort()
            return response
        if done:
            await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    return step


def trickle() -> Step:
    """Sends signs of life for ever, and never an answer."""

    async def step(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(b": still here\n\n")
            await asyncio.sleep(0)  # gives way, does not wait

    return step


def says(text: str, *, finish: str | None = "stop", counts: dict[str, Any] | None = None) -> Step:
    """A normal answer, in several pieces as servers send it."""
    pieces = [text[i : i + 40] for i in range(0, len(text), 40)]
    chunks = [chunk(None, role="assistant"), *(chunk(piece) for piece in pieces), chunk(None, finish)]
    return events([*chunks, counts or usage()])


def draft_json(**changes: Any) -> str:
    """An answer in the right form that quotes the default passage of `tests.factories`."""
    fields: dict[str, Any] = {
        "language": "en",
        "evidence": [{"source": "S1", "quote": "the log says when it is ready"}],
        "status": "answer",
        "missing": [],
        "reply_markdown": "Restart it; the log says when it is ready [S1].",
        "note_to_team": "Straight from the FAQ.",
    }
    return json.dumps({**fields, **changes})


def answers(**changes: Any) -> Step:
    return says(draft_json(**changes))
