"""Somebody with an account, acting through plain HTTP: what a client would send, and nothing a library would add."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession

from tests.synapse.requests import call

Event = dict[str, Any]
ROOM_VERSIONS = ("11", "12")
"""The version before, and the one that has creators above all power levels."""

_ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
_SECONDS_TO_ARRIVE = 20
_POLL_MS = "10000"


class Person:
    """An account on one device; rooms and events are named by their ids."""

    def __init__(
        self, session: ClientSession, server: str, user_id: str, device_id: str, token: str, password: str
    ) -> None:
        self.server, self.user_id, self.device_id = server, user_id, device_id
        self.token, self.password = token, password
        self._session = session

    async def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **params: str
    ) -> dict[str, Any]:
        """A request to the client-server API; `path` is what follows /_matrix/client."""
        url = f"{self.server}/_matrix/client{path}"
        return await call(self._session, method, url, body, token=self.token, params=params)

    async def _post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return await self.request("POST", f"/v3{path}", body or {})

    # --- rooms

    async def create_room(
        self,
        *people: Person,
        version: str = "12",
        name: str = "Support",
        encrypted: bool = False,
        join: bool = True,
        **options: Any,
    ) -> str:
        """A private room with these people in it, or only invited; `options` go into the request as they are."""
        body = {"room_version": version, "name": name, "preset": "private_chat", **options}
        body["invite"] = [person.user_id for person in people]
        body["initial_state"] = [*options.get("initial_state", []), *([_ENCRYPTION] if encrypted else [])]
        room: str = (await self._post("/createRoom", body))["room_id"]
        for person in people if join else ():
            await person.join(room)
        return room

    async def join(self, room: str) -> None:
        await self._post(f"/join/{quote(room)}")

    async def leave(self, room: str) -> None:
        await self._post(f"/rooms/{quote(room)}/leave")

    async def invite(self, room: str, who: str) -> None:
        await self._post(f"/rooms/{quote(room)}/invite", {"user_id": who})

    async def kick(self, room: str, who: str) -> None:
        await self._post(f"/rooms/{quote(room)}/kick", {"user_id": who})

    async def ban(self, room: str, who: str) -> None:
        await self._post(f"/rooms/{quote(room)}/ban", {"user_id": who})

    async def unban(self, room: str, who: str) -> None:
        await self._post(f"/rooms/{quote(room)}/unban", {"user_id": who})

    async def upgrade(self, room: str, version: str = "12") -> str:
        """Leaves a tombstone behind; the id of the new room."""
        made = await self._post(f"/rooms/{quote(room)}/upgrade", {"new_version": version})
        return str(made["replacement_room"])

    async def joined_rooms(self) -> list[str]:
        rooms: list[str] = (await self.request("GET", "/v3/joined_rooms"))["joined_rooms"]
        return rooms

    # --- state

    async def state(self, room: str, kind: str, key: str = "") -> dict[str, Any]:
        return await self.request("GET", f"/v3/rooms/{quote(room)}/state/{kind}/{quote(key)}")

    async def set_state(self, room: str, kind: str, content: Mapping[str, Any], key: str = "") -> str:
        path = f"/v3/rooms/{quote(room)}/state/{kind}/{quote(key)}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def set_levels(self, room: str, **changes: Any) -> None:
        """Change the room's power levels: `users={...}`, `events={...}`, `events_default=50`."""
        levels = await self.state(room, "m.room.power_levels")
        await self.set_state(room, "m.room.power_levels", {**levels, **changes})

    # --- events

    async def send(self, room: str, kind: str, content: Mapping[str, Any], txn: str = "") -> str:
        path = f"/v3/rooms/{quote(room)}/send/{kind}/{txn or uuid.uuid4().hex}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def say(self, room: str, body: str, **content: Any) -> str:
        return await self.send(room, "m.room.message", {"msgtype": "m.text", "body": body, **content})

    async def reply(self, room: str, to: str, body: str, **content: Any) -> str:
        relation = {"m.relates_to": {"m.in_reply_to": {"event_id": to}}}
        return await self.say(room, body, **relation, **content)

    async def reply_in_thread(self, room: str, root: str, body: str, **content: Any) -> str:
        fallback = {"is_falling_back": True, "m.in_reply_to": {"event_id": root}}
        relation = {"m.relates_to": {"rel_type": "m.thread", "event_id": root, **fallback}}
        return await self.say(room, body, **relation, **content)

    async def edit(self, room: str, event: str, body: str, **content: Any) -> str:
        """Replace the text of an event, as clients do: also of somebody else's, which no client shows."""
        new = {"m.new_content": {"msgtype": "m.text", "body": body, **content}}
        return await self.say(
            room, f"* {body}", **new, **{"m.relates_to": {"rel_type": "m.replace", "event_id": event}}
        )

    async def react(self, room: str, event: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return await self.send(room, "m.reaction", {"m.relates_to": relation})

    async def redact(self, room: str, event: str) -> str:
        path = f"/v3/rooms/{quote(room)}/redact/{quote(event)}/{uuid.uuid4().hex}"
        return str((await self.request("PUT", path, {}))["event_id"])

    # --- reading

    async def event(self, room: str, event: str) -> Event:
        return await self.request("GET", f"/v3/rooms/{quote(room)}/event/{quote(event)}")

    async def messages(self, room: str, limit: int = 200) -> list[Event]:
        """The room's events, oldest first."""
        path = f"/v3/rooms/{quote(room)}/messages"
        chunk: list[Event] = (await self.request("GET", path, dir="b", limit=str(limit)))["chunk"]
        return chunk[::-1]

    async def relations(self, room: str, event: str, kind: str = "") -> list[Event]:
        """What refers to an event (`kind` such as "m.annotation"), oldest first."""
        path = f"/v1/rooms/{quote(room)}/relations/{quote(event)}" + (f"/{kind}" if kind else "")
        chunk: list[Event] = (await self.request("GET", path, limit="200"))["chunk"]
        return chunk[::-1]

    async def until(self, room: str, wanted: Callable[[Event], bool]) -> Event:
        """The first event of the room that is wanted, whether it stands there already or is still to come."""
        async with asyncio.timeout(_SECONDS_TO_ARRIVE):
            since = ""
            while True:
                events, since = await self._new_events(room, since)
                for event in events:
                    if wanted(event):
                        return event

    async def _new_events(self, room: str, since: str) -> tuple[Sequence[Event], str]:
        if not since:
            synced = await self.request("GET", "/v3/sync", filter='{"room":{"timeline":{"limit":1}}}')
            return await self.messages(room), str(synced["next_batch"])
        synced = await self.request("GET", "/v3/sync", since=since, timeout=_POLL_MS)
        joined = synced.get("rooms", {}).get("join", {}).get(room, {})
        return joined.get("timeline", {}).get("events", []), str(synced["next_batch"])
