"""The fake server notices what a correct client would not do, so that its silence means something."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.drafters.fake_openai import MODEL, FakeOpenAI, answers, says
from tests.drafters.openai_document import ABSENT, DOCUMENT, mistakes_in_chat_request

GOOD = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}], "stream": True}


@pytest.fixture
async def fake() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI().serve() as running:
        yield running


async def post(fake: FakeOpenAI, body: object, path: str = "/chat/completions") -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(fake.address + path, json=body) as response:
        return response.status, await response.text()


async def test_plays_its_script_as_a_stream(fake: FakeOpenAI) -> None:
    fake.play(says("Hello there."))
    status, text = await post(fake, GOOD)
    assert status == 200
    assert text.startswith("data: {")
    assert text.endswith("data: [DONE]\n\n")
    assert fake.mistakes == []


async def test_notices_a_call_without_a_stream(fake: FakeOpenAI) -> None:
    fake.play(answers())
    await post(fake, GOOD | {"stream": False})
    assert any("not streamed" in mistake for mistake in fake.mistakes)


async def test_notices_a_call_too_many(fake: FakeOpenAI) -> None:
    assert (await post(fake, GOOD))[0] == 418
    assert fake.mistakes


async def test_notices_another_address(fake: FakeOpenAI) -> None:
    assert (await post(fake, GOOD, "/completions"))[0] == 404
    assert fake.mistakes


@pytest.mark.skipif(not DOCUMENT.is_file(), reason=ABSENT)
def test_the_published_document_is_asked_about_requests() -> None:
    assert mistakes_in_chat_request(GOOD) == []
    assert mistakes_in_chat_request(GOOD | {"max_token": 5})
    assert mistakes_in_chat_request(GOOD | {"messages": []})
