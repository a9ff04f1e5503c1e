"""OpenAI's published description of its API: what it says about a request. Only where that document is at hand."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.conftest import SHARED

DOCUMENT = SHARED / "reference" / "openai-openapi.json"
ABSENT = "shared reference documents are absent"


@cache
def _validator() -> Draft202012Validator | None:
    if not DOCUMENT.is_file():
        return None
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    # The document allows unknown fields; a misspelt one would go unnoticed without this.
    strict = {"$ref": "#/components/schemas/CreateChatCompletionRequest", "unevaluatedProperties": False}
    return Draft202012Validator({**strict, "components": document["components"]})


def mistakes_in_chat_request(body: Any) -> list[str]:
    """Why OpenAI would refuse this body; nothing when the document is absent (a test of its own says so)."""
    validator = _validator()
    return [] if validator is None else [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(body)]
