"""A fake server, a clock on which waits pass at once, and drafters that talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bot.drafters.openai import OpenAIDrafter
from bot.settings import ModelSettings
from tests.doubles import ManualClock
from tests.drafters.fake_openai import KEY, MODEL, FakeOpenAI

MakeDrafter = Callable[..., OpenAIDrafter]


class HurriedClock(ManualClock):
    """Whoever sleeps moves the time; `waits` tells how long they wanted to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.advance(seconds)


@pytest.fixture
def hurried() -> HurriedClock:
    return HurriedClock()


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI().serve() as fake:
        yield fake
    assert fake.mistakes == []
    assert not fake.script, "the script was not played to its end"


@pytest.fixture
async def make_drafter(server: FakeOpenAI, hurried: HurriedClock) -> AsyncIterator[MakeDrafter]:
    async with AsyncExitStack() as stack:

        def make(*, key: str | None = KEY, idle: float = 5.0, **changes: Any) -> OpenAIDrafter:
            settings = ModelSettings(**{"base_url": server.address, "model": MODEL, "timeout": 10.0, **changes})
            drafter = OpenAIDrafter(settings, key, hurried, boundary=lambda: "b0undary", jitter=lambda: 0.0, idle=idle)
            stack.push_async_callback(drafter.close)
            return drafter

        yield make


@pytest.fixture
def drafter(make_drafter: MakeDrafter) -> OpenAIDrafter:
    return make_drafter()
