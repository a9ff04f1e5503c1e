"""What stands on a message or in a form, whatever it is nested in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

ROW, BUTTON, SELECT, INPUT = 1, 2, 3, 4
SELECTS = frozenset({3, 5, 6, 7, 8})
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL, UPLOAD = 9, 10, 11, 12, 13, 14, 17, 18, 19
LINK = 5
"""The style of a button that opens an address and tells nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button as a person sees it."""

    label: str
    custom_id: str | None
    url: str | None
    emoji: str
    disabled: bool


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Every component, outer ones first, in the order in which they are shown."""
    for component in components:
        yield component
        yield from walk(component.get("components") or ())
        yield from walk([one for one in (component.get("accessory"), component.get("component")) if one])


def buttons(components: Iterable[Json]) -> list[Button]:
    return [
        Button(
            label=one.get("label") or "",
            custom_id=one.get("custom_id"),
            url=one.get("url"),
            emoji=(one.get("emoji") or {}).get("name") or "",
            disabled=bool(one.get("disabled")),
        )
        for one in walk(components)
        if one.get("type") == BUTTON
    ]


def texts(components: Iterable[Json]) -> list[str]:
    return [one["content"] for one in walk(components) if one.get("type") == TEXT]


def embed_texts(embed: Json) -> list[str]:
    """Everything that is written on an embed, from top to bottom."""
    fields = [part for field in embed.get("fields", []) for part in (field["name"], field["value"])]
    author, footer = (embed.get("author") or {}).get("name"), (embed.get("footer") or {}).get("text")
    return [text for text in (author, embed.get("title"), embed.get("description"), *fields, footer) if text]


def numbered(components: list[Json]) -> list[Json]:
    """With the ids that Discord gives to components that came without one."""
    taken = {one["id"] for one in walk(components) if one.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)

    def marked(one: Json) -> Json:
        made = {**one, "id": one.get("id") or next(free)}
        if "components" in one:
            made["components"] = [marked(child) for child in one["components"]]
        for inner in ("accessory", "component"):
            if one.get(inner):
                made[inner] = marked(one[inner])
        return made

    return [marked(one) for one in components]
