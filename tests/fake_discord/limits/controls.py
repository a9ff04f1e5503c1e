"""Rows, buttons and menus, on messages of both kinds."""

from __future__ import annotations

from collections import Counter

from tests.fake_discord.components import BUTTON, LINK, ROW, SELECTS, Json, walk
from tests.fake_discord.limits.counting import number_of, within


def control_problems(components: list[Json]) -> list[str]:
    problems: list[str] = []
    everything = list(walk(components))
    for one in everything:
        if one.get("type") == ROW:
            kinds = [child.get("type") for child in one.get("components") or []]
            problems += number_of("controls in a row", kinds, 5, 1)
            if len(kinds) > 1 and SELECTS & set(kinds):
                problems.append("a menu shares its row")
        elif one.get("type") == BUTTON:
            problems += _button_problems(one)
        elif one.get("type") in SELECTS:
            problems += menu_problems(one)
    return problems + id_problems(everything)


def id_problems(everything: list[Json]) -> list[str]:
    names = Counter(one["custom_id"] for one in everything if one.get("custom_id") is not None)
    numbers = Counter(one["id"] for one in everything if one.get("id"))
    return [f"{name!r} is there {count} times" for name, count in [*names.items(), *numbers.items()] if count > 1]


def _button_problems(one: Json) -> list[str]:
    problems = within("a button's label", one.get("label"), 80)
    if not one.get("label") and not one.get("emoji"):
        problems.append("a button has neither label nor emoji")
    if one.get("style") == LINK:
        address = one.get("url") or ""
        problems += within("a button's address", address, 512, 1)
        if not address.startswith(("http://", "https://", "discord://")):
            problems.append(f"a button opens {address!r}")
        return problems + (["a link has a custom_id"] if one.get("custom_id") else [])
    return (
        problems
        + within("a custom_id", one.get("custom_id"), 100, 1)
        + (["a button has a url"] if one.get("url") else [])
    )


def menu_problems(one: Json) -> list[str]:
    options = one.get("options") or []
    problems = within("a custom_id", one.get("custom_id"), 100, 1)
    problems += within("a menu's placeholder", one.get("placeholder"), 150)
    if one.get("type") == 3:
        problems += number_of("options of a menu", options, 25, 1)
    for option in options:
        problems += within("an option's label", option.get("label"), 100, 1)
        problems += within("an option's value", option.get("value"), 100, 1)
        problems += within("an option's description", option.get("description"), 100)
    if len({option.get("value") for option in options}) < len(options):
        problems.append("two options of a menu have one value")
    most = one.get("max_values", 1)
    return problems + ([] if one.get("type") != 3 or most <= len(options) else ["a menu wants more than it offers"])
