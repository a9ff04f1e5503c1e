"""Threads, tags of forums, and the commands of a server."""

from __future__ import annotations

from collections import Counter

from tests.fake_discord.components import Json
from tests.fake_discord.limits.counting import number_of, within
from tests.fake_discord.limits.forms import choice_problems

THREAD_NAME = 100
TAGS_OF_FORUM = 20
TAGS_OF_POST = 5


def thread_problems(body: Json) -> list[str]:
    problems = within("a thread's name", body.get("name"), THREAD_NAME, 1) if "name" in body else []
    return problems + number_of("tags of a post", body.get("applied_tags") or [], TAGS_OF_POST)


def tag_problems(tags: list[Json]) -> list[str]:
    problems = number_of("tags of a forum", tags, TAGS_OF_FORUM)
    return problems + [problem for one in tags for problem in within("a tag's name", one.get("name"), 20, 1)]


def command_problems(commands: list[Json]) -> list[str]:
    problems: list[str] = []
    by_type = Counter(command.get("type", 1) for command in commands)
    problems += [
        f"{count} commands of type {kind}" for kind, count in by_type.items() if count > (100 if kind == 1 else 15)
    ]
    names = Counter((command.get("type", 1), command.get("name")) for command in commands)
    problems += [f"the command {name} is there twice" for (_, name), count in names.items() if count > 1]
    return problems + [problem for command in commands for problem in _command_problems(command)]


def _command_problems(command: Json) -> list[str]:
    problems = _names_problems("a command", command, described=command.get("type", 1) == 1)
    if command.get("type", 1) == 1 and command.get("name") != str(command.get("name")).lower():
        problems.append("a command's name has capitals")
    problems += number_of("options of a command", command.get("options") or [], 25)
    for option in command.get("options") or []:
        problems += _names_problems("an option", option, described=True)
        problems += choice_problems(option.get("choices") or [])
    return problems


def _names_problems(what: str, one: Json, *, described: bool) -> list[str]:
    names = [one.get("name"), *(one.get("name_localizations") or {}).values()]
    problems = [problem for name in names for problem in within(f"{what}'s name", name, 32, 1)]
    if described:
        texts = [one.get("description"), *(one.get("description_localizations") or {}).values()]
        problems += [problem for text in texts for problem in within(f"{what}'s description", text, 100, 1)]
    return problems
