"""The hostile list of deliveries, over real HTTP (gitlab section 5 A)."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bot.trackers.gitlab.hook_payload import PATH
from bot.web.hooks import MOST_BYTES
from tests.fake_gitlab.webhooks import headers
from tests.web.conftest import ISSUE, TOKEN, Desk


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever comes, nothing is logged as an error."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert [record for record in caplog.records if record.exc_info] == []


async def test_a_delivery_is_stored_before_it_is_answered(desk: Desk) -> None:
    status, answer = await desk.deliver()
    assert (status, answer) == (202, {"outcome": "stored"})
    async with desk.store.read() as tx:
        (called,) = await tx.called("gitlab", 10)
    assert (called.issue.project, called.issue.number) == ("7", 3)
    assert len(desk.woken) == 1


async def test_the_same_delivery_five_times_is_stored_once(desk: Desk) -> None:
    """gitlab 1"""
    answers = [await desk.outcome(key="one") for _ in range(5)]
    assert answers == ["stored"] + ["duplicate"] * 4
    assert (await desk.stored(), len(desk.woken)) == (1, 1)
    assert await desk.outcome(key="the same event, a new key") == "stored"


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", "caf\u00e9"])
async def test_a_wrong_token_is_refused(desk: Desk, token: str | None) -> None:
    """gitlab 3: bad, missing and non-ASCII."""
    status, answer = await desk.deliver(X_Gitlab_Token=token)
    assert (status, answer["outcome"]) == (401, "unauthorised")
    assert "X-Gitlab-Token" in answer["detail"]
    assert await desk.stored() == 0


async def test_signed_deliveries(desk: Desk) -> None:
    """gitlab 3: right, changed, unsigned, six minutes old, and signed by several keys."""
    desk.sign()
    assert await desk.outcome() == "stored"
    assert await desk.outcome(webhook_signature="v1,AAAA") == "unauthorised"
    assert await desk.outcome(webhook_signature=None) == "unauthorised"
    assert await desk.outcome(webhook_signature="v1,\u00e9") == "unauthorised"
    assert await desk.outcome(X_Gitlab_Token=TOKEN, webhook_signature=None) == "unauthorised"
    assert await desk.outcome(webhook_timestamp="1") == "unauthorised"
    at = int(desk.clock.now().timestamp()) - 360
    old = headers(desk.hook, "Issue Hook", ISSUE, seconds=at, key="old")["webhook-signature"]
    assert await desk.outcome(key="old", webhook_timestamp=str(at), webhook_signature=old) == "unauthorised"
    fresh = headers(desk.hook, "Issue Hook", ISSUE, seconds=at + 360, key="fresh")["webhook-signature"]
    assert await desk.outcome(key="fresh", webhook_signature=f"v1,AAAA {fresh}") == "stored"
    assert await desk.stored() == 2


async def test_a_replay_under_another_key_is_known_by_what_is_signed(desk: Desk) -> None:
    """gitlab 1, 3: Idempotency-Key is not part of the signature."""
    desk.sign()
    assert await desk.outcome(key="same") == "stored"
    assert await desk.outcome(key="same", Idempotency_Key="another") == "duplicate"


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Gitlab-Event", "X-Gitlab-Event-UUID", "User-Agent", "X-Any"])
async def test_headers_that_are_not_ascii_harm_nothing(desk: Desk, name: str) -> None:
    """gitlab 3"""
    raw = (
        f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {TOKEN}\r\nContent-Length: {len(ISSUE)}\r\n{name}: "
    ).encode() + b"\xff\xfe caf\xc3\xa9\r\nConnection: close\r\n\r\n"
    assert b" 202 " in await by_hand(desk, raw + ISSUE)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_26_megabytes_is_too_large(desk: Desk, chunked: bool) -> None:
    """gitlab 4: by its announced length, or as soon as it is longer."""
    body = b'{"object_kind": "' + b"x" * (26 << 20) + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, len(body), 1 << 16):
            yield body[begin : begin + (1 << 16)]

    sent = {"X-Gitlab-Token": TOKEN}
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.post(desk.url, data=pieces() if chunked else io.BytesIO(body), headers=sent) as answer,
        ):
            assert answer.status == 413
    except aiohttp.ClientOSError:
        pass  # closed on us while we were still sending, which is an answer too
    assert desk.counted() == {"too_large": 1}


async def test_the_largest_body_that_is_taken(desk: Desk) -> None:
    """gitlab 4: a text of GitLab's limit, thrice, in its longest spelling that is likely."""
    text = b"\\u003c" * (MOST_BYTES // 6 - 100)
    body = b'{"x": "' + text + b'", "object_kind": "issue", "object_attributes": {"project_id": 7, "iid": 3}}'
    assert len(body) <= MOST_BYTES
    assert len(body) > 6 << 20
    assert await desk.outcome(body) == "stored"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"object_kind": "issue", "object_kind": "issue"}',
        b'{"object_kind": NaN}',
        b'{"object_kind": "\xff"}',
    ],
)
async def test_what_is_no_plain_json_is_refused(desk: Desk, body: bytes) -> None:
    """gitlab 4: deep nesting, duplicate keys, NaN, invalid UTF-8."""
    status, answer = await desk.deliver(body)
    assert (status, answer["outcome"]) == (400, "unreadable")


