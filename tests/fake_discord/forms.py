"""What a person's client makes of a form: checks the inputs, and sends all of them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.fake_discord.components import INPUT, LABEL, ROW, SELECTS, TEXT, UPLOAD, Json, walk
from tests.fake_discord.limits import length
from tests.fake_discord.model import Attachment

Value = str | list[str] | tuple[str, bytes]
"""A text, what is chosen from a menu, or a file as (name, content)."""
_FIELDS = SELECTS | {INPUT, UPLOAD}


def filled(modal: Json, values: Mapping[str, Value], upload: Callable[[str, bytes], Attachment]) -> Json:
    """The data of a submission; AssertionError for what the window would not let a person do."""
    fields = {one["custom_id"] for one in walk(modal["components"]) if one["type"] in _FIELDS}
    assert values.keys() <= fields, f"the form has {sorted(fields)}, not {sorted(values.keys() - fields)}"
    attachments: dict[str, Json] = {}

    def sent(one: Json) -> Json:
        kind, number = one["type"], {"id": one["id"]} if one.get("id") else {}
        if kind == ROW:
            return {"type": ROW, **number, "components": [sent(child) for child in one["components"]]}
        if kind == LABEL:
            return {"type": LABEL, **number, "component": sent(one["component"])}
        if kind == TEXT:
            return {"type": TEXT, **number}
        value = values.get(one["custom_id"])
        answer = {"type": kind, **number, "custom_id": one["custom_id"]}
        if kind == INPUT:
            return {**answer, "value": _typed(one, value)}
        return {**answer, "values": _picked(one, value)}

    def _picked(one: Json, value: Value | None) -> list[str]:
        if isinstance(value, tuple):
            assert one["type"] == UPLOAD, f"{one['custom_id']} takes no file"
            described = upload(*value)
            attachments[str(described.id)] = _described(described)
            return [str(described.id)]
        chosen = [] if value is None else [value] if isinstance(value, str) else value
        offered = {option["value"] for option in one.get("options", [])}
        assert set(chosen) <= offered or not offered, f"{one['custom_id']} offers {sorted(offered)}"
        assert chosen or not one.get("required", True), f"{one['custom_id']} is required"
        return list(chosen)

    components = [sent(one) for one in modal["components"]]
    return {
        "custom_id": modal["custom_id"],
        "components": components,
        **({"resolved": {"attachments": attachments}} if attachments else {}),
    }


def _typed(one: Json, value: Value | None) -> str:
    text = one.get("value") or "" if value is None else value
    assert isinstance(text, str), f"{one['custom_id']} takes a text"
    least = one.get("min_length") or (1 if one.get("required", True) else 0)
    allowed = {0} if not one.get("required", True) else set[int]()
    count = length(text)
    assert count in allowed or least <= count <= (one.get("max_length") or 4000), f"{count} characters: {one}"
    return text


def _described(one: Attachment) -> Json:
    return {
        "id": str(one.id),
        "filename": one.filename,
        "size": len(one.content),
        "url": one.url,
        "proxy_url": one.url,
        "ephemeral": True,
    }
