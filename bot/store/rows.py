"""Domain values to text and back. Pure."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def pack(value: Any) -> str:
    """A dataclass as JSON that every database can hold: no NUL, no lone surrogate."""
    return json.dumps(_storable(value), default=_plain, ensure_ascii=False)


def pack_detail(detail: dict[str, Any] | None) -> str:
    return pack(detail or {})


def unpack(kind: type[T], text: str) -> T:
    value: T = _adapter(kind).validate_json(text)
    return value


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL cannot hold, and with lone surrogates replaced, which are no characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if is_dataclass(value):
        return {part.name: _storable(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list | tuple) else value


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Building one takes milliseconds, so each is built once."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]
