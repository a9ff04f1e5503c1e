"""All of it together, as one application on 127.0.0.1."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, Self

from aiohttp import web

from bot.clock import SystemClock
from tests.fake_discord.address import pointed_at
from tests.fake_discord.answering import Answering
from tests.fake_discord.call import Call
from tests.fake_discord.channels import Channels
from tests.fake_discord.faults import Faults
from tests.fake_discord.gateway import Gateway, Intent
from tests.fake_discord.guilds import Guilds
from tests.fake_discord.model import Guild, User
from tests.fake_discord.people import People
from tests.fake_discord.pulse import GUARD
from tests.fake_discord.rest import Rest
from tests.fake_discord.world import Clock, World

TOKEN = ".".join(("TestsOnlyTestsOnlyTestsOnly", "Fake00", "0" * 38))


class FakeDiscord(People):
    """`async with FakeDiscord.start(clock=clock) as discord:` — see the package for what tests can do with it."""

    def __init__(self, clock: Clock, token: str = TOKEN) -> None:
        world = World(clock)
        answering = Answering(world)
        super().__init__(world, answering)
        self._rest = Rest(world)
        self._routes = [*Guilds(world).routes(), *Channels(world).routes(), *answering.routes()]
        world.gateway.token = token

    @classmethod
    @asynccontextmanager
    async def start(cls, *, clock: Clock | None = None, port: int = 0) -> AsyncIterator[Self]:
        made = cls(clock or SystemClock())
        app = web.Application(client_max_size=128 << 20)
        app.router.add_get("/gateway", made.gateway.connect)
        app.router.add_get("/gateway/", made.gateway.connect)
        made._rest.add_to(app, made._routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        made._world.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield made
        finally:
            made.faults.open_gates()
            await made.gateway.close()
            await runner.cleanup()

    def patched(self) -> AbstractContextManager[None]:
        """Inside, every client of this process finds this Discord instead of the real one."""
        return pointed_at(self.url)

    # --- what there is

    @property
    def url(self) -> str:
        return self._world.url

    @property
    def token(self) -> str:
        return self.gateway.token

    @property
    def application_id(self) -> int:
        return self._world.application_id

    @property
    def bot_user(self) -> User:
        return self._world.bot_user

    @property
    def guilds(self) -> dict[int, Guild]:
        return self._world.guilds

    @property
    def gateway(self) -> Gateway:
        return self._world.gateway

    @property
    def problems(self) -> list[str]:
        """What the bot did wrong, in sentences; a test that does not expect any asserts that it is empty."""
        return self._world.problems

    @property
    def requests(self) -> list[Call]:
        return self._rest.requests

    @property
    def faults(self) -> Faults:
        return self._rest.faults

    def add_guild(self, name: str, *, with_bot: bool = True) -> Guild:
        """A server that belongs to somebody else; the bot is on it, with a role of its own."""
        guild = Guild(id=self._world.new_id(), name=name, home=self._world, owner_id=self._world.new_id())
        guild.add_everyone()
        self._world.guilds[guild.id] = guild
        if with_bot:
            guild.add_bot()
            self._world.guild_joined(guild)
        return guild

    def grant(self, *intents: Intent) -> None:
        """Switch privileged intents on, as one does in the developer portal."""
        for intent in intents:
            self.gateway.granted |= intent

    # --- the gateway

    @property
    def connections(self) -> int:
        """How many sessions began or were resumed so far."""
        return self.gateway.connections

    async def connected(self, within: float = GUARD) -> None:
        """Until a client is there; a process that has to start may be given longer."""
        await self.until(lambda: self.gateway.live, within)

    async def drop_gateway(self, code: int) -> None:
        await self.connected()
        await self.gateway.drop(code)

    async def invalidate_sessions(self) -> None:
        await self.connected()
        await self.gateway.invalidate()

    async def send_raw(self, event: str, data: Any) -> None:
        """An event as it stands, however wrong, to every session."""
        await self.connected()
        self.gateway.dispatch(event, data)

    async def until(self, predicate: Callable[[], object], within: float = GUARD) -> None:
        """Until this is true; looked at after every request and event. AssertionError after so many real seconds."""
        await self._world.pulse.until(predicate, within=within)
