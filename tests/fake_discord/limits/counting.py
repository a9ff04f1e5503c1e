"""Lengths and counts, in sentences.

Lengths are counted in UTF-16 units, the stricter of the two counts in use: what passes here passes wherever code
points are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def length(text: str) -> int:
    """A lone surrogate counts as one; `unicode_problems` refuses it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def within(what: str, text: Any, most: int, least: int = 0) -> list[str]:
    """Absent texts are fine as long as nothing is demanded of them."""
    if text is None and not least:
        return []
    if not isinstance(text, str):
        return [f"{what} is not a text"]
    count = length(text)
    return [] if least <= count <= most else [f"{what} has {count} characters, not {least} to {most}"]


def number_of(what: str, things: Iterable[Any], most: int, least: int = 0) -> list[str]:
    count = len(list(things))
    return [] if least <= count <= most else [f"{count} {what}, not {least} to {most}"]


def unicode_problems(node: Any) -> list[str]:
    """Half characters, anywhere in a body: no UTF-8 can carry them."""
    if isinstance(node, str):
        return ["a text holds half a character"] if any("\ud800" <= one <= "\udfff" for one in node) else []
    children = [*node.keys(), *node.values()] if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [problem for child in children for problem in unicode_problems(child)]
