"""What the chat itself must remember across restarts: how far it has listened, and where rooms have moved."""

from __future__ import annotations

from dataclasses import dataclass

from bot.ports import Clock, Store

_PREFIX = "matrix"


@dataclass(frozen=True, slots=True)
class Memory:
    """Rows of the store, by name."""

    store: Store
    clock: Clock

    async def token(self, user: str, device: str) -> str:
        """Up to where this device has heard everything; empty at the very first start."""
        return await self._read(f"{_PREFIX}:sync:{user}:{device}")

    async def save_token(self, user: str, device: str, token: str) -> None:
        await self._write(f"{_PREFIX}:sync:{user}:{device}", token)

    async def room(self, ref: str) -> str:
        """The id of the room that a configured one became; empty when it never moved."""
        return await self._read(f"{_PREFIX}:room:{ref}")

    async def save_room(self, ref: str, room: str) -> None:
        await self._write(f"{_PREFIX}:room:{ref}", room)

    async def _read(self, name: str) -> str:
        async with self.store.read() as tx:
            return await tx.cursor(name) or ""

    async def _write(self, name: str, value: str) -> None:
        async with self.store.begin() as tx:
            await tx.save_cursor(name, value, self.clock.now())
