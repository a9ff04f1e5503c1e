"""The gateway: sessions that outlive their connections, and events according to intents."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

from aiohttp import WSMsgType, web

from tests.fake_discord.components import Json
from tests.fake_discord.pulse import Pulse

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, INVALID, HELLO, ACK = 0, 1, 2, 3, 6, 9, 10, 11
_ENDED = frozenset({1000, 1001})
"""A client that closes with these codes gives its session up."""
_FATAL = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
_REMEMBERED = 5000
"""Events kept for a session that might be resumed."""


class Intent(IntFlag):
    """What a session wants to hear of."""

    ALWAYS = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT


@dataclass(eq=False, slots=True)
class Connection:
    """One WebSocket; an int in the outbox closes it with that code."""

    socket: web.WebSocketResponse
    outbox: asyncio.Queue[str | int] = field(default_factory=asyncio.Queue)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    session: Session | None = None

    def send(self, op: int, data: Any) -> None:
        self.outbox.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    def close(self, code: int) -> None:
        self.outbox.put_nowait(code)

    async def pump(self) -> None:
        while isinstance(said := await self.outbox.get(), str):
            with suppress(ConnectionError):  # a killed client: its session waits to be resumed
                await self.socket.send_str(said)
        await self.socket.close(code=said)


@dataclass(eq=False, slots=True)
class Session:
    """What one identified client has been told, by number."""

    id: str
    intents: Intent
    connection: Connection | None
    number: int = 0
    events: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def tell(self, event: str, data: str) -> None:
        self.number += 1
        text = f'{{"op":0,"t":"{event}","s":{self.number},"d":{data}}}'
        self.events.append((self.number, text))
        if self.connection is not None:
            self.connection.outbox.put_nowait(text)

    def missed(self, after: int) -> list[str] | None:
        """The events after this number; None when some of them are no longer known."""
        first = self.events[0][0] if self.events else self.number + 1
        return None if after < first - 1 or after > self.number else [text for n, text in self.events if n > after]


class Gateway:
    """`connections` counts the sessions that began or were resumed."""

    def __init__(self, pulse: Pulse, ready: Callable[[Session], Iterable[tuple[str, Json]]]) -> None:
        self.token = ""
        self.granted = Intent.ALWAYS
        """The privileged intents that are switched on for the application."""
        self.acknowledges = True
        """False: heartbeats are taken and never answered."""
        self.heartbeat_seconds = 41.25
        self.connections = 0
        self._pulse = pulse
        self._ready = ready
        self._sessions: dict[str, Session] = {}
        self._open: set[Connection] = set()

    @property
    def live(self) -> list[Session]:
        return [session for session in self._sessions.values() if session.connection is not None]

    # --- events

    def dispatch(self, event: str, data: Json, needs: Intent = Intent.ALWAYS, *, reduced: Json | None = None) -> None:
        """To all sessions that want it; `reduced` is for those without the Message Content intent."""
        full = less = ""
        for session in self._sessions.values():
            if needs not in session.intents:
                continue
            if reduced is not None and Intent.MESSAGE_CONTENT not in session.intents:
                less = less or json.dumps(reduced)
                session.tell(event, less)
            else:
                full = full or json.dumps(data)
                session.tell(event, full)
        self._pulse.beat()

    async def drop(self, code: int) -> None:
        """Close every connection with this code; sessions stay unless the code ends them."""
        ending = [session.connection for session in self.live if session.connection is not None]
        for connection in ending:
            self._detach(connection, code)
            connection.close(code)
        for connection in ending:
            await connection.ended.wait()

    async def invalidate(self) -> None:
        """Every session is forgotten, and those that are connected are told so."""
        live = self.live
        self._sessions.clear()
        for session in live:
            assert session.connection is not None
            session.connection.session = None
            session.connection.send(INVALID, False)

    async def close(self) -> None:
        for connection in list(self._open):
            connection.close(1001)
        for connection in list(self._open):
            await connection.ended.wait()

    # --- one connection

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=0)
        await socket.prepare(request)
        connection = Connection(socket)
        self._open.add(connection)
        pump = asyncio.create_task(connection.pump())
        connection.send(HELLO, {"heartbeat_interval": int(self.heartbeat_seconds * 1000)})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(connection, message.data)
                    self._pulse.beat()
        finally:
            self._detach(connection, socket.close_code or 1006)
            self._open.discard(connection)
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump
            connection.ended.set()
            self._pulse.beat()
        return socket

    def _detach(self, connection: Connection, code: int) -> None:
        session = connection.session
        if session is None:
            return
        connection.session = None
        if session.connection is connection:
            session.connection = None
        if code in _ENDED | _FATAL:
            self._sessions.pop(session.id, None)

    def _heard(self, connection: Connection, text: str) -> None:
        try:
            said = json.loads(text)
            op, data = said["op"], said.get("d")
        except (ValueError, KeyError, TypeError, AttributeError):
            connection.close(4002)
            return
        if op == HEARTBEAT:
            if self.acknowledges:
                connection.send(ACK, None)
        elif op == IDENTIFY:
            self._identify(connection, data)
        elif op == RESUME:
            self._resume(connection, data)
        elif op != PRESENCE:
            connection.close(4001)
        elif connection.session is None:
            connection.close(4003)

    def _identify(self, connection: Connection, data: Any) -> None:
        intents = Intent(data.get("intents", 0) & sum(Intent))
        if connection.session is not None:
            connection.close(4005)
        elif data.get("token") != self.token:
            connection.close(4004)
        elif "intents" not in data:
            connection.close(4013)
        elif intents & PRIVILEGED & ~self.granted:
            connection.close(4014)
        else:
            # A killed client never comes back for its old session; nobody need remember events for it.
            self._sessions = {one.id: one for one in self.live}
            session = Session(uuid.uuid4().hex, intents, connection)
            connection.session = session
            for event, told in self._ready(session):
                session.tell(event, json.dumps(told))
            self._sessions[session.id] = session
            self.connections += 1

    def _resume(self, connection: Connection, data: Any) -> None:
        session = self._sessions.get(data.get("session_id") or "")
        missed = session.missed(data.get("seq") or 0) if session else None
        if data.get("token") != self.token:
            connection.close(4004)
        elif session is None or missed is None:
            connection.send(INVALID, False)
        else:
            if session.connection is not None:  # the same client, whose old connection is dead without our knowing
                session.connection.session = None
                session.connection.close(4000)
            session.connection = connection
            connection.session = session
            for text in missed:
                connection.outbox.put_nowait(text)
            session.tell("RESUMED", "{}")
            self.connections += 1
