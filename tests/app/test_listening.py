"""The listener as it is built for the bot, and what it tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.app.listening import calling_of, listening
from bot.app.parts import Parts
from bot.app.vitals import Vitals
from bot.app.watching import Watch
from bot.engine import Engine
from bot.errors import ConfigError, Limited, Temporary
from bot.ports import Tracker
from bot.services.alerts import Troubles
from bot.services.answering import Policy
from bot.services.intake import Intake
from bot.settings import FolderSettings, Secrets, Settings, WebSettings
from bot.store.passages import SqlStock
from bot.trackers.folder import FolderTracker
from bot.web.pages import Metric
from tests.fakes import FakeTracker
from tests.world import World

WEB = WebSettings(listen="127.0.0.1:1")


def watch_of(world: World, tracker: FakeTracker) -> Watch:
    return watching(world, tracker, 60.0)


def watching(world: World, tracker: Tracker, interval: float) -> Watch:
    intake, troubles = Intake(world.store, tracker, world.clock, world.new_name), Troubles(world.store, world.clock)
    return Watch(intake=intake, interval=interval, clock=world.clock, troubles=troubles)


def parts_of(world: World, *trackers: FakeTracker) -> Parts:
    return Parts(
        settings=Settings(secrets=Secrets(), path=Path("gepettto.toml"), web=WEB),
        clock=world.clock,
        store=world.store,
        stock=SqlStock(world.store.engine),
        trackers={tracker.name: tracker for tracker in trackers},
        drafters=[],
        policy=Policy(),
    )


async def test_without_a_secret_nothing_listens(world: World) -> None:
    """gitlab 3: neither a token nor a signature could be asked for."""
    parts, engine = parts_of(world, world.tracker), Engine(world.store, world.clock)
    with pytest.raises(ConfigError, match="GEPETTTO_GITLAB_SIGNING_SECRET"):
        async with listening(parts, WEB, engine, [watch_of(world, world.tracker)]):
            raise AssertionError("it listens")


def test_only_a_tracker_that_calls_is_called_back(world: World) -> None:
    files = FolderTracker(FolderSettings(path=Path("issues")), world.clock)
    deaf = watching(world, files, 2.0)
    parts = replace(parts_of(world, world.tracker), trackers={"folder": files, "fake": world.tracker})
    assert calling_of(parts, [deaf]) is None
    assert calling_of(parts, [deaf, watch_of(world, world.tracker)]) is not None


@pytest.fixture
def vitals(world: World) -> Vitals:
    engine = cast(Engine, SimpleNamespace(swept_at=None, failed=0))
    return Vitals(world.store, engine, [watch_of(world, world.tracker)], None, world.clock)


async def well(vitals: Vitals) -> dict[str, bool]:
    return {part.item: part.ok for part in await vitals.health()}


async def test_a_part_is_well_until_it_had_the_time_to_show_it(vitals: Vitals, world: World) -> None:
    assert await well(vitals) == {"store": True, "engine": True, "fake": True}
    world.clock.advance(timedelta(minutes=1))
    assert await well(vitals) == {"store": True, "engine": False, "fake": True}
    world.clock.advance(timedelta(minutes=4))
    assert await well(vitals) == {"store": True, "engine": False, "fake": False}
    vitals.engine.swept_at = vitals.watches[0].polled_at = world.clock.now()
    assert await well(vitals) == {"store": True, "engine": True, "fake": True}


async def test_a_long_poll_interval_is_no_illness(vitals: Vitals, world: World) -> None:
    vitals.watches[0].interval = 3600
    world.clock.advance(timedelta(hours=2))
    assert (await well(vitals))["fake"]
    world.clock.advance(timedelta(hours=1))
    assert not (await well(vitals))["fake"]


async def test_a_store_that_is_down_is_told(vitals: Vitals, world: World) -> None:
    async with world.store.engine.begin() as conn:
        await conn.exec_driver_sql("ALTER TABLE reviews RENAME TO away")
    assert not (await well(vitals))["store"]


async def test_the_numbers(vitals: Vitals, world: World) -> None:
    await world.approved()
    numbers = {metric.name: metric for metric in await vitals.metrics()}
    assert list(numbers) == ["gepettto_reviews", "gepettto_jobs_failed_total", "gepettto_polls_total"]
    reviews: Metric = numbers["gepettto_reviews"]
    assert reviews.values[(("state", "approved"),)] == 1
    assert sum(reviews.values.values()) == 1


async def test_after_a_failure_the_next_look_is_not_an_interval_away(world: World) -> None:
    watch = watch_of(world, world.tracker)
    world.tracker.fail("changes", *(Temporary("502") for _ in range(3)), Limited("429", 300.0))
    assert [await watch.look() for _ in range(5)] == [2, 4, 8, 300, 60]


async def test_polls_are_counted(world: World) -> None:
    watch = watch_of(world, world.tracker)
    world.tracker.fail("changes", Temporary("502"))
    for expected in ({"ok": 0, "failed": 1}, {"ok": 1, "failed": 1}):
        wait = await watch.look()
        assert dict(watch.polls) == expected
    assert wait == 60
    assert watch.polled_at == world.clock.now()
