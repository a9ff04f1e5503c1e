"""The whole bot serves as long as one chat can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.app.running import Bot
from bot.app.watching import Watch
from bot.domain.gesture import Look, View
from bot.errors import Temporary, Unauthorised
from bot.services.alerts import Alerts, Troubles
from tests.factories import ALICE
from tests.fakes import FakeChat
from tests.world import World


def bot_with(world: World, sweeper: asyncio.Task[None], *chats: FakeChat) -> Bot:
    return Bot(
        clock=world.clock,
        chats=chats,
        desk=world.desk,
        pacing=world.pacing,
        lessons=world.lessons,
        alerts=Alerts(world.store, chats),
        watches=[],
        sweeper=sweeper,
    )


@pytest.fixture
async def sweeper() -> AsyncIterator[asyncio.Task[None]]:
    async def sweep() -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(sweep())
    yield task
    task.cancel()


async def test_a_chat_that_cannot_go_on_does_not_end_the_others(world: World, sweeper: asyncio.Task[None]) -> None:
    broken, other = FakeChat("broken"), FakeChat("other")
    broken.break_off(Unauthorised("The token is wrong; copy it again."))
    bot = bot_with(world, sweeper, broken, other)
    serving = asyncio.create_task(bot.until_stopped())
    other.make(Look(id="look", person=ALICE, chat="other", channel="team", view=View.STATUS))
    other.leave()
    await serving
    assert len(other.notices) == 1
    async with world.store.read() as tx:
        (trouble,) = await tx.troubles()
    assert (trouble.name, trouble.sentence) == ("chat:broken", "The token is wrong; copy it again.")


async def test_when_the_only_chat_cannot_go_on_the_bot_ends_with_its_sentence(
    world: World, sweeper: asyncio.Task[None]
) -> None:
    broken = FakeChat("broken")
    broken.break_off(Unauthorised("The token is wrong; copy it again."))
    with pytest.raises(Unauthorised, match="copy it again"):
        await bot_with(world, sweeper, broken).until_stopped()


async def test_what_was_sent_is_learned_while_the_bot_serves(world: World, sweeper: asyncio.Task[None]) -> None:
    review = await world.approved()
    await world.deliver(review.id)
    chat = FakeChat("other")
    serving = asyncio.create_task(bot_with(world, sweeper, chat).until_stopped())
    unlearned = [review]
    while unlearned:
        async with world.store.read() as tx:
            unlearned = await tx.unlearned()
    chat.leave()
    await serving


async def test_a_tracker_that_refuses_the_token_is_a_trouble_until_it_is_read_again(world: World) -> None:
    """gitlab 36: writes stop, one alert, and all goes on with a new token."""
    troubles = Troubles(world.store, world.clock)
    watch = Watch(intake=world.intake, interval=1, clock=world.clock, troubles=troubles)

    async def known() -> list[str]:
        async with world.store.read() as tx:
            return [trouble.sentence for trouble in await tx.troubles()]

    async def looked() -> None:
        watch.looked.clear()
        world.clock.advance(timedelta(hours=1))
        await watch.looked.wait()

    world.tracker.fail("changes", Unauthorised("The token is refused."), *[Temporary("down")] * 4)
    task = asyncio.create_task(watch.run())
    await watch.looked.wait()
    assert await known() == ["The token is refused."]
    for _ in range(5):
        await looked()
    assert await known() == []
    world.tracker.fail("changes", *[Temporary("down")] * 5)
    for _ in range(4):
        await looked()
    assert await known() == []
    await looked()
    assert await known() == ["down"]
    task.cancel()
