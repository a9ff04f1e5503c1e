"""Requests that the library has no function for, over its connection; refusals become errors of ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import ClientError, ClientResponse
from nio import AsyncClient

from bot.chats.matrix.crypto.signing import Json
from bot.errors import BotError, Limited, Permanent, Temporary, Unauthorised


class Requests:
    """Paths are what follows /_matrix/client/v3."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, also: Iterable[int] = ()
    ) -> tuple[int, Json]:
        """Status and content of the answer; a status of `also` is an answer too, every other refusal is raised."""
        try:
            answer = await _send(self._client, method, f"/_matrix/client/v3{path}", body)
            content = await _content(answer)
        except (ClientError, TimeoutError) as error:
            raise Temporary(f"The Matrix server does not answer ({type(error).__name__}).") from error
        if answer.status < 400 or answer.status in also:
            return answer.status, content
        raise _refusal(answer.status, content)

    async def keys_of(self, user_ids: Iterable[str]) -> Json:
        """All public keys of people: their devices', and those that vouch for them."""
        _, answer = await self.call("POST", "/keys/query", {"device_keys": {user_id: [] for user_id in user_ids}})
        return answer

    async def claim(self, devices: Mapping[str, Iterable[str]]) -> Json:
        """One one-time key of each of these devices, as far as they have any left."""
        wanted = {user_id: dict.fromkeys(ids, "signed_curve25519") for user_id, ids in devices.items()}
        _, answer = await self.call("POST", "/keys/claim", {"one_time_keys": wanted})
        return answer

    async def to_devices(self, kind: str, body: Mapping[str, Any]) -> None:
        await self.call("PUT", f"/sendToDevice/{quote(kind)}/{uuid.uuid4().hex}", body)


async def _send(client: AsyncClient, method: str, path: str, body: Mapping[str, Any] | None) -> ClientResponse:
    headers = {"Authorization": f"Bearer {client.access_token}", "Content-Type": "application/json"}
    answer: ClientResponse = await client.send(method, path, None if body is None else json.dumps(body), headers)
    return answer


async def _content(answer: ClientResponse) -> Json:
    try:
        content = await answer.json(content_type=None)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _refusal(status: int, content: Mapping[str, Any]) -> BotError:
    if content.get("errcode") == "M_UNKNOWN_TOKEN":
        return Unauthorised("The Matrix server does not accept the access token any more; run `gepettto matrix login`.")
    if status == 429:
        wait = content.get("retry_after_ms")
        return Limited("The Matrix server asks us to wait.", wait / 1000 if isinstance(wait, int) else None)
    return Permanent(f"The Matrix server refused a request for encryption: {status} {content.get('error', '')}.")