async def test_a_gzip_bomb_is_not_unpacked(desk: Desk) -> None:
    """gitlab 4"""
    bomb = gzip.compress(b"x" * (64 << 20))
    for encoding in ("gzip", "deflate", "br", "GZIP, gzip"):
        status, answer = await desk.deliver(bomb, Content_Encoding=encoding)
        assert (status, answer["outcome"]) == (400, "unreadable")
    assert await desk.outcome(bomb) == "unreadable"
    assert await desk.outcome(Content_Encoding="identity") == "stored"


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"object_kind": "work_item", "object_attributes": {"project_id": 7, "iid": 3}}', "stored"),
        (b'{"object_kind": "pipeline", "object_attributes": {"id": 7}}', "unknown"),
        (b'{"text": "a template of their own"}', "unknown"),
        (b'{"object_kind": "issue"}', "unknown"),
        (b'{"object_kind": "note", "object_attributes": {}, "merge_request": {"iid": 3}}', "elsewhere"),
    ],
)
async def test_other_shapes_are_taken_with_a_word_in_the_log(
    desk: Desk, body: bytes, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    """gitlab 5"""
    status, answer = await desk.deliver(body)
    assert (status, answer["outcome"]) == (202, outcome)
    assert ("template of its own" in caplog.text) is (outcome == "unknown")


async def test_the_log_tells_each_trouble_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        await desk.deliver(X_Gitlab_Token="wrong")
        await desk.deliver(b"{}")
    assert len(caplog.records) == 2
    await desk.deliver()
    await desk.deliver(b"{}")
    assert len(caplog.records) == 3
    assert desk.counted() == {"unauthorised": 5, "unknown": 6, "stored": 1}


async def test_a_slow_body_is_given_up(desk: Desk) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {TOKEN}\r\nContent-Length: 100\r\n\r\n"
    assert b" 408 " in await by_hand(desk, head.encode() + b"{", enough=b"detail")
    assert desk.counted() == {"slow": 1}


async def test_a_sender_that_hangs_up_is_no_incident(desk: Desk) -> None:
    desk.hooks.body_seconds = 10
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {TOKEN}\r\nContent-Length: 100\r\n\r\n"
    await by_hand(desk, head.encode() + b"{", hang_up=True)
    assert await desk.outcome() == "stored"
    await desk.listener.stop()
    assert desk.counted() == {"unreadable": 1, "stored": 1}


async def test_a_body_in_broken_chunks_is_no_incident(desk: Desk) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b" 400 " in await by_hand(desk, f"{head}zz\r\n".encode())
    assert await desk.outcome() == "stored"


@pytest.mark.parametrize(
    "raw", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"POST / HTTP/9\r\n\r\n"]
)
async def test_bytes_that_are_no_http_are_no_incident(desk: Desk, raw: bytes) -> None:
    await by_hand(desk, raw, hang_up=True)
    assert await desk.outcome() == "stored"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_only_post_is_a_delivery(desk: Desk, method: str) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.request(method, desk.url, headers={"X-Gitlab-Token": TOKEN}) as answer:
            assert (answer.status, answer.headers["Server"]) == (405, "GePeTTTo")
        async with http.request(method, desk.url.replace("gitlab", "other")) as answer:
            assert answer.status == 404


async def test_when_the_store_is_down_nothing_is_promised(desk: Desk) -> None:
    """gitlab 8: the next poll finds what this one told."""
    async with desk.store.engine.begin() as conn:
        await conn.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
    status, answer = await desk.deliver()
    assert (status, answer["outcome"]) == (503, "busy")
    async with desk.store.engine.begin() as conn:
        await conn.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
    assert await desk.outcome() == "stored"


async def test_bodies_under_way_together_are_bounded(desk: Desk) -> None:
    """gitlab 7"""
    desk.hooks.most_held = 1_000
    status, answer = await desk.deliver(b" " * 2_000 + ISSUE)
    assert (status, answer["outcome"]) == (503, "busy")
    assert await desk.outcome() == "stored"


async def test_what_is_under_way_when_it_stops_is_answered(desk: Desk) -> None:
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Gitlab-Token: {TOKEN}\r\nContent-Length: {len(ISSUE)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.listener.port)
    desk.hooks.body_seconds = 10
    writer.write(head.encode() + ISSUE[:5])
    await writer.drain()
    port = desk.listener.port
    async with aiohttp.ClientSession() as http:  # its answer says that the other request has arrived too
        await http.get(desk.url)
    stopping = asyncio.create_task(desk.listener.stop())
    writer.write(ISSUE[5:])
    assert b"202" in await reader.readline()
    writer.close()
    await stopping
    assert await desk.stored() == 1
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection("127.0.0.1", port)


async def by_hand(desk: Desk, raw: bytes, *, enough: bytes = b"\n", hang_up: bool = False) -> bytes:
    """Bytes that no client library sends, and what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.listener.port)
    writer.write(raw)
    await writer.drain()
    answer = b"" if hang_up else await asyncio.wait_for(reader.readuntil(enough), 10)
    writer.close()
    return answer
