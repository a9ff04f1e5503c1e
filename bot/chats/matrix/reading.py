"""What a homeserver can be asked about its rooms: events, their relations, and the state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from nio import AsyncClient, MegolmEvent
from nio.exceptions import EncryptionError

from bot.chats.matrix.payload import Event, event_of
from bot.chats.matrix.wire import Answer, Wire, path_of
from bot.errors import Permanent

_PAGE = "100"


class Reading:
    """Events come decrypted when `client` has their keys."""

    def __init__(self, wire: Wire, client: AsyncClient) -> None:
        self.wire = wire
        self._client = client
        self._created: dict[str, Event] = {}

    async def event(self, room: str, event: str) -> Event | None:
        """None when the room has no such event, or not for us."""
        path = path_of("rooms", room, "event", event)
        accept = {"M_NOT_FOUND", "M_FORBIDDEN"}
        source = await self.wire.call("GET", path, doing="show a message", accept=accept)
        return self.event_from(room, source)

    async def between(self, room: str, gap_from: str, since: str, *, most: int) -> list[Event]:
        """The events between two syncs, oldest first."""
        path, query = path_of("rooms", room, "messages"), {"dir": "b", "limit": _PAGE, "to": since}
        sources = self.wire.pages(path, doing="read the room's history", query=query, most=most, begin=gap_from)
        return [event async for source in sources if (event := self.event_from(room, source))][::-1]

    async def history(self, room: str, *, most: int) -> AsyncIterator[Event]:
        """The newest events first."""
        path, query = path_of("rooms", room, "messages"), {"dir": "b", "limit": _PAGE}
        async for source in self.wire.pages(path, doing="read the room's history", query=query, most=most):
            if event := self.event_from(room, source):
                yield event

    async def relations(self, room: str, event: str, kind: str = "") -> AsyncIterator[Event]:
        """What refers to an event, in the order of the room, newest first."""
        parts = ("rooms", room, "relations", event, kind) if kind else ("rooms", room, "relations", event)
        query = {"dir": "b", "limit": _PAGE}
        path = path_of(*parts, version="v1")
        async for source in self.wire.pages(path, doing="tell what refers to a card", query=query, most=20):
            if found := self.event_from(room, source):
                yield found

    async def state(self, room: str, kind: str, key: str = "") -> Answer:
        """The content of a state event; empty when there is none."""
        path = f"{path_of('rooms', room, 'state', kind)}/{quote(key, safe='')}"
        return await self.wire.call("GET", path, doing=f"show {kind} of a room", accept={"M_NOT_FOUND"})

    async def state_event(self, room: str, kind: str) -> Event | None:
        """A state event with its sender, out of all of them: not every server tells a sender of a single one."""
        path = path_of("rooms", room, "state")
        found = await self.wire.call("GET", path, doing="show the state of a room")
        events = (event_of(room, source) for source in found.get("chunk", ()))
        return next((event for event in events if event and event.kind == kind and event.state_key == ""), None)

    async def create_event(self, room: str) -> Event:
        """It never changes."""
        if room not in self._created:
            event = await self.state_event(room, "m.room.create")
            if event is None:
                raise Permanent(f"The homeserver shows no beginning of the room {room}; configure another one.")
            self._created[room] = event
        return self._created[room]

    def event_from(self, room: str, source: Answer) -> Event | None:
        """An event, decrypted when it can be."""
        if source.get("type") == "m.room.encrypted" and self._client.olm is not None:
            source = self._decrypted(room, source)
        return event_of(room, source)

    def _decrypted(self, room: str, source: Answer) -> Answer:
        event = MegolmEvent.from_dict({**source, "room_id": room})
        if not isinstance(event, MegolmEvent):
            return source
        try:
            decrypted = self._client.decrypt_event(event)
        except EncryptionError:
            return source
        return {**source, **decrypted.source}
