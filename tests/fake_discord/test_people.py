"""People can do what their clients let them do, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_discord.conftest import Here, button, row
from tests.fake_discord.model import Message

MENU = {
    "type": 3, "custom_id": "menu", "min_values": 1, "max_values": 2,
    "options": [{"label": letter, "value": letter} for letter in "abc"],
}  # fmt: skip


async def message(here: Here, *rows: Any) -> Message:
    await here.post({"content": "x", "components": list(rows)})
    return here.channel.last()


async def test_buttons_that_are_not_there_or_disabled(here: Here) -> None:
    shown = await message(here, row(button("on", "On"), button("off", "Off", disabled=True)))
    assert (await here.discord.click(here.alice, shown, "On")).data["custom_id"] == "on"
    assert (await here.discord.click(here.alice, shown, "on")).data["custom_id"] == "on"
    for control in ("Off", "Nothing"):
        with pytest.raises(AssertionError):
            await here.discord.click(here.alice, shown, control)
    forged = await here.discord.click(here.alice, shown, "Nothing", custom_id="forged")
    assert forged.data["custom_id"] == "forged"


async def test_nobody_clicks_on_what_is_deleted_or_hidden(here: Here) -> None:
    shown = await message(here, row(button("on", "On")))
    here.channel.deny("view_channel", of=here.alice)
    with pytest.raises(AssertionError, match="cannot see"):
        await here.discord.click(here.alice, shown, "On")
    here.channel.allow("view_channel", of=here.alice)
    await here.discord.delete_message(shown)
    with pytest.raises(AssertionError, match="deleted"):
        await here.discord.click(here.alice, shown, "On")


async def test_menus_offer_what_they_offer(here: Here) -> None:
    shown = await message(here, row(MENU))
    chosen = await here.discord.select(here.alice, shown, "menu", ["a", "b"])
    assert (chosen.data["values"], chosen.data["component_type"]) == (["a", "b"], 3)
    for values in (["d"], [], ["a", "b", "c"]):
        with pytest.raises(AssertionError):
            await here.discord.select(here.alice, shown, "menu", values)


FORM: dict[str, Any] = {
    "custom_id": "form",
    "title": "T",
    "components": [
        {"type": 10, "content": "Read this."},
        {"type": 18, "label": "A", "component": {"type": 4, "custom_id": "a", "style": 2, "max_length": 5}},
        {"type": 18, "label": "B", "component": {"type": 4, "custom_id": "b", "style": 2, "value": "kept"}},
        {"type": 18, "label": "C", "component": {"type": 19, "custom_id": "file", "required": False}},
        {"type": 18, "label": "D", "component": {**MENU, "required": False}},
    ],
}


async def test_forms_send_every_input_back(here: Here) -> None:
    click = await here.click()
    assert (await here.respond(click, 9, FORM))[0] == 204
    sent = await here.discord.submit(here.alice, click, {"a": "text", "file": ("a.md", b"bytes"), "menu": ["c"]})
    _, *labels = sent.data["components"]
    inner = [label["component"] for label in labels]
    assert [one.get("value") for one in inner] == ["text", "kept", None, None]
    (number,) = inner[2]["values"]
    assert inner[3]["values"] == ["c"]
    described = sent.data["resolved"]["attachments"][number]
    assert described["filename"] == "a.md"
    async with here.http.get(described["url"]) as response:
        assert await response.read() == b"bytes"


@pytest.mark.parametrize(
    "values",
    [{}, {"a": ""}, {"a": "too long"}, {"a": "x", "unknown": "x"}, {"a": ("a.md", b"")}, {"a": "x", "menu": ["z"]}],
)
async def test_forms_refuse_what_their_window_refuses(here: Here, values: Any) -> None:
    click = await here.click()
    await here.respond(click, 9, FORM)
    with pytest.raises(AssertionError):
        await here.discord.submit(here.alice, click, values)


async def test_forms_belong_to_who_opened_them(here: Here) -> None:
    click = await here.click()
    with pytest.raises(AssertionError, match="no form"):
        await here.discord.submit(here.alice, click, {})
    await here.respond(click, 9, FORM)
    with pytest.raises(AssertionError, match="alice"):
        await here.discord.submit(here.guild.add_member("bob"), click, {"a": "x"})


async def commands(here: Here, *wanted: Any) -> None:
    path = f"/applications/{here.discord.application_id}/guilds/{here.guild.id}/commands"
    assert (await here.call("PUT", path, list(wanted)))[0] == 200


ASK = {
    "name": "ask", "description": "x",
    "options": [
        {"type": 3, "name": "question", "description": "x", "required": True, "autocomplete": True},
        {"type": 11, "name": "file", "description": "x"},
        {"type": 3, "name": "tone", "description": "x", "choices": [{"name": "Kind", "value": "kind"}]},
    ],
}  # fmt: skip


async def test_commands_take_their_options(here: Here) -> None:
    await commands(here, ASK)
    asked = await here.discord.slash(here.alice, here.channel, "ask", question="How?", file=("a.md", b"x"), tone="kind")
    given = {option["name"]: option["value"] for option in asked.data["options"]}
    assert given["question"] == "How?"
    assert asked.data["resolved"]["attachments"][given["file"]]["filename"] == "a.md"
    for options in ({}, {"question": 5}, {"question": "x", "colour": "red"}, {"question": "x", "tone": "rude"}):
        with pytest.raises(AssertionError):
            await here.discord.slash(here.alice, here.channel, "ask", **options)


async def test_suggestions_are_asked_for_where_there_are_any(here: Here) -> None:
    await commands(here, ASK)
    typed = await here.discord.autocomplete(here.alice, here.channel, "ask", "question", "Ho")
    assert typed.data["options"] == [{"type": 3, "name": "question", "value": "Ho", "focused": True}]
    with pytest.raises(AssertionError, match="suggests nothing"):
        await here.discord.autocomplete(here.alice, here.channel, "ask", "tone", "k")


async def test_commands_can_be_hidden_from_people(here: Here) -> None:
    await commands(here, {**ASK, "default_member_permissions": str(1 << 13)}, {"type": 3, "name": "Take"})
    with pytest.raises(AssertionError, match="hidden"):
        await here.discord.slash(here.alice, here.channel, "ask", question="x")
    here.channel.deny("use_application_commands", of=here.alice)
    said = await here.discord.say(here.alice, here.channel, "hello")
    with pytest.raises(AssertionError, match="no commands"):
        await here.discord.menu(here.alice, here.channel, "Take", said)


async def test_a_menu_on_a_message_shows_it_in_full(here: Here) -> None:
    await commands(here, {"type": 3, "name": "Take"})
    said = await here.discord.say(here.alice, here.channel, "secret")
    taken = await here.discord.menu(here.alice, here.channel, "Take", said)
    assert taken.data["resolved"]["messages"][taken.data["target_id"]]["content"] == "secret"


async def test_who_may_not_write_does_not(here: Here) -> None:
    here.channel.deny("send_messages", of=here.alice)
    with pytest.raises(AssertionError, match="may not write"):
        await here.discord.say(here.alice, here.channel, "hello")


async def test_webhooks_have_authors_who_are_no_members(here: Here) -> None:
    said = await here.discord.webhook_say(here.channel, f"<@{here.discord.bot_user.id}> hello")
    assert said.webhook_id == said.author.id
    assert said.mentions == [here.discord.bot_user]
    assert said.author.id not in here.guild.members


async def test_nothing_is_clicked_where_the_bot_is_not(here: Here) -> None:
    shown = await message(here, row(button("on", "On")))
    await commands(here, ASK)
    await here.discord.kick_bot(here.guild)
    assert here.guild.commands == []
    click = await here.discord.click(here.alice, shown, "On")
    here.clock.advance(4)
    assert click.failed
