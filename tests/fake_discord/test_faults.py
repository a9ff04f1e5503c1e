"""Faults strike where and when they were ordered."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from tests.fake_discord.conftest import Here
from tests.fake_discord.faults import KINDS

CREATE = "POST /channels/{}/messages"

STATUS = {"500_before": 500, "500_after": 500, "503": 503, "429": 429, "429_global": 429, "429_no_via": 429,
          "403": 403, "404": 404, "30046": 429}  # fmt: skip
COMMITTED = {"500_after", "drop_after"}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"slow"}))
async def test_each_kind_strikes_its_turn_and_no_other(here: Here, kind: str) -> None:
    fault = here.discord.faults.add(route=CREATE, kind=kind, nth=2)
    assert (await here.post())[0] == 200
    assert not fault.reached.is_set()
    if kind in STATUS:
        assert (await here.post())[0] == STATUS[kind]
    else:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await here.post()
    assert fault.reached.is_set()
    assert len(here.channel.messages) == 1 + (kind in COMMITTED)
    assert (await here.post())[0] == 200


async def test_as_often_as_ordered(here: Here) -> None:
    here.discord.faults.add(route=CREATE, kind="403", times=2)
    assert [(await here.post())[0] for _ in range(3)] == [403, 403, 200]
    assert (await here.call("GET", "/users/@me"))[0] == 200, "other routes are as ever"


async def test_rate_limits_say_how_long_and_who(here: Here) -> None:
    path = f"/api/v10/channels/{here.channel.id}/messages"
    for kind, via, everywhere in (("429", True, False), ("429_global", True, True), ("429_no_via", False, None)):
        here.discord.faults.add(route=CREATE, kind=kind, retry_after=3600)
        async with here.http.post(path, json={"content": "x"}) as response:
            assert ("Via" in response.headers) is via
            if via:
                told = await response.json()
                assert (told["retry_after"], told["global"]) == (3600, everywhere)


async def test_a_slow_answer_waits_for_its_gate(here: Here) -> None:
    fault = here.discord.faults.add(route=CREATE, kind="slow")
    sending = asyncio.create_task(here.post())
    await asyncio.wait_for(fault.reached.wait(), 5)
    assert here.channel.messages == {}
    fault.gate.set()
    assert (await sending)[0] == 200


async def test_an_acknowledgement_that_is_slow_comes_too_late(here: Here) -> None:
    click = await here.click()
    fault = here.discord.faults.add(route="POST /interactions/{}/{}/callback", kind="slow")
    answering = asyncio.create_task(here.respond(click, 6))
    await asyncio.wait_for(fault.reached.wait(), 5)
    here.clock.advance(4)
    fault.gate.set()
    assert await answering == (404, 10062)


def test_there_are_no_other_kinds(here: Here) -> None:
    with pytest.raises(AssertionError):
        here.discord.faults.add(route=CREATE, kind="418")
