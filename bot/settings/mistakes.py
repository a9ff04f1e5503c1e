"""What is wrong with a configuration, as one sentence with the key, what was expected, and the nearest known key.

Values are never repeated: one of them may be a secret in the wrong place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.settings.sections import SECRETS, Sections

_EXPECTED = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list in square brackets",
    "dict_type": "a table: { name = value }",
    "model_type": "a section: its name in square brackets, then its keys",
}
_REFINED = {
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
    "string_too_short": "text that is not empty",
    "too_short": "a list that is not empty",
}
_LIMITS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}
_TOML_WORDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a decimal number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a table"),
    ((datetime, date, time), "a date"),
)
_SECRET_WORDS = ("token", "key", "secret", "password")


def sentence(error: ValidationError) -> str:
    """The most telling mistake: an unknown key first, since it explains a missing one."""
    found = error.errors(include_url=False)
    return _worded(min(found, key=lambda mistake: mistake["type"] != "extra_forbidden"))


def _worded(mistake: ErrorDetails) -> str:
    kind, loc, given = mistake["type"], mistake["loc"], mistake["input"]
    if kind == "extra_forbidden":
        return _unknown(loc, given)
    if kind == "missing":
        return f'the section [{loc[0]}] needs the key "{loc[-1]}".'
    return f"{_place(loc)} {_expectation(mistake)}."


def _expectation(mistake: ErrorDetails) -> str:
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be one of {context['expected'].replace(' or ', ', ')}"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"must be {words} {context[name]:g}"
    if kind in _EXPECTED:
        return f"must be {_EXPECTED[kind]}, not {_toml_word(mistake['input'])}"
    return f"must be {_REFINED[kind]}" if kind in _REFINED else f"is wrong: {mistake['msg']}"


def _toml_word(value: Any) -> str:
    return next((word for kind, word in _TOML_WORDS if isinstance(value, kind)), "this")


def _place(loc: Iterable[str | int]) -> str:
    """("gitlab", "projects", 1) -> gitlab.projects[1]"""
    place = ""
    for part in loc:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part != "[key]":
            place += f".{part}" if place else part
    return place


def _unknown(loc: tuple[str | int, ...], given: Any) -> str:
    *above, name = (str(part) for part in loc)
    if not above:
        if isinstance(given, dict):
            return f"unknown section [{name}]; {_nearest(name, Sections, 'section')}."
        return f'the key "{name}" stands outside any section; sections are {", ".join(Sections.model_fields)}.'
    return f'unknown key "{_place(loc)}"; {_hint(above[0], name)}.'


def _hint(section: str, name: str) -> str:
    variable = next((v for v in SECRETS if v.startswith(f"GEPETTTO_{section.upper()}_")), None)
    if variable and any(word in name.lower() for word in _SECRET_WORDS):
        return f"secrets do not belong into this file: set {variable} or {variable}_FILE in the environment"
    return _nearest(name, _model_of(section), "key")


def _model_of(section: str) -> type[BaseModel]:
    annotation = Sections.model_fields[section].annotation
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    return next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))


def _nearest(name: str, model: type[BaseModel], kind: str) -> str:
    known = list(model.model_fields)
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return f'did you mean "{near[0]}"' if near else f"known {kind}s are {', '.join(known)}"
