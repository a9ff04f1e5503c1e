"""What the calls for one draft consumed, and what that costs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain.review import Usage
from bot.knowledge.budget import estimate

Price = Literal["prompt", "cached", "completion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a server reports for one call; `cached` is part of `prompt`, `reasoning` of `completion`."""

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One whole answer of a model. `expected` is our own count of its prompt, uncorrected."""

    text: str
    finish_reason: str
    model: str
    seconds: float
    first_token_seconds: float
    tokens: Tokens | None = None
    expected: int = 0

    @property
    def cut(self) -> bool:
        return self.finish_reason in {"length", "model_length", "max_tokens"}


def bill(calls: Sequence[Completion], prices: Mapping[Price, float], *, seconds: float) -> Usage:
    """All calls of a draft together; `estimated` when a server did not say what it counted."""
    counted = [call.tokens or Tokens(prompt=call.expected, completion=estimate(call.text)) for call in calls]
    prompt, cached = sum(t.prompt for t in counted), sum(t.cached for t in counted)
    completion = sum(t.completion for t in counted)
    return Usage(
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        reasoning_tokens=sum(t.reasoning for t in counted),
        cost=_cost(prices, prompt - cached, cached, completion),
        seconds=seconds,
        first_token_seconds=calls[0].first_token_seconds,
        finish_reason=calls[-1].finish_reason,
        estimated=any(call.tokens is None for call in calls),
    )


def _cost(prices: Mapping[Price, float], prompt: int, cached: int, completion: int) -> float | None:
    """In the currency of the price table (per million tokens); None when it does not say enough."""
    if "prompt" not in prices or "completion" not in prices:
        return None
    cheap = prices.get("cached", prices["prompt"])
    return (prompt * prices["prompt"] + cached * cheap + completion * prices["completion"]) / 1_000_000
