"""Proves the [model] section: the model is there, the key is accepted, a tiny call works."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.drafters.openai.client import Client
from bot.drafters.openai.faults import Fault
from bot.drafters.openai.line import Line
from bot.errors import BotError, Unauthorised
from bot.ports import Finding
from bot.settings import ModelSettings

ITEMS = ("model name", "model key", "model reply")
_TINY = 16
"""Tokens: enough to see that words come, too few to cost anything."""


async def check(settings: ModelSettings, client: Client, line: Line) -> list[Finding]:
    """One finding for each of ITEMS, in that order."""
    listed = _listed(settings.model, await client.models())
    return [listed, *await _tiny_call(line)]


def _listed(model: str, models: list[dict[str, Any]] | Fault) -> Finding:
    if isinstance(models, Fault):
        return Finding(
            item="model name", ok=False, detail="the list of models cannot be read", remedy=str(models.error)
        )
    if not models:
        return Finding(item="model name", ok=True, warning=True, detail="the server has no list of models")
    names = [str(entry.get("id", "")) for entry in models]
    if model not in names:
        known = ", ".join(names[:8])
        return Finding(
            item="model name",
            ok=False,
            detail=f"the server does not list {model}",
            remedy=f"Set model.model to a model it offers ({known}{', …' if len(names) > 8 else ''}).",
        )
    end = models[names.index(model)].get("shutdown_date")
    if end:
        return Finding(
            item="model name",
            ok=True,
            warning=True,
            detail=f"{model} will be switched off on {_day(end)}",
            remedy="Choose another model before that day.",
        )
    return Finding(item="model name", ok=True, detail=model)


def _day(value: object) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        return str(value)[:20]


async def _tiny_call(line: Line) -> list[Finding]:
    messages = ({"role": "user", "content": "Say OK."},)
    try:
        async with line.slot() as deadline:
            answer = await line.complete(messages, deadline=deadline, max_tokens=_TINY)
        if isinstance(answer, Fault):
            raise answer.error
    except Unauthorised as error:
        return [
            Finding(item="model key", ok=False, detail="the key is not accepted", remedy=str(error)),
            Finding(item="model reply", ok=False, detail="nothing was tried without a key"),
        ]
    except BotError as error:
        return [
            Finding(item="model key", ok=True, warning=True, detail="not proven: the call failed otherwise"),
            Finding(item="model reply", ok=False, detail="a tiny call failed", remedy=str(error)),
        ]
    detail = f"{answer.model} answered in {answer.seconds:.1f} s"
    return [
        Finding(item="model key", ok=True, detail="accepted"),
        Finding(item="model reply", ok=True, detail=detail),
    ]
