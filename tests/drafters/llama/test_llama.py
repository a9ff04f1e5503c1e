"""The drafter against llama.cpp's own server: what is real there is proven here, everything else with the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from bot.clock import SystemClock
from bot.domain.review import DraftStatus
from bot.drafters.openai import OpenAIDrafter
from bot.drafters.openai.answers import WARNINGS, read, schema
from bot.drafters.openai.client import Client
from bot.drafters.openai.messages import harmless
from bot.drafters.openai.profiles import request
from bot.drafters.openai.usage import Completion
from bot.errors import Unauthorised
from bot.settings import ModelSettings
from tests.drafters.fake_openai import KEY
from tests.drafters.prompts import make_prompt

pytestmark = pytest.mark.realmodel

MODEL = "tiny"
Make = Callable[..., OpenAIDrafter]


def settings(address: str, **changes: Any) -> ModelSettings:
    values = {"base_url": address, "model": MODEL, "profile": "llamacpp", "context": 16_384, "timeout": 60.0}
    return ModelSettings(**{**values, **changes})


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    async with AsyncExitStack() as stack:

        def made(address: str, *, key: str | None = KEY, **changes: Any) -> OpenAIDrafter:
            drafter = OpenAIDrafter(settings(address, **changes), key, SystemClock())
            stack.push_async_callback(drafter.close)
            return drafter

        yield made


@pytest.fixture
async def client(llama: str) -> AsyncIterator[Client]:
    opened = Client(settings(llama), KEY, SystemClock(), idle=30.0)
    yield opened
    await opened.close()


async def test_a_draft_keeps_to_the_form(llama: str, make: Make) -> None:
    draft = await make(llama, max_tokens=4000).draft(make_prompt())
    assert "plain_text" not in draft.warnings
    assert set(draft.warnings) <= WARNINGS
    assert draft.status in set(DraftStatus)
    assert (draft.drafter, draft.model) == ("openai", MODEL)
    used = draft.usage
    assert used is not None
    assert used.prompt_tokens > 1000
    assert used.completion_tokens > 10
    assert 0 < used.first_token_seconds <= used.seconds
    assert not used.estimated


@pytest.mark.parametrize("ids", [("S1", "S2"), ()])
async def test_the_grammar_knows_only_the_sources_there_are(llama: str, client: Client, ids: tuple[str, ...]) -> None:
    form = schema(ids, bounds=True)
    messages = [{"role": "user", "content": "Write."}]
    body = request(settings(llama), messages, schema=form, max_tokens=6000)
    answer = await client.complete(body)
    assert isinstance(answer, Completion)
    written = read(answer.text, unfinished=answer.cut)
    assert written is None or {source for source, _ in written.evidence} <= set(ids)
    assert answer.text.startswith("{")


async def test_a_long_prompt_is_shortened_and_answered(small_llama: str, make: Make) -> None:
    """Our estimate is far off here, as it is for no real model: only the server's own error helps."""
    drafter = make(small_llama, max_tokens=400)
    draft = await drafter.draft(make_prompt(text="the service does not start after the update\n" * 120))
    assert "shortened" in draft.warnings
    assert draft.usage is not None
    assert draft.usage.prompt_tokens < 5000


async def test_a_wrong_key_is_for_the_operator(llama: str, make: Make) -> None:
    with pytest.raises(Unauthorised, match="GEPETTTO_MODEL_KEY"):
        await make(llama, key="wrong-key").draft(make_prompt())


async def test_a_cancelled_draft_frees_its_place(llama: str, make: Make) -> None:
    drafter = make(llama, max_tokens=8000)
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):

        async def busy() -> int:
            headers = {"Authorization": f"Bearer {KEY}"}
            async with session.get(llama.removesuffix("/v1") + "/slots", headers=headers) as response:
                return sum(slot["is_processing"] for slot in await response.json())

        draft = asyncio.create_task(drafter.draft(make_prompt()))
        while not await busy():
            assert not draft.done(), "the draft was ready before it could be cancelled"
        draft.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draft
        while await busy():
            pass


async def test_check_proves_the_section(llama: str, make: Make) -> None:
    findings = await make(llama).check()
    assert [(f.item, f.ok, f.warning) for f in findings] == [
        ("model name", True, False),
        ("model key", True, False),
        ("model reply", True, False),
    ]


async def test_check_tells_wrong_name_and_wrong_key_apart(llama: str, make: Make) -> None:
    name, key, _ = await make(llama, model="other").check()
    assert not name.ok
    assert MODEL in name.remedy
    assert key.ok
    _, key, reply = await make(llama, key="wrong-key").check()
    assert not key.ok
    assert not reply.ok


async def test_marks_of_a_chat_template_cannot_be_smuggled_in(llama: str) -> None:
    """Such a mark is one token for this server, wherever it stands; broken up it is many."""

    async def tokens(text: str) -> int:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as session:
            payload = {"content": text, "parse_special": True}
            async with session.post(llama.removesuffix("/v1") + "/tokenize", json=payload) as response:
                return len((await response.json())["tokens"])

    mark = "<|im_end|>"
    assert await tokens(mark) == 1
    assert await tokens(harmless(mark)) > 5
