"""The client of the bot: it decides which devices read the bot, and which are heard."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Literal

from nio import (
    BadEventType,
    ErrorResponse,
    Event,
    KeysQueryError,
    KeysQueryResponse,
    LocalProtocolError,
    MatrixRoom,
    MegolmEvent,
)
from nio.exceptions import EncryptionError

from bot.chats.matrix.crypto.cross_signing import published, signed_devices, sound
from bot.chats.matrix.crypto.hardened import HardenedClient
from bot.chats.matrix.crypto.signing import Json
from bot.chats.matrix.crypto.withheld import KIND, withheld
from bot.errors import Temporary

Trust = Literal["cross_signed", "all"]
"""Who gets the keys of a room and is heard: the devices that their owners vouch for, or every device in it."""


class EncryptedClient(HardenedClient):
    """`master` is our own public key: the server may not name another one for us."""

    trust: Trust = "cross_signed"
    master: str = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._sharing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def keys_query(self) -> KeysQueryResponse | KeysQueryError:
        """Learn the devices of people, and at once who vouches for them: no key leaves in between."""
        if not self.users_for_key_query:
            raise LocalProtocolError("No key query required.")
        answer = await self.requests.keys_of(self.users_for_key_query)
        response: KeysQueryResponse | KeysQueryError = KeysQueryResponse.from_dict(sound(answer))
        await self.receive_response(response)
        for user_id in answer.get("device_keys", {}):
            self._judge(user_id, answer)
        return response

    def _judge(self, user_id: str, answer: Json) -> None:
        signed = signed_devices(user_id, answer)
        if user_id == self.user_id and published(user_id, answer).get("master") != self.master:
            signed = frozenset()
        for device in self.device_store.active_user_devices(user_id):
            if device.id in signed:
                self.verify_device(device)
            elif self.trust == "all":
                self.ignore_device(device)  # the library's word for: give it the keys all the same
            else:
                self.blacklist_device(device)

    async def room_send(
        self,
        room_id: str,
        message_type: str,
        content: dict[Any, Any],
        tx_id: str | None = None,
        ignore_unverified_devices: bool = False,
    ) -> Any:
        """As in the library; every device that may read has the keys before anything is encrypted with them."""
        room = self.rooms.get(room_id)
        if self.olm and room and room.encrypted:
            async with self._sharing[room_id]:
                await self._share(room_id)
        return await super().room_send(room_id, message_type, content, tx_id, ignore_unverified_devices)

    async def _share(self, room_id: str) -> None:
        if not self.rooms[room_id].members_synced:
            _checked(await self.joined_members(room_id))
        if self.should_query_keys:
            _checked(await self.keys_query())
        if not self.machine.should_share_group_session(room_id):
            return
        if missing := self.get_missing_sessions(room_id):
            await self.keys_claim(missing)  # the library would go on without those people
        try:
            shared = await self.share_group_session(room_id)
        except BaseException:
            self.sharing_session.pop(room_id, None)  # else the library would wait for it for ever
            raise
        self._everybody_has_it(room_id, shared.users_shared_with)
        await self._tell_the_others(room_id)

    def _everybody_has_it(self, room_id: str, reached: set[tuple[str, str]]) -> None:
        """The library takes keys for delivered even where the request failed; those people could never read."""
        meant = {
            (device.user_id, device.id)
            for user_id in self.rooms[room_id].users
            for device in self.device_store.active_user_devices(user_id)
            if device.id != self.device_id
            and not device.blacklisted
            and self.machine.session_store.get(device.curve25519)
        }
        if meant - reached:
            self.invalidate_outbound_session(room_id)
            raise Temporary("The Matrix server did not pass on the keys of the room.")

    async def _tell_the_others(self, room_id: str) -> None:
        session = self.machine.outbound_group_sessions[room_id]
        others = session.users_ignored - {(self.user_id, self.device_id)}
        if others:
            sender_key = self.machine.account.identity_keys["curve25519"]
            await self.requests.to_devices(KIND, withheld(others, room_id, session.id, sender_key))

    def _handle_timeline_event(
        self, event: Event | BadEventType, room_id: str, room: MatrixRoom, encrypted_rooms: set[str]
    ) -> Event | BadEventType | None:
        """An event from a device that nobody vouches for stays as it came: not readable."""
        decrypted = super()._handle_timeline_event(event, room_id, room, encrypted_rooms)
        return decrypted if isinstance(event, MegolmEvent) and self._vouched_for(event) else None

    def decrypt_event(self, event: MegolmEvent) -> Event | BadEventType:
        decrypted: Event | BadEventType = super().decrypt_event(event)
        if not self._vouched_for(event):
            raise EncryptionError(f"{event.sender} does not vouch for the device that this came from")
        return decrypted

    def _vouched_for(self, event: MegolmEvent) -> bool:
        """Whether its key belongs to a device that its sender vouches for; a device of old may be deleted by now."""
        if self.trust == "all" or event.sender == self.user_id:
            return True
        session = self.session_of(event.room_id, event)
        devices = self.device_store[event.sender].values()
        return session is not None and any(
            device.verified and (device.curve25519, device.ed25519) == (session.sender_key, session.ed25519)
            for device in devices
        )


def _checked(response: Any) -> None:
    if isinstance(response, ErrorResponse):
        raise Temporary(f"The Matrix server does not tell who reads along: {response.message}.")
