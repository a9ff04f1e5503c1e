"""A slow look for the marker must not make the next attempt look older than it is."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.domain.issue import IssueKey, Reply
from bot.domain.review import State
from tests.fakes import FakeTracker
from tests.world import GRACE, LOOKS, World


class SlowTracker(FakeTracker):
    """Takes most of the grace period to look for a marker, and holds the first reply until `release`."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.under_way = asyncio.Event()
        self.release = asyncio.Event()

    async def find_reply(self, key: IssueKey, marker: str, since: datetime) -> Reply | None:
        found = await super().find_reply(key, marker, since)
        self._world.clock.advance(GRACE * 0.9)
        return found

    async def reply(self, key: IssueKey, body: str, marker: str) -> Reply:
        if not self.under_way.is_set():
            self.under_way.set()
            await self.release.wait()
        return await super().reply(key, body, marker)


@pytest.fixture
def slow(world: World) -> SlowTracker:
    tracker = SlowTracker(world)
    world.tracker = tracker
    world.trackers.update(dict.fromkeys(world.trackers, tracker))
    return tracker


async def test_a_slow_look_does_not_bring_a_second_note(world: World, slow: SlowTracker) -> None:
    review = await world.review_in(State.SENDING)
    world.clock.advance(GRACE + sum(LOOKS, timedelta()))
    first = asyncio.create_task(world.deliver(review.id))
    await slow.under_way.wait()
    world.clock.advance(GRACE * 0.2)  # the request is under way for less than the grace period
    await world.deliver(review.id)
    slow.release.set()
    await first
    assert len(slow.replies) == 1
