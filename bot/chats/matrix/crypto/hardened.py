"""matrix-nio's client, except that no stranger, gateway or zero can upset it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, cast

from aiohttp import ClientResponse
from nio import AsyncClient, Event, KeysClaimResponse, Response, SyncResponse, ToDeviceEvent
from nio.crypto import InboundGroupSession, Olm

from bot.chats.matrix.crypto.cross_signing import sound_claims
from bot.chats.matrix.crypto.requests import Requests
from bot.errors import Temporary

log = logging.getLogger(__name__)


class HardenedClient(AsyncClient):
    """Each method says what the library of this version does there without us."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.requests = Requests(self)

    async def close(self) -> None:
        await super().close()  # type: ignore[no-untyped-call]  # the library has no types there
        if self.store:
            self.store.database.close()

    async def send(self, *args: Any, **options: Any) -> ClientResponse:
        """The library takes an answer without content for a success, whatever its status: a gateway's error page."""
        answer: ClientResponse = await super().send(*args, **options)
        if answer.status >= 500:
            answer.release()
            raise Temporary(f"The Matrix server has a fault of its own ({answer.status}).")
        return answer

    @property
    def machine(self) -> Olm:
        """The library's half of the encryption; there once the store is loaded."""
        return cast(Olm, self.olm)

    def session_of(self, room_id: str, event: Event) -> InboundGroupSession | None:
        """The key that an event of the room was encrypted with, if we have it."""
        return self.machine.inbound_group_store.get(room_id, event.sender_key or "", event.session_id or "")

    async def receive_response(self, response: Response) -> None:
        await super().receive_response(response)
        if isinstance(response, SyncResponse) and self.olm:
            self._count_keys(response.device_key_count.signed_curve25519)

    def _count_keys(self, left: int | None) -> None:
        """The library overlooks a zero: it would never make new keys once the last one was taken."""
        if left is not None:
            self.machine.uploaded_key_count = left

    async def keys_claim(self, user_set: Mapping[str, Iterable[str]]) -> KeysClaimResponse:
        """Take a one-time key of each device, to begin to talk to it; the library trips over a server's refusal."""
        answer = await self.requests.claim(user_set)
        response = KeysClaimResponse(sound_claims(answer["one_time_keys"], self._signing_key), {})
        await self.receive_response(response)
        return response

    def _signing_key(self, user_id: str, device_id: str) -> str:
        device = self.device_store[user_id].get(device_id)
        return device.ed25519 if device else ""

    async def _collect_key_requests(self) -> None:
        """Not during a sync, when it may be unknown yet who asks: the library would forget the request."""

    async def answer_key_requests(self) -> None:
        """Give our own other devices the keys they asked for; those that we cannot talk to yet are claimed first."""
        await super()._collect_key_requests()  # type: ignore[no-untyped-call]  # the library has no types there
        if self.should_claim_keys:
            await self.keys_claim(self.get_users_for_key_claiming())
            await super()._collect_key_requests()  # type: ignore[no-untyped-call]

    def _handle_decrypt_to_device(self, to_device_event: ToDeviceEvent) -> ToDeviceEvent | None:
        """Anybody can send a device something malformed; the library would drop the rest of that sync."""
        try:
            return super()._handle_decrypt_to_device(to_device_event)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("unreadable message to our device from %s: %s", to_device_event.sender, error)
            return None
