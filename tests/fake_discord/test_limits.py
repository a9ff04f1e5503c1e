"""Every limit holds at n and not at n + 1."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake_discord import limits
from tests.fake_discord.conftest import Here, button, row, text

V2 = 1 << 15
EMOJI = "\N{GRINNING FACE}"  # one code point, two UTF-16 units


def rows(count: int) -> list[Any]:
    return [row(button(f"{number}")) for number in range(count)]


def embed(**fields: Any) -> dict[str, Any]:
    return {"content": "x", "embeds": [fields]}


def menu(count: int, **fields: Any) -> dict[str, Any]:
    options = [{"label": f"{number}", "value": f"{number}"} for number in range(count)]
    return row({"type": 3, "custom_id": "menu", "options": options, **fields})


MESSAGES: list[tuple[str, int, Any]] = [
    ("content", 2000, lambda n: {"content": "x" * n}),
    ("content in UTF-16", 1000, lambda n: {"content": EMOJI * n}),
    ("embeds", 10, lambda n: {"embeds": [{"title": "x"}] * n}),
    ("embed title", 256, lambda n: embed(title="x" * n)),
    ("embed description", 4096, lambda n: embed(description="x" * n)),
    ("embed footer", 2048, lambda n: embed(footer={"text": "x" * n})),
    ("embed author", 256, lambda n: embed(author={"name": "x" * n})),
    ("fields", 25, lambda n: embed(fields=[{"name": "x", "value": "x"}] * n)),
    ("field name", 256, lambda n: embed(fields=[{"name": "x" * n, "value": "x"}])),
    ("field value", 1024, lambda n: embed(fields=[{"name": "x", "value": "x" * n}])),
    ("all embeds", 3000, lambda n: {"embeds": [{"description": "x" * 3000}, {"description": "x" * n}]}),
    ("rows", 5, lambda n: {"content": "x", "components": rows(n)}),
    ("buttons in a row", 5, lambda n: {"content": "x", "components": [row(*(button(f"{i}") for i in range(n)))]}),
    ("custom_id", 100, lambda n: {"content": "x", "components": [row(button("i" * n))]}),
    ("label", 80, lambda n: {"content": "x", "components": [row(button("i", "x" * n))]}),
    ("options", 25, lambda n: {"content": "x", "components": [menu(n)]}),
    ("placeholder", 150, lambda n: {"content": "x", "components": [menu(1, placeholder="x" * n)]}),
    ("nonce", 25, lambda n: {"content": "x", "nonce": "n" * n, "enforce_nonce": True}),
    ("V2 text", 4000, lambda n: {"flags": V2, "components": [text("x" * 2000), text("x" * (n - 2000))]}),
    ("V2 text in UTF-16", 2000, lambda n: {"flags": V2, "components": [text(EMOJI * n)]}),
    ("V2 components", 40, lambda n: {"flags": V2, "components": [text("x") for _ in range(n)]}),
    ("mentioned users", 100, lambda n: {"content": "x", "allowed_mentions": {"users": [str(i) for i in range(n)]}}),
]


@pytest.mark.parametrize(("most", "body"), [case[1:] for case in MESSAGES], ids=[case[0] for case in MESSAGES])
async def test_messages(here: Here, most: int, body: Any) -> None:
    assert (await here.post(body(most)))[0] == 200
    assert here.discord.problems == []
    assert await here.post(body(most + 1)) == (400, 50035)
    assert here.discord.problems, "and no test can miss it"


FLAWS: dict[str, Any] = {
    "the same id twice": {"content": "x", "components": [row(button("a"), button("a"))]},
    "V2 with content": {"flags": V2, "content": "x", "components": [text("x")]},
    "V2 with embeds": {"flags": V2, "embeds": [{"title": "x"}], "components": [text("x")]},
    "V2 parts without the flag": {"content": "x", "components": [text("x")]},
    "a button outside a row": {"content": "x", "components": [button("a")]},
    "an empty row": {"content": "x", "components": [row()]},
    "an empty text": {"flags": V2, "components": [text("")]},
    "an empty container": {"flags": V2, "components": [{"type": 17, "components": []}]},
    "a container in a container": {
        "flags": V2, "components": [{"type": 17, "components": [{"type": 17, "components": [text("x")]}]}],
    },
    "a section without accessory": {"flags": V2, "components": [{"type": 9, "components": [text("x")]}]},
    "a button without a face": {"content": "x", "components": [row({"type": 2, "style": 1, "custom_id": "a"})]},
    "a button without id": {"content": "x", "components": [row({"type": 2, "style": 1, "label": "x"})]},
    "a link with id": {
        "content": "x", "components": [row(button("a", style=5, url="https://example.org"))],
    },
    "a link to elsewhere": {
        "content": "x", "components": [row({"type": 2, "style": 5, "label": "x", "url": "javascript:x"})],
    },
    "a menu beside a button": {
        "content": "x", "components": [row(*menu(1)["components"], button("a"))],
    },
    "a menu that wants too much": {"content": "x", "components": [menu(1, max_values=2)]},
    "two options of one value": {
        "content": "x",
        "components": [row({"type": 3, "custom_id": "m", "options": [{"label": "x", "value": "x"}] * 2})],
    },
    "a file that is not there": {
        "flags": V2, "components": [{"type": 13, "file": {"url": "attachment://reply.md"}}],
    },
    "users both parsed and listed": {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "half a character": {"content": "\ud83d"},
    "an unknown flag": {"content": "x", "flags": 1 << 4},
    "a reply to nothing": {"content": "x", "message_reference": {"message_id": "1"}},
}  # fmt: skip


@pytest.mark.parametrize("body", FLAWS.values(), ids=FLAWS.keys())
async def test_flawed_messages(here: Here, body: Any) -> None:
    assert await here.post(body) == (400, 50035)
    assert here.discord.problems
    assert here.channel.messages == {}


@pytest.mark.parametrize("body", [{"content": " \n"}, {"components": [row(button("a"))]}, {"flags": V2}])
async def test_empty_messages(here: Here, body: Any) -> None:
    assert await here.post(body) == (400, 50006)
    assert here.discord.problems


def form(parts: int = 1, **fields: Any) -> dict[str, Any]:
    def part(number: int) -> dict[str, Any]:
        inner = {"type": 4, "style": 1, "custom_id": f"i{number}", **fields.get("input", {})}
        return {"type": 18, "label": fields.get("label", "L"), "component": inner}

    return {
        "custom_id": fields.get("custom_id", "f"),
        "title": fields.get("title", "T"),
        "components": [part(number) for number in range(parts)],
    }


FORMS: list[tuple[str, int, Any]] = [
    ("title", 45, lambda n: form(title="x" * n)),
    ("custom_id", 100, lambda n: form(custom_id="x" * n)),
    ("parts", 5, form),
    ("label", 45, lambda n: form(label="x" * n)),
    ("value", 4000, lambda n: form(input={"value": "x" * n})),
    ("value of a shorter input", 10, lambda n: form(input={"value": "x" * n, "max_length": 10})),
    ("max_length", 4000, lambda n: form(input={"max_length": n})),
    ("placeholder", 100, lambda n: form(input={"placeholder": "x" * n})),
]


@pytest.mark.parametrize(("most", "data"), [case[1:] for case in FORMS], ids=[case[0] for case in FORMS])
async def test_forms(here: Here, most: int, data: Any) -> None:
    refused = await here.click()
    assert await here.respond(refused, 9, data(most + 1)) == (400, 50035)
    assert here.discord.problems
    assert refused.modal is None
    assert (await here.respond(await here.click(), 9, data(most)))[0] == 204


def test_a_form_has_no_place_for_buttons() -> None:
    assert limits.modal_problems({**form(), "components": [row(button("a"))]})


CHOICES: list[tuple[str, int, Any]] = [
    ("count", 25, lambda n: [{"name": "x", "value": "x"}] * n),
    ("name", 100, lambda n: [{"name": "x" * n, "value": "x"}]),
    ("value", 100, lambda n: [{"name": "x", "value": "x" * n}]),
]


@pytest.mark.parametrize(("most", "choices"), [case[1:] for case in CHOICES], ids=[case[0] for case in CHOICES])
def test_suggestions(most: int, choices: Any) -> None:
    assert limits.choice_problems(choices(most)) == []
    assert limits.choice_problems(choices(most + 1))
    assert limits.choice_problems(None)


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "ask", "description": "x", **fields}


def option(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "name": "issue", "description": "x", **fields}


COMMANDS: list[tuple[str, int, Any]] = [
    ("count", 100, lambda n: [command(name=f"c{i}") for i in range(n)]),
    ("name", 32, lambda n: [command(name="x" * n)]),
    ("description", 100, lambda n: [command(description="x" * n)]),
    ("translated description", 100, lambda n: [command(description_localizations={"fr": "x" * n})]),
    ("options", 25, lambda n: [command(options=[option(name=f"o{i}") for i in range(n)])]),
    ("option description", 100, lambda n: [command(options=[option(description="x" * n)])]),
    ("menus", 15, lambda n: [{"type": 3, "name": f"m{i}"} for i in range(n)]),
]


@pytest.mark.parametrize(("most", "commands"), [case[1:] for case in COMMANDS], ids=[case[0] for case in COMMANDS])
async def test_commands(here: Here, most: int, commands: Any) -> None:
    path = f"/applications/{here.discord.application_id}/guilds/{here.guild.id}/commands"
    assert (await here.call("PUT", path, commands(most)))[0] == 200
    assert len(here.guild.commands) == len(commands(most))
    assert await here.call("PUT", path, commands(most + 1)) == (400, 50035)
    assert here.discord.problems
    assert len(here.guild.commands) == len(commands(most)), "and all of it was refused"


@pytest.mark.parametrize("commands", [[command()] * 2, [command(name="Ask")]])
def test_flawed_commands(commands: Any) -> None:
    assert limits.command_problems(commands)


async def test_names_of_threads(here: Here) -> None:
    path = f"/channels/{here.channel.id}/messages/{await here.card()}/threads"
    assert await here.call("POST", path, {"name": "x" * 101}) == (400, 50035)
    assert await here.call("POST", path, {"name": ""}) == (400, 50035)
    assert await here.call("POST", path, {"name": "x", "auto_archive_duration": 61}) == (400, 50035)
    assert (await here.call("POST", path, {"name": "x" * 100}))[0] == 200


def test_tags_of_forums_and_posts() -> None:
    assert limits.tag_problems([{"name": "x" * 20}] * 20) == []
    assert limits.tag_problems([{"name": "x" * 21}])
    assert limits.tag_problems([{"name": "x"}] * 21)
    assert limits.thread_problems({"applied_tags": [1] * 5}) == []
    assert limits.thread_problems({"applied_tags": [1] * 6})
