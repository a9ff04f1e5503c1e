"""What everything that listens needs: where we are, what the desk says, and how people are told."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from bot.chats.line import Line
from bot.chats.matrix import content as made
from bot.chats.matrix.card import Look
from bot.chats.matrix.content import Content
from bot.chats.matrix.listing import Voice, notice_text
from bot.chats.matrix.markup import Text
from bot.chats.matrix.payload import Event, relation_of
from bot.chats.matrix.people import Crowd, person_of
from bot.chats.matrix.rooms import Room, Rooms
from bot.chats.matrix.session import Session
from bot.chats.matrix.standing import Standings
from bot.domain.gesture import Gesture, Notice, Person
from bot.ports import Clock
from bot.settings import MatrixSettings

NAME = "matrix"
_REMEMBERED = 1000
ITSELF = Person(id=f"{NAME}:itself", name="GePeTTTo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """One session's worth."""

    settings: MatrixSettings
    session: Session
    rooms: Rooms
    standings: Standings
    line: Line
    crowd: Crowd
    clock: Clock
    _notices: OrderedDict[str, Notice] = field(default_factory=OrderedDict)

    def voice(self, room: Room) -> Voice:
        return Voice(language=room.language, prefix=self.settings.prefix)

    def look(self, room: Room) -> Look:
        """How a room's cards are drawn; keys of reactions name their verdicts."""
        reactions = {str(name): sign for name, sign in self.settings.reactions.items()}
        return Look(language=room.language, prefix=self.settings.prefix, reactions=reactions, ping=self.settings.ping)

    def fields(self, room: Room, event: Event, *, card: str = "") -> dict[str, Any]:
        """What every gesture says that this event makes; `card` is the event id of the card it was made on."""
        return {
            "id": f"{NAME}:{event.id}",
            "person": person_of(event.sender, event.room),
            "chat": NAME,
            "channel": room.ref,
            "language": room.language,
            "post": str(made.Spot(event.room, card)) if card else "",
        }

    def is_stranger(self, event: Event) -> bool:
        """Whether the configuration does not name the sender; whether those it names are in the room, the desk asks."""
        return event.sender not in self.settings.reviewers

    async def ask(self, gesture: Gesture) -> Notice:
        """What the desk says; the same again when telling it failed and the event is heard once more."""
        if gesture.person is ITSELF:
            return await self.line.ask(gesture)
        if gesture.id not in self._notices:
            self._notices[gesture.id] = await self.line.ask(gesture)
            while len(self._notices) > _REMEMBERED:
                self._notices.popitem(last=False)
        return self._notices[gesture.id]

    async def tell_in_thread(self, room: Room, card: str, notice: Notice, event: Event) -> None:
        """What is said about a card stands in its thread; silence for an event that was answered before."""
        text = notice_text(notice, self.voice(room))
        if text:
            content = made.in_thread(made.message(text, notice=True), card, about=event.id)
            await self.say(event.room, content, "told", event.id)

    async def answer(self, room: Room, event: Event, text: Text) -> None:
        """Below what somebody wrote, in the thread where they wrote it."""
        relation = relation_of(event.content)
        content = made.message(text, notice=True)
        if relation.thread:
            content = made.in_thread(content, relation.thread, reply_to=event.id, about=event.id)
        else:
            content = made.in_reply(content, event.id)
        await self.say(event.room, content, "told", event.id)

    async def say(self, room_id: str, content: Content, *parts: object) -> str:
        """`parts` name what is said: the same ones say nothing twice."""
        return await self.session.send(room_id, "m.room.message", content, made.transaction(room_id, *parts))
