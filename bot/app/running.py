"""The bot itself: engine, chats, desk and trackers, from start to stop."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from bot import health
from bot.app.commands import lessons_of, nothing_shown, refresh_knowledge
from bot.app.parts import Parts, audience_of, chats_of, open_parts, pace_of
from bot.app.watching import Watch
from bot.domain.audience import Audience
from bot.engine import Engine, Handler
from bot.errors import BotError, ConfigError, Temporary
from bot.ports import Chat, Clock, JobKind
from bot.services.alerts import Alerts, Troubles
from bot.services.calling import Calling
from bot.services.channels import Channels
from bot.services.deciding import Deciding
from bot.services.delivery import Delivery
from bot.services.desk import Desk
from bot.services.drafting import Drafting
from bot.services.followups import FollowUps
from bot.services.intake import Intake
from bot.services.lessons import Lessons
from bot.services.pacing import Pacing
from bot.services.posting import Posting
from bot.services.retry import Patience
from bot.services.revisiting import Revisiting
from bot.settings import Settings

log = logging.getLogger(__name__)

_PACE_SECONDS = 2.0
"""Between two looks at the cards that wait for their turn."""

_LESSONS_SECONDS = 60.0
"""Between two looks at the replies that were sent and not learned from yet."""


async def demo(settings: Settings) -> None:
    """`gepettto demo`: the same bot, on the embedded parts of config/demo.toml."""
    await run(settings)


async def run(settings: Settings, *, backfill: int = 0) -> None:
    """`gepettto run`: until SIGTERM or SIGINT, or until the terminal's person leaves."""
    async with open_parts(settings) as parts:
        if len(parts.trackers) == 1:
            raise ConfigError(f"{settings.path}: no tracker is configured; add a [gitlab] or a [folder] section.")
        if settings.terminal is None and settings.discord is None and settings.matrix is None:
            raise ConfigError(
                f"{settings.path}: no chat is configured, so nobody could decide; "
                "add a [discord], a [matrix] or a [terminal] section."
            )
        await parts.store.lock_for_running()
        await refresh_knowledge(parts, nothing_shown)
        async with start(parts, durations_of(settings), backfill=backfill) as bot:
            await bot.until_stopped()


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long things may take. `grace` must exceed any tracker's total limit for one request."""

    lease: timedelta = timedelta(seconds=60)
    drafting: timedelta = timedelta(minutes=10)
    grace: timedelta = timedelta(seconds=90)
    looks: tuple[timedelta, ...] = ()


def durations_of(settings: Settings) -> Durations:
    """Derived from the configured limits of single requests."""
    request = settings.gitlab.timeout if settings.gitlab else 1.0
    model = settings.model.timeout if settings.model else 0.0
    return Durations(
        drafting=timedelta(seconds=60 + 3 * model + 10 * request),
        grace=timedelta(seconds=3 * request),
        # 2, 8 and 30 seconds with the usual limit: a server known to be slow may also show a note late.
        looks=tuple(timedelta(seconds=request * share) for share in (1 / 15, 4 / 15, 1)),
    )


