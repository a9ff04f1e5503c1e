"""The rooms of the configuration as they are now: joined or not, encrypted or not, moved elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.chats.matrix.memory import Memory
from bot.chats.matrix.power import Powers, powers_of
from bot.chats.matrix.session import Session
from bot.chats.matrix.wire import path_of
from bot.errors import BotError, Gone, Permanent
from bot.settings import MatrixSettings

log = logging.getLogger(__name__)

_MOVES = 20
"""More upgrades in a row than any room has had: a circle of tombstones ends here."""


@dataclass(slots=True, kw_only=True)
class Room:
    """`ref` is how the configuration names it, `id` what it is now; `problem` says why no card can stand there."""

    ref: str
    language: str
    id: str = ""
    encrypted: bool = False
    problem: BotError | None = None
    wanted: str = ""  # the room it moved to, while we are not let in


@dataclass(slots=True)
class Rooms:
    """Nothing is done for other rooms, whoever invites us there."""

    settings: MatrixSettings
    memory: Memory
    session: Session
    known: dict[str, Room] = field(default_factory=dict)

    async def enter_all(self, refs: Iterable[str]) -> None:
        """A room that cannot be entered keeps its cards waiting, and no others."""
        for ref in refs:
            language = self.settings.languages.get(ref, self.settings.language)
            room = self.known.setdefault(ref, Room(ref=ref, language=language))
            await self.enter(room)

    async def enter(self, room: Room) -> None:
        """Find, join and look at a room; BotError only when the homeserver cannot be asked."""
        try:
            room.id = await self._join(room, await self._place(room))
            for _ in range(_MOVES):
                if not await self._followed(room):
                    break
            await self._look(room)
        except Permanent as error:
            self._refuse(room, error)

    def at(self, room_id: str) -> Room | None:
        return next((room for room in self.known.values() if room.id == room_id), None)

    def invited_to(self, room_id: str) -> Room | None:
        """The configured room that this invitation is for, if it is for one."""
        for room in self.known.values():
            if room_id in {room.id, room.wanted, room.ref} and room.problem is not None:
                return room
        return None

    def left(self, room_id: str) -> None:
        if room := self.at(room_id):
            where = f"The bot is not in the room {room.ref} any more; invite it again, or configure another room."
            self._refuse(room, Permanent(where))

    async def powers(self, room_id: str) -> Powers:
        create = await self.session.reading.create_event(room_id)
        levels = await self.session.reading.state(room_id, "m.room.power_levels")
        return powers_of(create.sender, create.content, levels)

    # --- steps

    async def _place(self, room: Room) -> str:
        moved = await self.memory.room(room.ref)
        if moved or room.ref.startswith("!"):
            return moved or room.ref
        answer = await self.session.wire.call(
            "GET", path_of("directory", "room", room.ref), doing=f"find the room {room.ref}"
        )
        return str(answer.get("room_id", ""))

    async def _join(self, room: Room, room_id: str) -> str:
        """Being there already is no trouble; without an invitation the homeserver says so."""
        try:
            await self.session.wire.call("POST", path_of("join", room_id), {}, doing=f"enter the room {room.ref}")
        except (Gone, Permanent) as error:
            room.id = room_id
            raise Permanent(f"The bot cannot enter the room {room.ref}; invite {self.session.me} there.") from error
        return room_id

    async def _followed(self, room: Room) -> bool:
        """Go where a room's tombstone points, if the new room says that it comes from here."""
        tombstone = await self.session.reading.state_event(room.id, "m.room.tombstone")
        successor = tombstone.content.get("replacement_room") if tombstone else None
        if tombstone is None or not isinstance(successor, str) or successor == room.id:
            return False
        if not (await self.powers(room.id)).may(tombstone.sender, "m.room.tombstone", state=True):
            return False
        room.wanted = successor
        await self._join(Room(ref=room.ref, language=room.language), successor)
        create = await self.session.reading.create_event(successor)
        predecessor = create.content.get("predecessor")
        if not isinstance(predecessor, dict) or predecessor.get("room_id") != room.id:
            raise Permanent(f"The room {room.ref} points to {successor}, which does not come from it; configure one.")
        log.warning("%s has moved to %s", room.ref, successor, extra={"action": "room_moved"})
        await self.memory.save_room(room.ref, successor)
        room.id, room.wanted = successor, ""
        return True

    async def _look(self, room: Room) -> None:
        room.encrypted = bool(await self.session.reading.state(room.id, "m.room.encryption"))
        if room.encrypted and self.session.no_crypto is not None:
            raise Permanent(f"The room {room.ref} is encrypted; {str(self.session.no_crypto).rstrip('.')}.")
        room.problem = None

    def _refuse(self, room: Room, error: BotError) -> None:
        if str(room.problem) != str(error):
            log.error("%s", error, extra={"action": "room_refused"})
        room.problem = error
