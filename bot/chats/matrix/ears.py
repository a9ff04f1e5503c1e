"""Hands every event of a room to the one who knows what it means."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from weakref import WeakValueDictionary

from bot.chats.matrix.front import Front
from bot.chats.matrix.markup import line
from bot.chats.matrix.messages import Messages
from bot.chats.matrix.payload import Event
from bot.chats.matrix.phrases import say
from bot.chats.matrix.reactions import Reactions
from bot.chats.matrix.rooms import Room
from bot.errors import BotError, Temporary

log = logging.getLogger(__name__)

_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_HEARD = frozenset({"m.reaction", "m.room.message", "m.room.redaction"})


class Ears:
    """Nothing that one event does keeps the next from being heard."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self.reactions = Reactions(front)
        self._messages = Messages(front)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def hear(self, room: Room, event: Event) -> None:
        """Own events are ours already, among them the reactions that wait on a card to be used."""
        if event.sender == self._front.session.me or event.redacted or event.kind not in _HEARD:
            return
        if self._front.is_stranger(event) and self._front.crowd.too_many(event.sender):
            log.warning("%s acts too often and is not heard for a while", event.sender, extra={"action": "too_many"})
            return
        try:
            async with self._turn(event):
                await self._patiently(room, event)
        except BotError as error:
            log.warning("an event of %s could not be answered: %s", room.ref, error, extra={"action": "answer_failed"})

    def _turn(self, event: Event) -> AbstractAsyncContextManager[Any]:
        """What a person writes is heard in the order of the room; what takes long holds nothing up."""
        if event.kind != "m.room.message" or self._messages.takes_long(event):
            return nullcontext()
        return self._turns.setdefault(event.sender, asyncio.Lock())

    async def _patiently(self, room: Room, event: Event) -> None:
        """Everything that an event leads to can be done again without being done twice."""
        for pause in _PAUSES:
            try:
                await self._heard(room, event)
            except Temporary as error:
                log.info("an event of %s is heard again in %.0f s: %s", room.ref, pause, error)
                await self._front.clock.sleep(pause)
            else:
                return
        await self._heard(room, event)

    async def _heard(self, room: Room, event: Event) -> None:
        match event.kind:
            case "m.reaction":
                await self.reactions.made(room, event)
            case "m.room.message":
                await self._messages.said(room, event)
            case "m.room.redaction":
                await self.reactions.deleted(room, event)

    async def lost(self, room: Room, event: Event) -> None:
        """A message that cannot be decrypted may have been for us; one word, not one for each."""
        if event.sender != self._front.session.me and self._front.crowd.first_time(event.room, event.sender, "lost"):
            await self._front.answer(room, event, line(say(room.language, "unreadable"), 400))
