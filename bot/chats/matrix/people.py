"""Who acts on Matrix, who of them may decide, and whom we have told what."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chats.matrix.rooms import Rooms
from bot.domain.gesture import Person
from bot.ports import Clock
from bot.settings import MatrixSettings

PREFIX = "matrix:"
_MOST = 30
_WINDOW = timedelta(minutes=1)
_REMEMBERED = 10_000


def person_of(user: str, room_id: str) -> Person:
    """By the full id, also as the name: names that are displayed can be chosen by anybody. The role is the room."""
    return Person(id=f"{PREFIX}{user}", name=user, roles=(room_id,))


async def may_decide(person: Person, settings: MatrixSettings, rooms: Rooms) -> bool:
    """Whether the configuration names this person, and the room they act in has them at this moment."""
    user = person.id.removeprefix(PREFIX)
    if user == person.id or user not in settings.reviewers or len(person.roles) != 1:
        return False
    room_id = person.roles[0]
    member = await rooms.session.reading.state(room_id, "m.room.member", user)
    if member.get("membership") != "join":
        return False
    return settings.min_power is None or (await rooms.powers(room_id)).of(user) >= settings.min_power


@dataclass(slots=True)
class Crowd:
    """Nobody is told twice that they may not decide, and nobody is served without end."""

    clock: Clock
    _told: OrderedDict[tuple[str, str, str], None] = field(default_factory=OrderedDict)
    _acts: dict[str, deque[datetime]] = field(default_factory=dict)

    def first_time(self, room: str, user: str, what: str = "") -> bool:
        place = (room, user, what)
        if place in self._told:
            return False
        self._told[place] = None
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        return True

    def too_many(self, user: str) -> bool:
        """Whether this one act more is too many within a minute, as those of two bots that answer each other are."""
        now = self.clock.now()
        self._acts = {who: acts for who, acts in self._acts.items() if now - acts[-1] < _WINDOW}
        acts = self._acts.setdefault(user, deque(maxlen=_MOST))
        full = len(acts) == _MOST and now - acts[0] < _WINDOW
        if not full:
            acts.append(now)
        return full
