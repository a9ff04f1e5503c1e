"""Implements `ports.Chat` on Matrix.

The connection is supervised: whatever ends it, a new one is made, except when the homeserver refuses the token; then
this platform stops with one sentence, and the rest of the bot goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.chats.line import Line
from bot.chats.matrix.cards import Cards
from bot.chats.matrix.catching_up import CatchingUp
from bot.chats.matrix.checking import check
from bot.chats.matrix.device import Device
from bot.chats.matrix.ears import Ears
from bot.chats.matrix.encrypted import Connect
from bot.chats.matrix.front import NAME, Front
from bot.chats.matrix.listening import Listening
from bot.chats.matrix.memory import Memory
from bot.chats.matrix.payload import Event
from bot.chats.matrix.people import Crowd, may_decide
from bot.chats.matrix.rooms import Room, Rooms
from bot.chats.matrix.session import Session
from bot.chats.matrix.standing import Standings
from bot.domain.card import Card, Digest, Post
from bot.domain.gesture import Gesture, Notice, Person
from bot.errors import BotError, ConfigError, Permanent, Temporary, Unauthorised
from bot.ports import Clock, Finding, Limits, Store
from bot.settings import MatrixSettings

log = logging.getLogger(__name__)

_SETTLING = timedelta(seconds=3)
_STEADY = timedelta(minutes=5)
_LONGEST_PAUSE = 300.0
_UP_SECONDS = 15.0


class MatrixChat:
    """`rooms` are all that routes name, besides the configured one; `connect` makes clients that encrypt.

    A reaction counts when the card has not changed for `settling`: before that, it may mean what stood there earlier.
    """

    name = NAME
    limits = Limits(text=12_000, buttons=False, durable=True)

    def __init__(
        self,
        settings: MatrixSettings,
        device: Device,
        *,
        store: Store,
        clock: Clock,
        rooms: Sequence[str] = (),
        connect: Connect | None = None,
        settling: timedelta = _SETTLING,
    ) -> None:
        self.home = settings.room
        self.channels = frozenset({self.home, *rooms})
        self.language: str = settings.language
        self._settings = settings
        self._device = device
        self._clock = clock
        self._memory = Memory(store, clock)
        self._connect_encrypted = connect
        self._settling = settling
        self._line = Line()
        self._crowd = Crowd(clock)
        self._front: Front | None = None
        self._up = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[None]] = set()
        self._failure: BotError | None = None

    # --- the port

    async def open(self) -> None:
        """Begin to connect; others need not wait for it."""
        logging.getLogger("nio").setLevel(logging.ERROR)  # it warns of every event that it does not know
        self._supervisor = asyncio.create_task(self._supervise(), name="matrix")

    async def close(self) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor
        self._line.close()

    async def may_decide(self, person: Person) -> bool:
        return await may_decide(person, self._settings, (await self._connected()).rooms)

    async def check(self) -> list[Finding]:
        encrypts = self._connect_encrypted is not None
        refs = sorted(self.channels)
        return await check(self._settings, self._device, refs, self._clock, self._memory, encrypts=encrypts)

    async def post(self, channel: str, card: Card, key: str, since: datetime | None = None) -> str:
        front, room = await self._place(channel)
        return await Cards(front, self._clock).post(room, card, key, since)

    async def edit(self, post: Post, card: Card) -> None:
        front, room = await self._place(post.channel)
        await Cards(front, self._clock).edit(room, post, card)

    async def digest(self, digest: Digest, cards: Sequence[Card], total: int) -> str:
        front, room = await self._place(digest.channel)
        return await Cards(front, self._clock).digest(room, digest, cards, total)

    async def alert(self, channel: str, text: str, key: str) -> None:
        front, room = await self._place(channel)
        await Cards(front, self._clock).alert(room, text, key)

    def gestures(self) -> AsyncIterator[Gesture]:
        return self._line.gestures()

    async def acknowledge(self, gesture: Gesture, notice: Notice) -> None:
        self._line.answer(gesture, notice)

    # --- where we are

    async def _connected(self) -> Front:
        """Temporary while there is no connection; the reason when there will be none."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_UP_SECONDS):
                await self._up.wait()
        if self._failure is not None:
            raise self._failure
        if self._front is None:
            raise Temporary("Matrix is not connected; it is tried again.")
        return self._front

    async def _place(self, channel: str) -> tuple[Front, Room]:
        front = await self._connected()
        room = front.rooms.known[channel]
        if room.problem is not None:
            raise room.problem
        return front, room

    # --- supervision

    async def _supervise(self) -> None:
        failures = 0
        while self._failure is None:
            begun = self._clock.now()
            try:
                await self._connect()
            except* (Unauthorised, ConfigError) as group:
                self._failure = _first(group)
            except* Exception as group:  # noqa: BLE001  anything: an answer that the library cannot read ends it too
                failures = 0 if self._clock.now() - begun > _STEADY else failures
                pause = min(2.0**failures, _LONGEST_PAUSE)
                failures += 1
                error = _leaf(group)
                reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
                log.warning("the connection to the homeserver ended (%s); a new one in %.0f s", reason, pause)
                await self._clock.sleep(pause)
        log.error("%s", self._failure, extra={"action": "matrix_stopped"})
        self._line.close(self._failure)
        self._up.set()  # whoever waits for a connection is told why there will be none

    async def _connect(self) -> None:
        """One connection, from login to its end."""
        session = Session(self._settings.homeserver, self._device, self._clock, self._connect_encrypted)
        try:
            await session.begin(self._expected(), self._heard_late, self._lost)
            front = self._front_of(session)
            ears = Ears(front)
            catching_up = CatchingUp(front, ears.reactions)
            listening = Listening(front=front, ears=ears, catching_up=catching_up, memory=self._memory)
            await front.rooms.enter_all(sorted(self.channels))
            since, batch = await listening.first()
            self._front = front
            self._up.set()
            await listening.run(since, batch)
        finally:
            self._up.clear()
            self._front = None
            await session.close()

    def _expected(self) -> Device:
        user, device = self._settings.user_id or "", self._settings.device_id or ""
        return Device(token="", user_id=user or self._device.user_id, device_id=device or self._device.device_id)

    def _front_of(self, session: Session) -> Front:
        return Front(
            settings=self._settings,
            session=session,
            rooms=Rooms(self._settings, self._memory, session),
            standings=Standings(session, self._settling),
            line=self._line,
            crowd=self._crowd,
            clock=self._clock,
        )

    # --- encrypted rooms

    def _heard_late(self, event: Event) -> None:
        """A message whose key came after it."""
        if self._front and (room := self._front.rooms.at(event.room)):
            self._keep(asyncio.create_task(Ears(self._front).hear(room, event)))

    def _lost(self, event: Event) -> None:
        if self._front and (room := self._front.rooms.at(event.room)):
            self._keep(asyncio.create_task(Ears(self._front).lost(room, event)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._late.add(task)
        task.add_done_callback(self._late.discard)


def _leaf(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _first(group: BaseExceptionGroup[BotError]) -> BotError:
    leaf = _leaf(group)
    return leaf if isinstance(leaf, BotError) else Permanent(str(leaf))
