"""Answers to what people do, with the deadlines that Discord sets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fake_discord import Interaction
from tests.fake_discord.conftest import Here, text
from tests.fake_discord.interactions import AUTOCOMPLETE, COMMAND, begin, payload

EPHEMERAL = 1 << 6
FORM: dict[str, Any] = {
    "custom_id": "f",
    "title": "T",
    "components": [{"type": 18, "label": "L", "component": {"type": 4, "custom_id": "part1", "style": 2}}],
}


def command(here: Here, kind: int = COMMAND) -> Interaction:
    """One whose command nobody registered."""
    made = begin(here.discord._world, kind, here.alice, here.channel, {"name": "ask"})
    here.discord._answering.expect(made)
    return made


async def test_a_click_tells_all_about_who_and_where(here: Here) -> None:
    click = await here.click()
    told = payload(click)
    assert told["member"]["user"]["username"] == "alice"
    assert int(told["member"]["permissions"]) & 1 << 11
    assert (told["locale"], told["context"], told["entitlements"]) == ("en-US", 0, [])
    assert told["message"]["components"][0]["components"][0]["custom_id"] == told["data"]["custom_id"] == "go"


async def test_who_may_not_write_may_not_attach_either(here: Here) -> None:
    click = await here.click()
    attach = 1 << 15
    assert int(payload(click)["app_permissions"]) & attach
    here.channel.deny("send_messages")
    assert not int(payload(click)["app_permissions"]) & attach


async def test_three_seconds_to_acknowledge(here: Here) -> None:
    click = await here.click()
    here.clock.advance(3)
    assert (await here.respond(click, 6))[0] == 204
    late = await here.click()
    here.clock.advance(3.1)
    assert late.failed
    assert await here.respond(late, 6) == (404, 10062)
    with pytest.raises(AssertionError, match="did not respond"):
        await late.replied()


async def test_one_acknowledgement_only(here: Here) -> None:
    click = await here.click()
    await here.respond(click, 6)
    assert await here.respond(click, 4, {"content": "x"}) == (400, 40060)
    assert here.discord.problems == []


async def test_unknown_interactions(here: Here) -> None:
    click = await here.click()
    assert await here.call("POST", f"/interactions/1/{click.token}/callback", {"type": 6}) == (404, 10062)
    assert await here.call("POST", f"/interactions/{click.id}/wrong/callback", {"type": 6}) == (404, 10062)
    assert not click.acknowledged


async def test_a_token_lives_for_fifteen_minutes(here: Here) -> None:
    click = await here.click()
    await here.respond(click, 6)
    here.clock.advance(timedelta(minutes=15))
    assert (await here.follow(click, {"content": "x"}))[0] == 200
    here.clock.advance(1)
    assert await here.follow(click, {"content": "x"}) == (401, 50027)
    assert await here.original(click, "PATCH", {"content": "x"}) == (401, 50027)


async def test_nothing_follows_before_the_acknowledgement(here: Here) -> None:
    click = await here.click()
    assert await here.follow(click, {"content": "x"}) == (404, 10015)
    assert await here.call("POST", f"/webhooks/1/{click.token}", {"content": "x"}) == (404, 10015)


async def test_an_answer_for_one_person_is_nowhere_else(here: Here) -> None:
    click = await here.click()
    path = f"/interactions/{click.id}/{click.token}/callback?with_response=1"
    body = {"type": 4, "data": {"content": "psst", "flags": EPHEMERAL}}
    _, told = await here.call("POST", path, body)
    (message,) = click.messages
    assert message.ephemeral
    assert told["resource"]["message"]["flags"] & EPHEMERAL
    assert message.id not in here.channel.messages
    assert await here.call("GET", f"/channels/{here.channel.id}/messages/{message.id}") == (404, 10008)
    assert (await here.original(click, "PATCH", {"content": "hush"}))[0] == 200
    assert message.content == "hush"
    bob = here.guild.add_member("bob")
    with pytest.raises(AssertionError, match="does not see"):
        await here.discord.click(bob, message, "Go")


async def test_an_answer_for_all_stands_in_the_channel(here: Here) -> None:
    click = await here.click()
    await here.respond(click, 4, {"content": "x"})
    assert here.channel.last() is click.messages[0]
    assert (await here.original(click, "GET"))[1]["content"] == "x"
    assert (await here.original(click, "DELETE"))[0] == 204
    assert len(here.channel.messages) == 1
    assert await here.original(click, "GET") == (404, 10008)


@pytest.mark.parametrize("how", ["follow", "original"])
@pytest.mark.parametrize("flags", [0, EPHEMERAL])
async def test_what_comes_first_after_thinking_takes_its_place(here: Here, how: str, flags: int) -> None:
    asked = command(here)
    await here.respond(asked, 5, {"flags": flags})
    assert asked.messages == []
    if how == "follow":
        await here.follow(asked, {"content": "x", "flags": EPHEMERAL ^ flags})
    else:
        await here.original(asked, "PATCH", {"content": "x"})
    assert [(message.content, message.ephemeral) for message in asked.messages] == [("x", bool(flags))]
    await here.follow(asked, {"content": "y"})
    assert [message.content for message in asked.messages] == ["x", "y"]
    await here.original(asked, "PATCH", {"content": "z"})
    assert asked.messages[0].content == "z"


async def test_an_update_changes_the_message_of_the_control(here: Here) -> None:
    click = await here.click()
    await here.respond(click, 7, {"content": "changed", "components": []})
    assert click.message is not None
    assert click.message.content == "changed"
    assert click.message.buttons() == []
    assert click.messages == []


@pytest.mark.parametrize("kind", [6, 7, 8])
async def test_commands_are_not_answered_with(here: Here, kind: int) -> None:
    assert await here.respond(command(here), kind, {"content": "x", "choices": []}) == (400, 50035)
    assert here.discord.problems


@pytest.mark.parametrize("kind", [4, 5, 6, 9])
async def test_suggestions_are_not_answered_with(here: Here, kind: int) -> None:
    assert await here.respond(command(here, AUTOCOMPLETE), kind, {"content": "x"}) == (400, 50035)


async def test_suggestions(here: Here) -> None:
    asked = command(here, AUTOCOMPLETE)
    assert await here.respond(asked, 8, {"choices": [{"name": "x" * 101, "value": "x"}]}) == (400, 50035)
    assert (await here.respond(asked, 8, {"choices": [{"name": "x", "value": "y"}]}))[0] == 204
    await asked.settled()
    assert asked.choices == [{"name": "x", "value": "y"}]


async def test_a_form_does_not_open_another(here: Here) -> None:
    click = await here.click()
    assert (await here.respond(click, 9, FORM))[0] == 204
    await click.replied()
    sent = await here.discord.submit(here.alice, click, {"part1": "text"})
    assert sent.message is click.message
    assert await here.respond(sent, 9, FORM) == (400, 50035)
    assert (await here.respond(sent, 6))[0] == 204


async def test_a_form_of_a_command_has_no_message_to_update(here: Here) -> None:
    asked = command(here)
    await here.respond(asked, 9, FORM)
    sent = await here.discord.submit(here.alice, asked, {"part1": "text"})
    assert await here.respond(sent, 7, {"content": "x"}) == (400, 50035)


async def test_answers_obey_the_limits_of_messages(here: Here) -> None:
    click = await here.click()
    assert await here.respond(click, 4, {"content": "x" * 2001}) == (400, 50035)
    assert not click.acknowledged
    await here.respond(click, 6)
    assert await here.follow(click, {"flags": 1 << 15, "components": [text("x" * 4001)]}) == (400, 50035)
    assert await here.follow(click, {"content": ""}) == (400, 50006)


async def test_each_message_can_be_changed_by_its_number(here: Here) -> None:
    click = await here.click()
    await here.respond(click, 6)
    _, told = await here.follow(click, {"content": "x", "flags": EPHEMERAL})
    path = f"/webhooks/{here.discord.application_id}/{click.token}/messages/{told['id']}"
    assert (await here.call("PATCH", path, {"content": "y"}))[0] == 200
    assert click.messages[0].content == "y"
    assert await here.call("PATCH", path[:-1], {"content": "y"}) == (404, 10008)


async def test_one_interaction_delivered_twice_is_one(here: Here) -> None:
    click = await here.click()
    assert click.message is not None
    await here.respond(click, 6)
    again = await here.discord.click(here.alice, click.message, "Go", same_id_as=click)
    assert again is click
    assert await here.respond(again, 6) == (400, 40060)
