"""Messages: texts, embeds, files, and what surrounds the controls."""

from __future__ import annotations

from typing import Any

from tests.fake_discord.components import (
    CONTAINER,
    FILE,
    GALLERY,
    ROW,
    SECTION,
    SEPARATOR,
    TEXT,
    THUMBNAIL,
    Json,
    embed_texts,
    walk,
)
from tests.fake_discord.limits.controls import control_problems
from tests.fake_discord.limits.counting import length, number_of, within

CONTENT = 2000
V2_TEXT = 4000
V2_COMPONENTS = 40
EMBEDS = 10
EMBED_TEXT = 6000
FILES = 10
FILE_BYTES = 10 << 20
NONCE = 25
_EMBED = {"title": 256, "description": 4096}
_ONLY_V2 = frozenset({SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER})
_TOP_V2 = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
_IN_CONTAINER = _TOP_V2 - {CONTAINER}


def message_problems(body: Json, files: list[str], *, v2: bool) -> list[str]:
    """Of a message as it would stand; `files` are the names of its attachments."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    components = body.get("components") or []
    problems = [
        *within("the content", content, CONTENT),
        *number_of("embeds", embeds, EMBEDS),
        *number_of("attachments", files, FILES),
        *(problem for embed in embeds for problem in _embed_problems(embed)),
        *mention_problems(body.get("allowed_mentions")),
        *nonce_problems(body.get("nonce")),
    ]
    total = sum(length(text) for embed in embeds for text in embed_texts(embed))
    if total > EMBED_TEXT:
        problems.append(f"the embeds have {total} characters, more than {EMBED_TEXT}")
    if v2 and (content or embeds):
        problems.append("a message with IS_COMPONENTS_V2 has content or embeds")
    return problems + (_v2_problems(components, files) if v2 else _rows_problems(components))


def nonce_problems(nonce: Any) -> list[str]:
    return within("the nonce", nonce, NONCE) if isinstance(nonce, str) else []


def mention_problems(allowed: Json | None) -> list[str]:
    """A list of ids beside the permission for all of that kind contradicts itself."""
    allowed = allowed or {}
    parse = allowed.get("parse") or []
    problems = [f"allowed_mentions: {kind} both parsed and listed" for kind in ("users", "roles")
                if kind in parse and allowed.get(kind)]  # fmt: skip
    for kind in ("users", "roles"):
        problems += number_of(f"{kind} in allowed_mentions", allowed.get(kind) or [], 100)
    return problems


def _embed_problems(embed: Json) -> list[str]:
    problems = [one for name, most in _EMBED.items() for one in within(f"an embed's {name}", embed.get(name), most)]
    problems += within("an embed's footer", (embed.get("footer") or {}).get("text"), 2048)
    problems += within("an embed's author", (embed.get("author") or {}).get("name"), 256)
    problems += number_of("fields of an embed", embed.get("fields") or [], 25)
    for field in embed.get("fields") or []:
        problems += within("the name of a field", field.get("name"), 256, 1)
        problems += within("the value of a field", field.get("value"), 1024, 1)
    return problems


def _rows_problems(rows: list[Json]) -> list[str]:
    """Components of the older kind: rows of controls below the message."""
    problems = number_of("rows", rows, 5)
    problems += ["a component at the top is no row" for row in rows if row.get("type") != ROW]
    if any(one.get("type") in _ONLY_V2 for one in walk(rows)):
        problems.append("a component needs IS_COMPONENTS_V2")
    return problems + control_problems(rows)


def _v2_problems(components: list[Json], files: list[str]) -> list[str]:
    everything = list(walk(components))
    problems = number_of("components", everything, V2_COMPONENTS)
    total = sum(length(one.get("content") or "") for one in everything if one.get("type") == TEXT)
    if total > V2_TEXT:
        problems.append(f"the texts have {total} characters, more than {V2_TEXT}")
    problems += ["a component cannot stand at the top" for one in components if one.get("type") not in _TOP_V2]
    for one in everything:
        problems += _part_problems(one)
    shown = _shown_files(everything)
    problems += [f"the file {name} is not attached" for name in sorted(shown - set(files))]
    problems += [f"the file {name} is attached and no component shows it" for name in sorted(set(files) - shown)]
    return problems + control_problems(components)


def _part_problems(one: Json) -> list[str]:
    children = one.get("components") or []
    kind = one.get("type")
    if kind == TEXT:
        return within("a text", one.get("content"), V2_TEXT, 1)
    if kind == CONTAINER:
        problems = number_of("components of a container", children, V2_COMPONENTS, 1)
        wrong = any(child.get("type") not in _IN_CONTAINER for child in children)
        return problems + (["a component cannot stand in a container"] if wrong else [])
    if kind == SECTION:
        problems = number_of("texts of a section", children, 3, 1)
        return problems + ([] if one.get("accessory") else ["a section has no accessory"])
    if kind == GALLERY:
        return number_of("pictures of a gallery", one.get("items") or [], 10, 1)
    return []


def _shown_files(everything: list[Json]) -> set[str]:
    media = [one["file"] for one in everything if one.get("type") == FILE]
    media += [one["media"] for one in everything if one.get("type") == THUMBNAIL]
    media += [item["media"] for one in everything if one.get("type") == GALLERY for item in one.get("items") or []]
    addresses = [each.get("url") or "" for each in media]
    return {one.removeprefix("attachment://") for one in addresses if one.startswith("attachment://")} | {
        one.rpartition("/")[2] for one in addresses if "/attachments/" in one
    }
