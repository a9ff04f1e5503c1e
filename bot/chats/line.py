"""The line between a chat's handlers and the desk: a gesture goes out, its notice comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bot.domain.gesture import Gesture, Notice
from bot.errors import BotError


class Line:
    """Each handler waits for the notice of its own gesture; the desk takes gestures one by one."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Gesture | None] = asyncio.Queue()
        self._notices: dict[str, asyncio.Future[Notice]] = {}
        self._failure: BotError | None = None

    async def ask(self, gesture: Gesture) -> Notice:
        """What the desk says to it; an event that is delivered twice is asked once."""
        future = self._notices.get(gesture.id)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._notices[gesture.id] = future
            future.add_done_callback(lambda _: self._notices.pop(gesture.id, None))
            self._queue.put_nowait(gesture)
        return await asyncio.shield(future)

    def answer(self, gesture: Gesture, notice: Notice) -> None:
        """The desk's word; a handler that no longer waits is no trouble."""
        future = self._notices.get(gesture.id)
        if future is not None and not future.done():
            future.set_result(notice)

    async def gestures(self) -> AsyncIterator[Gesture]:
        """Until the line is closed; raises the failure it was closed with."""
        while (gesture := await self._queue.get()) is not None:
            yield gesture
        if self._failure is not None:
            raise self._failure

    def close(self, failure: BotError | None = None) -> None:
        """End `gestures`; handlers that still wait are cancelled, since nobody will answer them any more."""
        self._failure = self._failure or failure
        self._queue.put_nowait(None)
        for future in list(self._notices.values()):
            future.cancel()
