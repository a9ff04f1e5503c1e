"""Events that came before their key, without it, or from a device that we do not know yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import ClientError
from nio import Event, MatrixRoom, MegolmEvent
from nio.exceptions import EncryptionError, LocalProtocolError

from bot.chats.matrix.crypto.client import EncryptedClient

Told = Callable[[str, Event], Awaitable[None]]
"""Called with the id of a room and one of its events."""

_MOST = 200
_SYNCS = 2
"""A key comes with the same sync or the next one; after that a person has to hear that we cannot read."""


class Unreadable:
    """Tries again after every sync: `late` gets what can be read after all, `lost` once per key what cannot."""

    def __init__(self, client: EncryptedClient, late: Told, lost: Told) -> None:
        self._client = client
        self._late, self._lost = late, lost
        self._waiting: dict[str, tuple[MegolmEvent, int]] = {}
        self._told: set[str] = set()
        client.add_event_callback(self._hold, MegolmEvent)

    async def _hold(self, room: MatrixRoom, event: Event) -> None:
        if isinstance(event, MegolmEvent):
            event.room_id = room.room_id
            self._waiting[event.event_id] = (event, 0)
        while len(self._waiting) > _MOST:
            del self._waiting[next(iter(self._waiting))]

    async def after_sync(self) -> None:
        for event, syncs in list(self._waiting.values()):
            readable = self._decrypted(event)
            if readable is not None:
                del self._waiting[event.event_id]
                await self._late(event.room_id, readable)
                continue
            self._waiting[event.event_id] = (event, syncs + 1)
            if syncs + 1 == _SYNCS:
                await self._give_notice(event)

    def _decrypted(self, event: MegolmEvent) -> Event | None:
        if self._client.session_of(event.room_id, event) is None:
            return None  # the library would write a line about it each time
        try:
            decrypted = self._client.decrypt_event(event)
        except EncryptionError:
            return None
        return decrypted if isinstance(decrypted, Event) else None

    async def _give_notice(self, event: MegolmEvent) -> None:
        """Ask our other devices for the key and tell the adapter: once per key, not once per event."""
        if event.session_id in self._told:
            return
        self._told.add(str(event.session_id))
        if self._client.session_of(event.room_id, event) is None:
            with suppress(LocalProtocolError, ClientError, TimeoutError):  # asked already; or nobody is there to ask
                await self._client.request_room_key(event)
        await self._lost(event.room_id, event)
