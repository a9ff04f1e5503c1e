"""The two sides of an encrypted room: clients with our identity, and clients of the library as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, Event, MatrixRoom, MegolmEvent, RoomMessageText, SyncResponse
from nio.store import SqliteStore

from bot.chats.matrix.crypto.account import Access
from tests.synapse.person import Person

CONFIG = AsyncClientConfig(max_timeouts=0, max_limit_exceeded=0)
_SECONDS_TO_ARRIVE = 15


def access(person: Person) -> Access:
    return Access(person.server, person.user_id, person.device_id, person.token)


@dataclass
class Side:
    """A client that syncs when the test says so.

    `texts` is what it could read, `unread` what it could not at once; `late` and `lost` is what became of that.
    """

    client: AsyncClient
    after_sync: Callable[[], Awaitable[Any]]
    texts: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client.add_event_callback(self._read, RoomMessageText)
        self.client.add_event_callback(self._unread, MegolmEvent)

    async def _read(self, room: MatrixRoom, event: Event) -> None:
        self.texts.append(event.source["content"]["body"])

    async def _unread(self, room: MatrixRoom, event: Event) -> None:
        self.unread.append(event.event_id)

    async def was_late(self, room: str, event: Event) -> None:
        self.late.append(event.event_id)
        self.texts.append(event.source["content"]["body"])

    async def was_lost(self, room: str, event: Event) -> None:
        self.lost.append(event.event_id)

    async def sync(self, wait: int = 0) -> SyncResponse:
        """One sync and what belongs to it; waits for news for so many milliseconds."""
        response = await self.client.sync(timeout=wait)
        assert isinstance(response, SyncResponse), response
        await self.after_sync()
        return response

    async def until(self, arrived: Callable[[], bool]) -> None:
        async with asyncio.timeout(_SECONDS_TO_ARRIVE):
            while not arrived():
                await self.sync(wait=1000)

    async def say(self, room: str, body: str) -> str:
        content = {"msgtype": "m.text", "body": body}
        response = await self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        return str(response.event_id)


async def bare(person: Person, folder: Path) -> Side:
    """The library as it comes: encrypts, but vouches for nothing."""
    folder.mkdir()
    config = AsyncClientConfig(max_timeouts=0, store=SqliteStore)
    client = AsyncClient(person.server, person.user_id, person.device_id, str(folder), config)
    client.restore_login(person.user_id, person.device_id, person.token)

    async def after_sync() -> None:
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()

    side = Side(client, after_sync)
    await side.sync()
    return side


async def close(client: AsyncClient) -> None:
    await client.close()
    assert client.store
    client.store.database.close()
