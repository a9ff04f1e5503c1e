"""Prompts with sensible defaults; a test overrides what it is about."""

from __future__ import annotations

from typing import Any

from bot.domain.prompt import Prompt
from tests.factories import make_match


def make_prompt(**changes: Any) -> Prompt:
    values: dict[str, Any] = {
        "title": "The service does not start",
        "text": "After the update the service does not start any more.",
        "sources": (make_match(),),
    }
    return Prompt(**{**values, **changes})
