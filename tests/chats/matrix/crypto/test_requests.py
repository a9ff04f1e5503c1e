"""What a server can answer, and what it means for us."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.chats.matrix.crypto.client import EncryptedClient
from bot.chats.matrix.crypto.requests import Requests
from bot.errors import BotError, Limited, Permanent, Temporary, Unauthorised


@pytest.fixture
async def requests() -> AsyncIterator[Requests]:
    """To a server that answers with the status that the path names, and with what it was sent."""

    async def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/html"):
            return web.Response(status=int(request.match_info["status"]), text="<p>Sorry</p>", content_type="text/html")
        return web.json_response(await request.json(), status=int(request.match_info["status"]))

    app = web.Application()
    app.router.add_route("*", "/_matrix/client/v3/{status}{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    client = EncryptedClient(f"http://{host}:{port}")
    yield Requests(client)
    await client.close()
    await runner.cleanup()


async def test_an_answer_is_its_status_and_content(requests: Requests) -> None:
    assert await requests.call("POST", "/200", {"a": 1}) == (200, {"a": 1})
    assert await requests.call("POST", "/404", {"errcode": "M_NOT_FOUND"}, also={404}) == (
        404,
        {"errcode": "M_NOT_FOUND"},
    )


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/401", {"errcode": "M_UNKNOWN_TOKEN"}, Unauthorised),
        ("/429", {"errcode": "M_LIMIT_EXCEEDED"}, Limited),
        ("/502/html", {}, Temporary),
        ("/500", {"errcode": "M_UNKNOWN"}, Temporary),
        ("/403", {"errcode": "M_FORBIDDEN", "error": "No"}, Permanent),
        ("/404/html", {}, Permanent),
    ],
)
async def test_a_refusal_says_who_has_to_act(
    requests: Requests, path: str, content: dict[str, str], kind: type[BotError]
) -> None:
    with pytest.raises(kind) as refusal:
        await requests.call("POST", path, content)
    assert type(refusal.value) is kind


async def test_a_limit_says_how_long_to_wait(requests: Requests) -> None:
    with pytest.raises(Limited) as refusal:
        await requests.call("POST", "/429", {"retry_after_ms": 1500})
    assert refusal.value.retry_after == 1.5


async def test_an_answer_that_is_no_object_is_an_empty_one(requests: Requests) -> None:
    assert await requests.call("GET", "/200/html") == (200, {})


async def test_a_server_that_is_not_there_is_temporary() -> None:
    client = EncryptedClient("http://127.0.0.1:1")
    with pytest.raises(Temporary, match="does not answer"):
        await Requests(client).call("GET", "/keys/query")
    await client.close()
