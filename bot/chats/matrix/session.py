"""The bot's device on a homeserver: what the client library does for us, and nothing of the library outside.

An encrypted room needs a client with a store of keys, which `connect` makes once it is known who we are. Without it
the client is a plain one, and `no_crypto` says why encrypted rooms are refused.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import nio
from nio import AsyncClient, AsyncClientConfig, RoomSendResponse, SyncResponse, UploadResponse
from nio.exceptions import EncryptionError, LocalProtocolError

from bot.chats.matrix.content import Content
from bot.chats.matrix.device import Device
from bot.chats.matrix.encrypted import Connect, Encrypted, Told
from bot.chats.matrix.payload import Event, event_of
from bot.chats.matrix.reading import Reading
from bot.chats.matrix.stream import Batch, batch_of
from bot.chats.matrix.wire import Wire, path_of
from bot.errors import BotError, Permanent, Unauthorised
from bot.ports import Clock

Heard = Callable[[Event], None]

_POLL_SECONDS = 30.0
_SECONDS = 60.0
_FILTER = {
    "presence": {"types": []},
    "account_data": {"types": []},
    "room": {"ephemeral": {"types": []}, "account_data": {"types": []}, "timeline": {"limit": 50}},
}
CONFIG = AsyncClientConfig(max_limit_exceeded=0, max_timeouts=0, encryption_enabled=False, request_timeout=_SECONDS)
"""We wait ourselves, within bounds: by default the library would wait for ever."""


class Session:
    """One login."""

    def __init__(self, homeserver: str, device: Device, clock: Clock, connect: Connect | None = None) -> None:
        self._client = AsyncClient(homeserver, config=CONFIG)
        self._client.access_token = device.token
        self._clock = clock
        self._connect = connect
        self._encrypted: Encrypted | None = None
        self.wire = Wire(self._client, clock)
        self.reading = Reading(self.wire, self._client)
        self.me = ""
        self.device_id = ""
        self.display_name = ""
        self.no_crypto: BotError | None = Permanent('install "gepettto[e2ee]", or name a room that is not encrypted')

    async def begin(self, expected: Device, heard: Heard, lost: Heard) -> None:
        """Ask who we are: the token decides, and must not be somebody else's than the configuration says.

        `heard` gets events that could be decrypted only later, `lost` those that cannot.
        """
        who = await self.wire.call("GET", path_of("account", "whoami"), doing="say who the bot is")
        self.me, self.device_id = str(who.get("user_id", "")), str(who.get("device_id", ""))
        for key, wanted, found in (
            ("user_id", expected.user_id, self.me),
            ("device_id", expected.device_id, self.device_id),
        ):
            if wanted and wanted != found:
                raise Unauthorised(f"The token belongs to {found}, not to matrix.{key} = {wanted}; mend one of them.")
        self._client.user_id, self._client.device_id = self.me, self.device_id
        profile = path_of("profile", self.me, "displayname")
        shown = await self.wire.call("GET", profile, doing="tell the bot's name", accept={"M_NOT_FOUND", "M_FORBIDDEN"})
        self.display_name = str(shown.get("displayname") or "")
        if self._connect is not None:
            await self._encrypt(self._connect, heard, lost)

    async def _encrypt(self, connect: Connect, heard: Heard, lost: Heard) -> None:
        """Exchange the plain client for one with keys; where that fails only encrypted rooms are lost."""
        device = Device(token=self._client.access_token, user_id=self.me, device_id=self.device_id)
        try:
            encrypted = await connect(device)
        except Permanent as error:
            self.no_crypto = error
            return
        await self._client.close()
        self._client, self._encrypted, self.no_crypto = encrypted.client, encrypted, None
        self.wire = Wire(self._client, self._clock)
        self.reading = Reading(self.wire, self._client)
        encrypted.watch(_told(heard), _told(lost))

    async def close(self) -> None:
        await (self._encrypted or self._client).close()

    async def sync(self, since: str, *, full: bool = False) -> Batch:
        """What happened since; waits half a minute for something to happen unless it is the first time."""
        wait = 0 if full or not since else int(_POLL_SECONDS * 1000)
        response = await self.wire.expect(
            SyncResponse,
            lambda: self._client.sync(timeout=wait, sync_filter=_FILTER, since=since or None, full_state=full),
            "tell what happened",
            _POLL_SECONDS + _SECONDS,
        )
        if self._encrypted is not None:
            await self._encrypted.after_sync()
        return batch_of(response)

    async def send(self, room: str, kind: str, content: Content, transaction: str) -> str:
        """The id of the event; the same transaction on the same device gives the same event."""
        try:
            response = await self.wire.expect(
                RoomSendResponse,
                lambda: self._client.room_send(room, kind, content, transaction, ignore_unverified_devices=True),
                "take a message",
                _SECONDS,
            )
        except (LocalProtocolError, EncryptionError) as error:
            raise Permanent(f"A message could not be encrypted for {room}: {error}.") from error
        return str(response.event_id)

    async def react(self, room: str, content: Content, transaction: str) -> None:
        """Reactions are never encrypted; one that is there already is no trouble."""
        path = path_of("rooms", room, "send", "m.reaction", transaction)
        await self.wire.call("PUT", path, content, doing="take a reaction", accept={"M_DUPLICATE_ANNOTATION"})

    async def redact(self, room: str, event: str, transaction: str) -> None:
        """Take an event back; one that is gone already is no trouble."""
        path = path_of("rooms", room, "redact", event, transaction)
        await self.wire.call("PUT", path, {}, doing="take a message back", accept={"M_NOT_FOUND"})

    async def upload(self, name: str, data: bytes, *, encrypted: bool) -> Content:
        """What a file event says of a file that was uploaded."""

        async def once() -> Any:
            file, size = io.BytesIO(data), len(data)
            response, keys = await self._client.upload(file, "text/markdown", name, encrypt=encrypted, filesize=size)
            found.update({"file": {**keys, "url": getattr(response, "content_uri", "")}} if keys else {})
            return response

        found: Content = {}
        response = await self.wire.expect(UploadResponse, once, "take a file", _SECONDS)
        info = {"mimetype": "text/markdown", "size": len(data)}
        return {"info": info, **(found or {"url": response.content_uri})}


def _told(handler: Heard) -> Told:
    async def told(room: str, event: nio.Event) -> None:
        if found := event_of(room, event.source):
            handler(found)

    return told
