"""What the kinds of server understand, as data; and the smallest request that does the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.settings import ModelSettings

LIMITS = ("max_tokens", "max_completion_tokens")
"""The old and the new name of the limit on an answer; a server that refuses one may want the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of server. What it turns out to refuse is left out besides (`Line` remembers it)."""

    limit: str = "max_tokens"
    usage: bool = True  # `stream_options` is understood
    schema: bool = True  # `response_format` with a JSON schema is understood
    bounds: bool = False  # the schema should bound every text and list; OpenAI's strictness forbids it
    keeps: bool = False  # answers are kept there unless we say no
    slots: int = 4  # calls at one time


PROFILES: Mapping[str, Profile] = {
    "generic": Profile(),
    "openai": Profile(limit="max_completion_tokens", keeps=True, slots=8),
    "llamacpp": Profile(bounds=True, slots=2),
    "vllm": Profile(slots=8),
    "ollama": Profile(slots=2),
    "mistral": Profile(usage=False),  # 422 for every field it does not know
}


def request(
    settings: ModelSettings,
    messages: Sequence[Mapping[str, str]],
    *,
    schema: Mapping[str, Any] | None,
    max_tokens: int,
    refused: Collection[str] = (),
) -> dict[str, Any]:
    """The body of one call, without the parameters this server has `refused` before."""
    profile = PROFILES[settings.profile]
    body: dict[str, Any] = {"model": settings.model, "messages": [dict(m) for m in messages], "stream": True}
    optional: dict[str, Any] = {
        "stream_options": {"include_usage": True} if profile.usage else None,
        "response_format": _response_format(schema) if schema and profile.schema else None,
        "store": False if profile.keeps else None,
        "temperature": settings.temperature,
        "reasoning_effort": settings.reasoning_effort,
    }
    limits = [name for name in (profile.limit, *LIMITS) if name not in refused]
    if limits:
        optional[limits[0]] = max_tokens
    return body | {name: value for name, value in optional.items() if value is not None and name not in refused}


def _response_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "draft", "strict": True, "schema": dict(schema)}}
