"""One request to the server, and its refusals as an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession


class RefusedByServer(Exception):
    """The server's answer was an error: `status` 403, `code` "M_FORBIDDEN"."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {body.get('errcode')}: {body.get('error')}")
        self.status = status
        self.code = str(body.get("errcode", ""))
        self.body = body


async def call(
    session: ClientSession,
    method: str,
    url: str,
    body: Mapping[str, Any] | None = None,
    *,
    token: str = "",
    params: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.request(method, url, json=body, headers=headers, params=params) as answer:
        content: dict[str, Any] = await answer.json()
        if answer.status >= 400:
            raise RefusedByServer(answer.status, content)
        return content
