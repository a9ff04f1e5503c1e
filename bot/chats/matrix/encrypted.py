"""Where clients come from that can encrypt: made once it is known who we are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import nio

from bot.chats.matrix.device import Device

Told = Callable[[str, nio.Event], Awaitable[None]]


class Encrypted(Protocol):
    """A client that encrypts, with all that belongs to it."""

    @property
    def client(self) -> nio.AsyncClient: ...

    def watch(self, late: Told, lost: Told) -> None:
        """`late` gets events whose key came after them; `lost`, once per key, an event whose key does not come."""
        ...

    async def after_sync(self) -> None: ...

    async def close(self) -> None: ...


Connect = Callable[[Device], Awaitable[Encrypted]]
