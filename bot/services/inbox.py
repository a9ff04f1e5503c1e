"""Takes in what webhooks deliver: stored before it is answered, many in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.domain.hook import HookDelivery
from bot.errors import BotError, Temporary
from bot.ports import Store

_MOST_WAITING = 5_000
"""Deliveries that wait for their transaction; what comes on top is refused, so memory is bounded."""


@dataclass(slots=True)
class Inbox:
    """`arrived` is called after something new was stored.

    A transaction costs a write to the disk: deliveries that arrive while one runs share the next one.
    """

    store: Store
    arrived: Callable[[], None]
    _waiting: list[tuple[HookDelivery, asyncio.Future[bool]]] = field(default_factory=list)
    _storing: asyncio.Task[None] | None = None

    async def put(self, delivery: HookDelivery) -> bool:
        """Return when it is stored for good; False when it had been delivered before. Raises Temporary."""
        if len(self._waiting) >= _MOST_WAITING:
            raise Temporary("More is delivered than can be stored at the moment.")
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_all(), name="inbox")
        return await stored

    async def _store_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                new = await self._store([delivery for delivery, _ in batch])
            except BotError as error:
                _tell(batch, error)
                continue
            if new:
                self.arrived()
            for delivery, stored in batch:
                if not stored.done():  # whoever asked may have gone
                    stored.set_result(delivery.key in new)
                    new.discard(delivery.key)  # the same one twice in a batch is new once

    async def _store(self, found: Sequence[HookDelivery]) -> set[str]:
        async with self.store.begin() as tx:
            return set(await tx.add_deliveries(list({one.key: one for one in found}.values())))


def _tell(batch: Sequence[tuple[HookDelivery, asyncio.Future[bool]]], error: BotError) -> None:
    for _, stored in batch:
        if not stored.done():
            stored.set_exception(error)
