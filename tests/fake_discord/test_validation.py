"""Requests are held against Discord's own document where it is at hand."""

from __future__ import annotations

import pytest

from tests.conftest import IN_CI
from tests.fake_discord.conftest import Here
from tests.fake_discord.validation import document


def test_the_document_is_there() -> None:
    """The one test that tells: without it the fake checks nothing against it, silently."""
    if document() is None:
        message = "no discord-openapi.json beside the project: requests to the fake Discord are not held against it"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)


@pytest.mark.skipif(document() is None, reason="no discord-openapi.json beside the project")
async def test_deviations_are_problems(here: Here) -> None:
    await here.post({"content": "x", "colour": "red"})
    await here.call("GET", "/users/@me", params={"colour": "red"})
    await here.post({"content": "x", "tts": "loud"})
    fields = ("body colour: unknown", "query colour: unknown", "'loud'")
    assert all(field in problem for field, problem in zip(fields, here.discord.problems, strict=True))


@pytest.mark.skipif(document() is None, reason="no discord-openapi.json beside the project")
async def test_what_the_library_writes_differently_is_none(here: Here) -> None:
    said = await here.discord.say(here.alice, here.channel, "hello")
    reply = {"message_id": said.id, "channel_id": here.channel.id}
    mentions = {"parse": [], "users": [here.alice.id]}
    assert (await here.post({"content": "x", "message_reference": reply, "allowed_mentions": mentions}))[0] == 200
    path = f"/channels/{here.channel.id}/messages/{here.channel.last().id}"
    assert (await here.call("PATCH", path, {"content": "y", "tts": False}))[0] == 200
    assert (await here.call("GET", f"/guilds/{here.guild.id}", params={"with_counts": "1"}))[0] == 200
    assert here.discord.problems == []
