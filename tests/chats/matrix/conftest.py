"""A team on a real homeserver: the real chat, services and store, and people who react, reply and command.

Numbers in names of tests are those of the list of hostile conditions that the project keeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.chats.matrix import Device, MatrixChat
from bot.chats.matrix.content import CARD
from bot.chats.matrix.encrypted import Connect
from bot.chats.matrix.people import person_of
from bot.domain.review import Draft, Review, State
from bot.errors import BotError
from bot.settings import MatrixSettings
from tests.chats.matrix.proxy import Proxy, proxy_to
from tests.doubles import ManualClock
from tests.synapse.homeserver import Homeserver
from tests.synapse.person import ROOM_VERSIONS, Event, Person
from tests.world import World


class FlyingClock(ManualClock):
    """Whoever waits some seconds has waited them at once; only long waits need somebody to move the clock."""

    LONG = 100.0

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        if seconds >= self.LONG:
            await super().sleep(seconds)
            return
        self.waits.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(min(seconds, 0.02))


@pytest.fixture
def clock() -> FlyingClock:
    return FlyingClock()


@dataclass
class Team:
    """Alice and Bob decide, Mallory does not; `room` is where the cards come; `proxy` is all that the bot sees."""

    world: World
    homeserver: Homeserver
    proxy: Proxy
    bot: Person
    alice: Person
    bob: Person
    mallory: Person
    room: str
    settings: MatrixSettings
    chat: MatrixChat
    settling: timedelta
    connect: Connect | None = None
    serving: asyncio.Task[None] | None = None
    failures: list[BotError] = field(default_factory=list)

    async def start(self, *, wait: bool = True) -> None:
        """A process begins: nothing of an earlier one is left but the store."""
        self.chat = MatrixChat(
            self.settings,
            Device(token=self.bot.token),
            store=self.world.store,
            clock=self.world.clock,
            rooms=list(self.settings.languages),
            settling=self.settling,
            connect=self.connect,
        )
        self.world.use_chats(self.chat)
        await self.chat.open()
        self.serving = asyncio.create_task(self.world.desk.attend(self.chat))
        if wait:
            await self.connected()

    async def connected(self) -> bool:
        """Whether the bot listens, as soon as that can be said."""
        try:
            return await self.chat.may_decide(person_of(self.alice.user_id, self.room))
        except BotError:
            return False

    async def stop(self) -> None:
        if self.serving is not None:
            self.serving.cancel()
            await asyncio.gather(self.serving, return_exceptions=True)
            self.serving = None
        await self.chat.close()

    async def card(self, number: int = 1, text: str = "Please restart it.", **fields: Any) -> tuple[Review, str]:
        """A review that waits, and the event of its card."""
        review = await self.world.review_in(State.PENDING, number=number, text=text, **fields)
        await self.world.posting(review.id)
        return review, await self.event_of(review)

    async def event_of(self, review: Review) -> str:
        async with self.world.store.read() as tx:
            (post,) = [post for post in await tx.posts(review.id) if post.chat == "matrix" and post.id]
        return post.id.partition("/")[2]

    async def shown(self, event: str, room: str = "") -> dict[str, Any]:
        """What people see there now: the last edit by the bot itself, as clients have it."""
        room = room or self.room
        edits = [e for e in await self.alice.relations(room, event, "m.replace") if e["sender"] == self.bot.user_id]
        content = (await self.alice.event(room, event))["content"]
        found: dict[str, Any] = edits[-1]["content"]["m.new_content"] if edits else content
        return found

    async def work(self) -> None:
        """Carry out the jobs that were made, as the engine would, until there are none."""
        jobs = self.world.jobs
        while jobs:
            job = jobs.pop(0)
            try:
                await self.world.carry_out(job)
            except BotError as error:
                self.failures.append(error)

    async def told(self, event: str, room: str = "") -> str:
        """What the bot says to what an event asked for."""
        found = await self.alice.until(room or self.room, lambda e: self._answers(e, event))
        return str(found["content"]["body"])

    def _answers(self, event: Event, asked: str) -> bool:
        if event["sender"] != self.bot.user_id or event["content"].get("msgtype") != "m.notice":
            return False
        relates = event["content"].get("m.relates_to", {})
        return asked in {relates.get(f"{CARD}.about"), relates.get("m.in_reply_to", {}).get("event_id")}

    async def quiet(self, room: str = "") -> None:
        """Everything before this has been heard: what is said now is answered after it."""
        await self.told(await self.bob.say(room or self.room, "!gpt help"), room)

    async def notices(self, room: str = "") -> list[str]:
        events = await self.alice.messages(room or self.room)
        ours = [e["content"] for e in events if e["sender"] == self.bot.user_id]
        return [content["body"] for content in ours if content.get("msgtype") == "m.notice"]

    async def cards(self, room: str = "") -> list[Event]:
        """The cards of a room, edits not counted."""
        events = await self.alice.messages(room or self.room)
        mine = [e for e in events if e["sender"] == self.bot.user_id and CARD in e["content"]]
        return [e for e in mine if e["content"].get("m.relates_to", {}).get("rel_type") != "m.replace"]

    async def state(self, review: Review) -> State:
        return (await self.world.reload(review)).state

    async def draft(self, review: Review) -> Draft:
        return await self.world.draft(await self.world.reload(review))

    def sent(self) -> list[str]:
        """The bodies that reached the tracker."""
        return [body for _, body in self.world.tracker.replies]


@asynccontextmanager
async def team_on(
    homeserver: Homeserver, world: World, *, version: str = "12", settling: float = 0, **settings: Any
) -> AsyncIterator[Team]:
    """The chat is connected when this begins; `settings` are those of [matrix]."""
    bot, alice, bob, mallory = [await homeserver.user(name) for name in ("gepettto", "alice", "bob", "mallory")]
    room = await alice.create_room(bot, bob, mallory, version=version)
    async with proxy_to(homeserver.url) as proxy:
        given = {"homeserver": proxy.url, "room": room, "reviewers": [alice.user_id, bob.user_id], **settings}
        configured = MatrixSettings(**given)
        device = Device(token=bot.token)
        chat = MatrixChat(configured, device, store=world.store, clock=world.clock)
        team = Team(
            world=world, homeserver=homeserver, proxy=proxy, bot=bot, alice=alice, bob=bob, mallory=mallory, room=room,
            settings=configured, chat=chat, settling=timedelta(seconds=settling),
        )  # fmt: skip
        async with AsyncExitStack() as stack:
            await team.start()
            stack.push_async_callback(team.stop)
            yield team


@pytest.fixture
async def team(homeserver: Homeserver, world: World) -> AsyncIterator[Team]:
    async with team_on(homeserver, world) as made:
        yield made


@pytest.fixture(params=ROOM_VERSIONS)
async def team_of_each_version(
    request: pytest.FixtureRequest, homeserver: Homeserver, world: World
) -> AsyncIterator[Team]:
    async with team_on(homeserver, world, version=request.param) as made:
        yield made
