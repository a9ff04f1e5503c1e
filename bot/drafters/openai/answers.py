"""From a model's answer to a draft text: the shape we ask for, tolerant reading, checked citations. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jiter

from bot.domain.passage import Match
from bot.domain.prompt import Prompt
from bot.domain.review import DraftStatus, DraftText
from bot.drafters.citing import citation, find, with_links

WARNINGS = frozenset(
    {
        "incomplete",  # the answer ran into the limit on tokens
        "plain_text",  # the model did not keep to the form: its text is the reply, nothing is cited
        "quote_not_found",  # a quotation does not stand in its source; the citation was dropped
        "source_removed",  # the reply named a source that is not cited with a valid quotation
        "unsupported",  # an answer without any valid citation
        "language",  # the reply is in another language than the issue
        "shortened",  # not everything found room in the prompt
        "prompt_cut",  # the server read far less than was sent
    }
)
"""Every word that `DraftText.warnings` of this drafter can hold; cards say them in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A model's answer in the right form. `evidence` are (source id, quotation), not yet checked."""

    status: DraftStatus
    reply: str
    language: str = ""
    note_to_team: str = ""
    evidence: tuple[tuple[str, str], ...] = ()


def schema(ids: Sequence[str], *, bounds: bool) -> dict[str, Any]:
    """The JSON schema of an answer that may cite `ids`, in the order in which a model should think.

    Kept to what every strict server accepts: all properties required, none besides. `bounds` adds the
    lengths that a grammar needs to come to an end.
    """

    def text(longest: int) -> dict[str, Any]:
        return {"type": "string", "maxLength": longest} if bounds else {"type": "string"}

    def many(item: dict[str, Any], most: int) -> dict[str, Any]:
        return {"type": "array", "items": item, "maxItems": most} if bounds else {"type": "array", "items": item}

    def record(**properties: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    evidence = {"evidence": many(record(source={"type": "string", "enum": list(ids)}, quote=text(600)), 6)}
    return record(
        language=text(8),
        **(evidence if ids else {}),
        status={"type": "string", "enum": [status.value for status in DraftStatus]},
        missing=many(text(200), 3),
        reply_markdown=text(6000),
        note_to_team=text(600),
    )


def read(text: str, *, unfinished: bool = False) -> Written | None:
    """The answer in `text`, also from within a fence or among other words; None when there is none.

    `unfinished`: take what is there of an object that has no end.
    """
    text = re.sub(r"\A\s*<think>.*?</think>", "", text, flags=re.DOTALL)
    fenced = re.findall(r"```(?:json)?\s*\n(.*?)```", text, flags=re.DOTALL | re.IGNORECASE)
    start, end = text.find("{"), text.rfind("}") + 1
    for candidate in (text, *fenced, text[start:end] if 0 <= start < end else ""):
        if written := _written(_parsed(candidate)):
            return written
    return _written(_begun(text[start:])) if unfinished and start >= 0 else None


def plain(text: str) -> str:
    """What can be shown of an answer that kept to no form; empty when it is the ruin of one."""
    text = re.sub(r"\A\s*<think>.*?(?:</think>|\Z)", "", text, flags=re.DOTALL).strip()
    return "" if text.startswith(("{", "[", "```")) else text


def draft_from(written: Written, prompt: Prompt, sources: Mapping[str, Match]) -> DraftText:
    """The draft, with only those citations whose words stand in their source. Names no model yet."""
    cited = _checked(written, sources)
    warnings = ["quote_not_found"] if len(cited) < len(written.evidence) else []
    status, reply = written.status, written.reply.strip()
    if status is DraftStatus.ANSWER and not cited:
        warnings.append("unsupported")
        if not sources and not prompt.freeform:
            status = DraftStatus.INSUFFICIENT  # no source, no claim
    if status is DraftStatus.INSUFFICIENT:
        reply = ""
    language = _language(written.language, prompt.language)
    if reply and language != prompt.language[:2]:
        warnings.append("language")
    reply, removed = with_links(reply, {name: sources[name].passage for name, _ in cited}, language)
    if removed:
        warnings.append("source_removed")
    return DraftText(
        text=reply,
        status=status,
        citations=tuple(citation(sources[name], quote) for name, quote in cited),
        language=language,
        note_to_team=written.note_to_team.strip(),
        warnings=tuple(warnings),
    )


def _checked(written: Written, sources: Mapping[str, Match]) -> list[tuple[str, str]]:
    """The evidence whose words were found, with the words as they stand in the source."""
    found = [(name, find(quote, sources[name].passage.body)) for name, quote in written.evidence if name in sources]
    return [(name, quote) for name, quote in found if quote]


def _language(said: str, wanted: str) -> str:
    code = re.match(r"\s*([a-zA-Z]{2})(?![a-zA-Z])", said)
    return code[1].lower() if code else wanted[:2]


def _parsed(text: str) -> object:
    try:
        return json.loads(text, strict=False)  # models like to break lines inside of texts
    except (ValueError, RecursionError):
        return None


def _begun(text: str) -> object:
    try:
        return jiter.from_json(text.encode(errors="replace"), partial_mode="trailing-strings")
    except ValueError:
        return None


def _written(value: object) -> Written | None:
    if not isinstance(value, Mapping):
        return None
    status, reply = _text(value, "status"), _text(value, "reply_markdown")
    if status not in set(DraftStatus):
        return None
    if status in {DraftStatus.ANSWER, DraftStatus.ASK} and not reply.strip():
        return None
    return Written(
        status=DraftStatus(status),
        reply=reply,
        language=_text(value, "language"),
        note_to_team=_text(value, "note_to_team"),
        evidence=_evidence(value.get("evidence")),
    )


def _evidence(value: object) -> tuple[tuple[str, str], ...]:
    items = [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
    pairs = [(_text(item, "source").strip("[] "), _text(item, "quote")) for item in items]
    return tuple(dict.fromkeys((source, quote) for source, quote in pairs if source and quote))


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
