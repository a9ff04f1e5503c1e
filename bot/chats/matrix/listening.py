"""The stream of what happens: from the last token on, gaps filled, and no event lost to a crash.

A token is stored when everything before it has been answered. After a crash some events are heard again; what they ask
for is done once, since gestures are recorded by event and answers have transaction ids.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from bot.chats.matrix.catching_up import CatchingUp
from bot.chats.matrix.ears import Ears
from bot.chats.matrix.front import Front
from bot.chats.matrix.memory import Memory
from bot.chats.matrix.payload import Event
from bot.chats.matrix.rooms import Room
from bot.chats.matrix.stream import Batch, Timeline
from bot.errors import Permanent, Temporary, Unauthorised

log = logging.getLogger(__name__)

_GAP_PAGES = 20
_LONGEST_PAUSE = 60.0
T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Listening:
    """One session's stream, until it breaks."""

    front: Front
    ears: Ears
    catching_up: CatchingUp
    memory: Memory
    _done: asyncio.Queue[tuple[str, Sequence[asyncio.Task[None]]]] = field(default_factory=asyncio.Queue)

    async def first(self) -> tuple[str, Batch]:
        """Where we stopped, and what came since; at the very first start, where we begin.

        Without a token nothing that was said before is a command.
        """
        session = self.front.session
        token = await self.memory.token(session.me, session.device_id)
        if token:
            try:
                return token, await session.sync(token, full=True)
            except Unauthorised:
                raise
            except Permanent as error:
                log.warning("the homeserver does not know our place in its stream any more: %s", error)
        begun = await session.sync("", full=True)
        await self.memory.save_token(session.me, session.device_id, begun.token)
        return "", Batch(token=begun.token)

    async def run(self, since: str, batch: Batch) -> None:
        """For ever; raises what a new connection may mend, and Unauthorised."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_tokens())
            group.create_task(self.catching_up.enter_again())
            group.create_task(self.catching_up.look_at_all())
            while True:
                tasks = [group.create_task(self._hear(room, event)) for room, event in await self._news(since, batch)]
                self._done.put_nowait((batch.token, tasks))
                group.create_task(self.catching_up.follow(batch))
                since = batch.token
                batch = await self._patiently(partial(self.front.session.sync, since))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, however long the homeserver is away."""
        failures = 0
        while True:
            try:
                return await ask()
            except Temporary as error:
                pause = min(2.0**failures, _LONGEST_PAUSE)
                failures += 1
                log.warning("%s; again in %.0f s", error, pause, extra={"action": "sync_failed"})
                await self.front.clock.sleep(pause)

    async def _news(self, since: str, batch: Batch) -> list[tuple[Room, Event]]:
        found: list[tuple[Room, Event]] = []
        for room_id, timeline in batch.rooms.items():
            room = self.front.rooms.at(room_id)
            if room is not None:
                found += [(room, event) for event in await self._all(room_id, since, timeline)]
        return found

    async def _all(self, room_id: str, since: str, timeline: Timeline) -> list[Event]:
        """A server tells only the end of what happened during a long absence; the rest stands in the history."""
        if not timeline.gap_from or not since:
            return list(timeline.events)
        between = self.front.session.reading.between
        try:
            missed = await self._patiently(partial(between, room_id, timeline.gap_from, since, most=_GAP_PAGES))
        except Permanent as error:
            log.warning("what happened in %s while away could not be read: %s", room_id, error)
            missed = []
        return [*missed, *timeline.events]

    async def _hear(self, room: Room, event: Event) -> None:
        try:
            await self.ears.hear(room, event)
        except Exception:
            log.exception("an event failed, and should not have", extra={"action": "event_failed"})

    async def _keep_tokens(self) -> None:
        session, kept = self.front.session, ""
        while True:
            token, tasks = await self._done.get()
            await asyncio.gather(*tasks)
            if token != kept:
                await self.memory.save_token(session.me, session.device_id, token)
                kept = token
