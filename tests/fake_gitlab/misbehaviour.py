"""Carrying out a fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.fake_gitlab.faults import Fault, Kind

_LOGIN_PAGE = "<!DOCTYPE html><html><body><form>Sign in</form></body></html>"

# Seconds between two bytes of a slow answer.
_DRIP = 0.02


async def misbehave(
    fault: Fault, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer as the fault says, or break off without an answer."""
    match fault.kind:
        case Kind.STATUS:
            return web.json_response(
                {"message": fault.text or f"{fault.status} on order"}, status=fault.status, headers=fault.headers
            )
        case Kind.DROP:
            return _broken_off(request)
        case Kind.HTML:
            return web.Response(text=fault.text or _LOGIN_PAGE, content_type="text/html", status=fault.status)
        case Kind.REDIRECT:
            return web.Response(status=302, headers={"Location": fault.location})
        case Kind.HOLD:
            await fault.gate.wait()
            return await handler(request)
        case _:
            done = await handler(request)
            assert isinstance(done, web.Response)
            return await _after_commit(fault, request, done)


async def _after_commit(fault: Fault, request: web.Request, done: web.Response) -> web.StreamResponse:
    body = done.body
    assert isinstance(body, bytes)
    match fault.kind:
        case Kind.STATUS_AFTER_COMMIT:
            return web.Response(text="<h1>Bad gateway</h1>", content_type="text/html", status=fault.status)
        case Kind.DROP_AFTER_COMMIT:
            return _broken_off(request)
        case Kind.HOLD_AFTER_COMMIT:
            await fault.gate.wait()
            return done
        case Kind.TRUNCATED:
            return web.Response(body=body[: len(body) // 2], content_type="application/json", status=done.status)
        case Kind.NOT_JSON_TYPE:
            return web.Response(body=body, content_type="text/plain", status=done.status)
        case Kind.BODY:
            return web.Response(text=fault.text, content_type="application/json", status=fault.status)
        case Kind.NEXT_LINK:
            done.headers.popall("X-Next-Page", None)
            done.headers["Link"] = f'<{request.url if fault.location == "self" else fault.location}>; rel="next"'
            return done
        case Kind.NO_PAGING_HEADERS:
            for name in ("X-Next-Page", "X-Page", "Link"):
                done.headers.popall(name, None)
            return done
        case _:
            return await _by_hand(fault, request, body)


async def _by_hand(fault: Fault, request: web.Request, body: bytes) -> web.StreamResponse:
    """Bytes on the bare connection, for answers that no server library would send."""
    transport = request.transport
    assert transport is not None
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    if fault.kind is Kind.RESET_AFTER_HEADERS:
        transport.write(head + body[: len(body) // 2])
        return _broken_off(request)
    transport.write(head if fault.kind is Kind.DRIP else b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not fault.gate.is_set() and not transport.is_closing():
        transport.write(b" ")
        try:
            await asyncio.wait_for(fault.gate.wait(), _DRIP)
        except TimeoutError:
            continue
    return _broken_off(request)


def _broken_off(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()
    return web.Response()
