"""The HTTP face: every request is logged, checked, perhaps struck by a fault, and answered."""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fake_discord.call import Call, Handler, Route
from tests.fake_discord.errors import MISTAKES, Refusal
from tests.fake_discord.faults import Fault, Faults
from tests.fake_discord.validation import API, problems_of
from tests.fake_discord.world import World

# Generous, so that a bot is never slowed down by a limit that the test did not order.
_LIMIT = 1000
_WINDOW = 1.0


class Rest:
    """`requests` holds every request that came, answered or not."""

    def __init__(self, world: World) -> None:
        self.requests: list[Call] = []
        self.faults = Faults()
        self._world = world

    def add_to(self, app: web.Application, routes: Iterable[Route]) -> None:
        for method, path, handler in routes:
            app.router.add_route(method, API + path, self._serving(f"{method} {_holes(path)}", handler))
        app.router.add_route("GET", "/attachments/{channel}/{number}/{name}", self._file)
        app.router.add_route("*", "/{rest:.*}", self._unknown)

    async def _file(self, request: web.Request) -> web.Response:
        found = self._world.files.get(int(request.match_info["number"]))
        return web.Response(status=404) if found is None else web.Response(body=found.content)

    async def _unknown(self, request: web.Request) -> web.Response:
        self._world.problems.append(f"{request.method} {request.path}: there is no such route here")
        return _answer(404, {"message": "404: Not Found", "code": 0})

    def _serving(self, route: str, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        bucket = f"{zlib.crc32(route.encode()):08x}"

        async def serve(request: web.Request) -> web.StreamResponse:
            call = await _read(request, route)
            self.requests.append(call)
            try:
                fault = self.faults.striking(route)
                if fault is None:
                    response = self._carried_out(call, request, handler)
                else:
                    response = await self._misbehaved(fault, call, request, handler)
            finally:
                self._world.pulse.beat()
            call.status = response.status
            if response.status != 429:
                response.headers.update(_limits(bucket))
            return response

        return serve

    def _carried_out(self, call: Call, request: web.Request, handler: Handler) -> web.Response:
        try:
            # Interactions carry their own token; all else needs the bot's.
            private = not call.route.split(" ")[1].startswith(("/interactions/", "/webhooks/"))
            if private and request.headers.get("Authorization") != f"Bot {self._world.gateway.token}":
                raise Refusal(0)
            self._world.problems += problems_of(call)
            told = handler(call)
        except Refusal as refusal:
            if refusal.code in MISTAKES:
                self._world.problems.append(f"{call.route}: {refusal}")
            return _answer(refusal.status, refusal.body())
        except Exception as error:
            # Without this the client would only see a 500, and try again.
            self._world.problems.append(f"{call.route}: this server broke: {error!r}")
            raise
        return web.Response(status=204) if told is None else _answer(200, told)

    async def _misbehaved(self, fault: Fault, call: Call, request: web.Request, handler: Handler) -> web.Response:
        fault.reached.set()
        self._world.pulse.beat()
        match fault.kind:
            case "slow":
                await fault.gate.wait()
                return self._carried_out(call, request, handler)
            case "500_after" | "drop_after":
                self._carried_out(call, request, handler)
        match fault.kind:
            case "drop_before" | "drop_after":
                if request.transport is not None:
                    request.transport.close()
                return web.Response()
            case "500_before" | "500_after":
                return _answer(500, {"message": "500: Internal Server Error", "code": 0})
            case "503":
                return web.Response(status=503, text="upstream connect error")
            case "403":
                return _answer(403, {"message": "Missing Permissions", "code": 50013})
            case "404":
                return _answer(404, {"message": "404: Not Found", "code": 0})
            case "429_no_via":
                return web.Response(status=429, text="<html>You are being blocked</html>", content_type="text/html")
            case "30046":
                # A rate limit without end: the library would try five times and then raise this code, so it
                # is answered in the way that makes it raise at once.
                message = "Maximum number of edits to messages older than 1 hour reached"
                return _answer(429, {"message": message, "code": 30046, "retry_after": fault.retry_after})
            case _:
                return _limited(fault)


def _limited(fault: Fault) -> web.Response:
    everywhere = fault.kind == "429_global"
    told = {"message": "You are being rate limited.", "retry_after": fault.retry_after, "global": everywhere}
    response = _answer(429, told)
    # The library takes a 429 without this for a ban by the guard before Discord.
    response.headers["Via"] = "1.1 google"
    response.headers["Retry-After"] = str(int(fault.retry_after) + 1)
    response.headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    return response


def _limits(bucket: str) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(_LIMIT),
        "X-RateLimit-Remaining": str(_LIMIT - 1),
        "X-RateLimit-Reset": f"{time.time() + _WINDOW:.3f}",
        "X-RateLimit-Reset-After": f"{_WINDOW:.3f}",
        "X-RateLimit-Bucket": bucket,
    }


def _answer(status: int, told: Any) -> web.Response:
    # The library compares the whole header: with a charset behind it, it would not read JSON.
    return web.Response(body=json.dumps(told).encode(), status=status, headers={"Content-Type": "application/json"})


def _holes(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


async def _read(request: web.Request, route: str) -> Call:
    body: Any = None
    uploads: list[tuple[str, bytes]] = []
    if request.content_type == "application/json":
        body = await request.json()
    elif request.content_type == "multipart/form-data":
        body, uploads = await _parts(request)
    return Call(
        method=request.method,
        route=route,
        path=request.rel_url.raw_path,
        query=request.query,
        values=request.match_info,
        body=body,
        uploads=uploads,
    )


async def _parts(request: web.Request) -> tuple[Any, list[tuple[str, bytes]]]:
    body: Any = {}
    files: dict[int, tuple[str, bytes]] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(content)
        elif found := re.fullmatch(r"files\[(\d+)\]", part.name or ""):
            files[int(found[1])] = (part.filename or "unknown", content)
    return body, [files[number] for number in sorted(files)]
