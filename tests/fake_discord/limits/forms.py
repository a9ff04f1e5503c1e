"""Forms, and the suggestions below an option."""

from __future__ import annotations

from typing import Any

from tests.fake_discord.components import INPUT, LABEL, ROW, SELECTS, TEXT, UPLOAD, Json, walk
from tests.fake_discord.limits.controls import id_problems, menu_problems
from tests.fake_discord.limits.counting import number_of, within
from tests.fake_discord.limits.messages import V2_TEXT


def modal_problems(data: Json) -> list[str]:
    parts = data.get("components") or []
    problems = within("a form's title", data.get("title"), 45, 1)
    problems += within("a form's custom_id", data.get("custom_id"), 100, 1)
    problems += number_of("parts of a form", parts, 5, 1)
    everything = list(walk(parts))
    for one in everything:
        kind = one.get("type")
        if kind == LABEL:
            problems += within("a label", one.get("label"), 45, 1)
            problems += within("a label's description", one.get("description"), 100)
        elif kind == TEXT:
            problems += within("a text", one.get("content"), V2_TEXT, 1)
        elif kind == INPUT:
            problems += _input_problems(one)
        elif kind == UPLOAD:
            problems += within("a custom_id", one.get("custom_id"), 100, 1)
        elif kind in SELECTS:
            problems += menu_problems(one)
        elif kind != ROW:
            problems.append(f"a component of type {kind} cannot stand in a form")
    return problems + id_problems(everything)


def _input_problems(one: Json) -> list[str]:
    problems = within("a custom_id", one.get("custom_id"), 100, 1)
    problems += within("an input's label", one.get("label"), 45)
    problems += within("an input's placeholder", one.get("placeholder"), 100)
    least, most = one.get("min_length") or 0, one.get("max_length") or 4000
    if not 0 <= least <= 4000 or not 1 <= most <= 4000 or least > most:
        problems.append(f"an input wants {least} to {most} characters")
    return problems + within("an input's value", one.get("value"), most)


def choice_problems(choices: Any) -> list[str]:
    if not isinstance(choices, list):
        return ["the suggestions are no list"]
    problems = number_of("suggestions", choices, 25)
    for choice in choices:
        problems += within("a suggestion's name", choice.get("name"), 100, 1)
        if isinstance(choice.get("value"), str):
            problems += within("a suggestion's value", choice["value"], 100, 1)
    return problems