@dataclass(slots=True, kw_only=True)
class Bot:
    """A started bot, ready to serve."""

    clock: Clock
    chats: Sequence[Chat]
    desk: Desk
    pacing: Pacing
    lessons: Lessons
    alerts: Alerts
    watches: Sequence[Watch]
    sweeper: asyncio.Task[None]
    calling: Calling | None = None

    async def until_stopped(self) -> None:
        """Serve until a signal comes, a part fails that must not, or the last chat is left."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        tasks: list[asyncio.Task[None]] = [asyncio.create_task(watch.run()) for watch in self.watches]
        tasks += [self.sweeper, asyncio.create_task(self._beat()), asyncio.create_task(_wait(stop))]
        if self.calling is not None:
            tasks.append(asyncio.create_task(self.calling.run()))
        tasks += [asyncio.create_task(self._keep_learning())]
        if self.chats:
            tasks += [asyncio.create_task(self._attend()), asyncio.create_task(self._keep_pace())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _attend(self) -> None:
        """Until every chat is left; the failure of the last one that is left over is the bot's own."""
        failures = await asyncio.gather(*(self._attend_one(chat) for chat in self.chats))
        if all(failures):
            raise next(failure for failure in failures if failure)

    async def _attend_one(self, chat: Chat) -> BotError | None:
        """One platform that cannot go on does not end the others."""
        failures: list[BotError] = []
        troubles, name = Troubles(self.desk.store, self.clock), f"chat:{chat.name}"
        with suppress(Temporary):
            await troubles.over(name)
        try:
            await self.desk.attend(chat)
        except* BotError as group:
            failures += [error for error in group.exceptions if isinstance(error, BotError)]
        for failure in failures:
            log.error("%s has stopped: %s", chat.name, failure, extra={"action": "chat_stopped"})
            with suppress(Temporary):
                await troubles.began(name, str(failure))
        return failures[0] if failures else None

    async def _keep_pace(self) -> None:
        while True:
            await self.pacing()
            await self.alerts()
            await self.clock.sleep(_PACE_SECONDS)

    async def _keep_learning(self) -> None:
        while True:
            try:
                await self.lessons()
            except Temporary as error:
                log.warning("nothing is learned at the moment: %s", error)
            await self.clock.sleep(_LESSONS_SECONDS)

    async def _beat(self) -> None:
        while True:
            health.beat()
            await self.clock.sleep(health.EVERY)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


def watches_of(parts: Parts, *, backfill: int) -> list[Watch]:
    """A watch for every tracker that has something to watch; single files have not."""
    settings = parts.settings
    audiences = {"gitlab": audience_of(settings)}
    intervals = {"gitlab": settings.gitlab, "folder": settings.folder}
    return [
        Watch(
            intake=Intake(parts.store, parts.trackers[name], parts.clock, new_marker, audiences.get(name, Audience())),
            interval=section.poll_interval,
            clock=parts.clock,
            troubles=Troubles(parts.store, parts.clock),
            backfill=backfill,
        )
        for name, section in intervals.items()
        if section is not None
    ]


def new_marker() -> str:
    """The name of a review, unguessable and unique."""
    return str(uuid.uuid4())


def new_key() -> str:
    """An idempotency key of 24 characters: Discord allows 25."""
    return secrets.token_hex(12)


@asynccontextmanager
async def start(parts: Parts, durations: Durations, *, backfill: int = 0) -> AsyncIterator[Bot]:
    """Everything is built before the engine is launched: it takes up old jobs at once."""
    engine = Engine(parts.store, parts.clock, lease=durations.lease)
    watches = watches_of(parts, backfill=backfill)

    async def settled() -> None:
        for watch in watches:
            await watch.looked.wait()
        await engine.settled()

    chats = chats_of(parts.settings, parts.clock, parts.store, settled)
    answering, store, trackers, clock = parts.answering, parts.store, parts.trackers, parts.clock
    pace = pace_of(parts.settings)
    channels = Channels(store, trackers, clock, new_key)
    deciding = Deciding(store, trackers, clock, parts.policy, durations.lease, durations.drafting)
    follow_ups = FollowUps(store, trackers, clock, new_marker, audience_of(parts.settings))
    handlers: dict[JobKind, Handler] = {
        JobKind.DRAFT: Drafting(store, trackers, answering, clock, durations.drafting, Patience()),
        JobKind.POST: Posting(store, trackers, chats, clock, new_key, pace),
        JobKind.DELIVER: Delivery(store, trackers, clock, durations.grace, Patience(tries=0), durations.looks),
        JobKind.REVISIT: Revisiting(store, trackers, clock, Patience(tries=0), follow_ups),
    }
    async with AsyncExitStack() as stack:
        for chat in chats:
            await chat.open()
            stack.push_async_callback(chat.close)
        sweeper = await engine.start(handlers)
        stack.push_async_callback(engine.stop)
        calling = None
        if parts.settings.web is not None:
            from bot.app.listening import listening

            calling = await stack.enter_async_context(listening(parts, parts.settings.web, engine, watches))
        yield Bot(
            clock=clock,
            chats=chats,
            desk=Desk(store, parts.stock, trackers, answering, deciding, channels, clock, new_marker),
            lessons=lessons_of(parts),
            pacing=Pacing(store, trackers, chats, clock, new_key, pace),
            alerts=Alerts(store, chats),
            watches=watches,
            sweeper=sweeper,
            calling=calling,
        )
