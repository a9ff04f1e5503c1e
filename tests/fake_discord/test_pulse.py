"""Waiting ends when something came true, and never hangs."""

from __future__ import annotations

import asyncio

import pytest

from tests.fake_discord.conftest import Here
from tests.fake_discord.pulse import Pulse


async def test_it_looks_again_after_a_beat_and_also_without_one() -> None:
    pulse, seen = Pulse(), list[int]()
    waiting = asyncio.create_task(pulse.until(lambda: seen))
    await asyncio.sleep(0)
    seen.append(1)
    pulse.beat()
    await waiting
    asyncio.get_running_loop().call_soon(seen.append, 2)
    await pulse.until(lambda: len(seen) == 2)


async def test_a_wait_in_vain_ends_and_says_what_for() -> None:
    with pytest.raises(AssertionError, match="in vain for a sign"):
        await Pulse().until(lambda: False, "a sign", within=0.01)


async def test_requests_and_events_beat(here: Here) -> None:
    pulse = here.discord._world.pulse
    for act in (here.post, here.click):
        before = pulse._next
        await act()
        assert before.is_set()
