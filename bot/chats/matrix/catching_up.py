"""Rooms come and go, and what stands in them is looked at: after a start, after a move, after an invitation."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bot.chats.matrix.content import Spot
from bot.chats.matrix.front import ITSELF, NAME, Front
from bot.chats.matrix.reactions import Reactions
from bot.chats.matrix.rooms import Room
from bot.chats.matrix.stream import Batch
from bot.domain.gesture import Standing, Tone
from bot.errors import BotError

log = logging.getLogger(__name__)

_AT_ONCE = 8
_LOOK_AGAIN = 300.0
"""Seconds between two tries to enter a room that refused us."""


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """Of one session."""

    front: Front
    reactions: Reactions

    async def follow(self, batch: Batch) -> None:
        for room_id in batch.left:
            self.front.rooms.left(room_id)
        for room_id in batch.invited:
            if room := self.front.rooms.invited_to(room_id):
                await self._enter(room)
        for room_id, timeline in batch.rooms.items():
            room = self.front.rooms.at(room_id)
            kinds = {event.kind for event in timeline.events if event.state_key == ""}
            if room is not None and kinds & {"m.room.tombstone", "m.room.encryption"}:
                await self._enter(room)

    async def _enter(self, room: Room) -> None:
        """Then whatever stands in the room, or stood in the one before, is looked at."""
        try:
            await self.front.rooms.enter(room)
        except BotError as error:
            log.warning("%s could not be entered: %s", room.ref, error, extra={"action": "enter_failed"})
            return
        if room.problem is None:
            await self.look_at_all()

    async def enter_again(self) -> None:
        while True:
            await self.front.clock.sleep(_LOOK_AGAIN)
            for room in self.front.rooms.known.values():
                if room.problem is not None:
                    await self._enter(room)

    async def look_at_all(self) -> None:
        """Look at every card that waits: what was done on it while nobody listened, and whether it stands at all."""
        limit = asyncio.Semaphore(_AT_ONCE)
        after = 0
        while True:
            room = next(iter(self.front.rooms.known.values()))
            gesture = Standing(id=f"{NAME}:standing:{after}", person=ITSELF, chat=NAME, channel=room.ref, after=after)
            notice = await self.front.ask(gesture)
            cards = notice.cards
            if notice.tone is Tone.REFUSED:
                log.warning("the open cards could not be looked through: %s", notice.text)
            if not cards:
                return
            posts = [post for card in cards for post in card.posts if post.chat == NAME and post.id]
            await asyncio.gather(*(self._look_at(post.channel, Spot.of(post.id), limit) for post in posts))
            after = cards[-1].review.id

    async def _look_at(self, ref: str, spot: Spot, limit: asyncio.Semaphore) -> None:
        room = self.front.rooms.known.get(ref)
        if room is None or room.problem is not None:
            return
        async with limit:
            try:
                if spot.room != room.id:
                    await self.reactions.gone(room, spot.event, spot.room)
                else:
                    await self.reactions.catch_up(room, spot.event)
            except BotError as error:
                log.warning("a card in %s could not be looked at: %s", ref, error, extra={"action": "catch_up_failed"})
