"""What an error of a model server means, and who has to act. Pure.

Servers agree on little: `code` is a text or a number, `error` may be a text, absent, or lie under
`detail`, and a status may be missing because the error came in the middle of a stream.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from bot.errors import BotError, Gone, Limited, Permanent, Temporary, Unauthorised, Unreadable

NEEDED = frozenset({"model", "messages", "stream"})
"""Parameters without which there is no request."""


class Kind(StrEnum):
    """What to do about a fault."""

    LATER = "later"  # try again
    SHRINK = "shrink"  # the prompt was too long: make it shorter, once
    DROP = "drop"  # leave out `parameter`, and try again
    OPERATOR = "operator"  # somebody must change the configuration, the key or the account
    REFUSED = "refused"  # the model does not want to


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One failed call. `error` is what the team is told if nothing helps.

    `hopeless`: every further call will fail as well, whatever it asks for. `again`: the server did not
    forbid to try soon. `limit` and `prompt_tokens` are the server's own figures, 0 when it gave none.
    """

    kind: Kind
    error: BotError
    parameter: str = ""
    again: bool = True
    hopeless: bool = False
    limit: int = 0
    prompt_tokens: int = 0

    @property
    def retry_after(self) -> float | None:
        return self.error.retry_after if isinstance(self.error, Limited) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Complaint:
    """An error body, whatever its shape. `named` are the parameters it points at."""

    message: str = ""
    codes: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    limit: int = 0
    prompt_tokens: int = 0


def from_status(
    status: int, body: object, headers: Mapping[str, str], *, sent: Collection[str], model: str, now: datetime
) -> Fault:
    """The fault behind an HTTP status; `sent` are the names of the parameters that were sent."""
    complaint = _read(body)
    if special := _special(complaint):
        return special
    again = headers.get("x-should-retry", "").lower() != "false"
    if status == 429:
        wait = retry_after(headers, now)
        return Fault(kind=Kind.LATER, again=again, error=Limited("The model server asks us to wait.", wait))
    if status in {401, 403}:
        return _key_rejected(forbidden=status == 403, model=model)
    if status == 413:
        return _too_long(complaint)
    if (status in {400, 422, 500}) and (parameter := _refused_parameter(status, complaint, sent)):
        return Fault(
            kind=Kind.DROP,
            parameter=parameter,
            error=Permanent(f"The model server refuses the parameter {parameter}; choose another model.profile."),
        )
    if status in {408, 409, 425} or (status >= 500 and status != 501):
        failed = f"The model server failed with status {status}; try again in a while."
        wait = retry_after(headers, now)
        error = Temporary(failed) if wait is None else Limited(failed, wait)
        return Fault(kind=Kind.LATER, again=again, error=error)
    return Fault(kind=Kind.OPERATOR, error=_mistaken(status, complaint, model))


def from_stream(body: object, *, model: str) -> Fault:
    """The fault behind an error that came without a status: in a stream, or in a body with status 200."""
    complaint = _read(body)
    if special := _special(complaint):
        return special
    status = next((int(code) for code in complaint.codes if re.fullmatch(r"[45]\d\d", code)), 0)
    if status in {401, 403}:
        return _key_rejected(forbidden=status == 403, model=model)
    if 400 <= status < 500 and status not in {408, 409, 425, 429}:
        return Fault(kind=Kind.OPERATOR, error=_mistaken(status, complaint, model))
    return Fault(kind=Kind.LATER, error=Temporary("The model server failed while it answered; try again in a while."))


def unreachable(address: str) -> Fault:
    return Fault(
        kind=Kind.LATER,
        error=Temporary(f"The model server at {address} cannot be reached; start it, or correct model.base_url."),
    )


def silent() -> Fault:
    return Fault(kind=Kind.LATER, error=Temporary("The model server stopped answering; try again in a while."))


def cut_off() -> Fault:
    return Fault(kind=Kind.LATER, error=Temporary("The model's answer broke off; try again in a while."))


def not_a_stream(address: str) -> Fault:
    return Fault(
        kind=Kind.OPERATOR,
        error=Unreadable(f"{address} does not answer as a model server does; correct model.base_url (it ends in /v1)."),
    )


def refusal(reason: str) -> Fault:
    said = f" (“{_short(reason)}”)" if reason else ""
    return Fault(
        kind=Kind.REFUSED,
        error=Permanent(f"The model declined to write a reply{said}; write it yourself or dismiss it."),
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds the server asks us to wait: in milliseconds, in seconds, or until a date."""
    if (number := _number(headers.get("retry-after-ms"))) is not None:
        return number / 1000
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if (number := _number(value)) is not None:
        return number
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _number(value: str | None) -> float | None:
    return float(value) if value and re.fullmatch(r"\s*\d{1,9}(\.\d*)?\s*", value) else None


_OVERFLOW = re.compile(
    r"maximum context length|context ?window ?exceeded|exceeds? the (?:available )?context|prompt is too long", re.I
)
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_credits", "402"})


def _special(complaint: _Complaint) -> Fault | None:
    """What is told by words rather than by the status."""
    if complaint.codes & {"context_length_exceeded", "exceed_context_size_error"} or _OVERFLOW.search(
        complaint.message
    ):
        return _too_long(complaint)
    if complaint.codes & _QUOTA:
        spent = "The account at the model server has no credit left; top it up, or configure another [model]."
        return Fault(kind=Kind.OPERATOR, hopeless=True, error=Permanent(spent))
    if "no_db_connection" in complaint.codes:  # LiteLLM's way of saying that it does not know the key
        return _key_rejected(forbidden=False, model="")
    if complaint.codes & {"content_filter", "content_policy_violation"}:
        return refusal("")
    return None


def _too_long(complaint: _Complaint) -> Fault:
    return Fault(
        kind=Kind.SHRINK,
        limit=complaint.limit,
        prompt_tokens=complaint.prompt_tokens,
        error=Permanent(
            "The issue does not fit into the model's context; correct model.context or use a larger model."
        ),
    )


def _key_rejected(*, forbidden: bool, model: str) -> Fault:
    sentence = (
        f"The key may not use the model {model}; allow it there, or correct GEPETTTO_MODEL_KEY."
        if forbidden
        else "The model server rejects the key; set GEPETTTO_MODEL_KEY to a valid one."
    )
    return Fault(kind=Kind.OPERATOR, hopeless=True, error=Unauthorised(sentence))


def _mistaken(status: int, complaint: _Complaint, model: str) -> BotError:
    if status == 404:
        return Gone(f"The model server knows no model {model}; correct model.model or model.base_url.")
    if 300 <= status < 400:
        return Permanent("The model server sends us to another address; set model.base_url to the final one.")
    said = f" (“{_short(complaint.message)}”)" if complaint.message else ""
    return Permanent(f"The model server rejects the request with status {status}{said}; correct [model].")


def _refused_parameter(status: int, complaint: _Complaint, sent: Collection[str]) -> str:
    """The one parameter this complaint is about, if it is one that can be left out.

    Old servers answer a failed validation with status 500, and only in words.
    """
    droppable = [name for name in sent if name not in NEEDED]
    if status == 500 and "validation" not in complaint.message.lower():
        return ""
    for name in droppable:
        if name in complaint.named:
            return name
    for name in droppable:
        if re.search(rf"\b{name}\b", complaint.message):
            return name
    if status == 500 and "json_schema" in complaint.message and "response_format" in droppable:
        return "response_format"
    return ""


def _read(body: object) -> _Complaint:
    if isinstance(body, Mapping):
        for key in ("error", "detail"):
            if body.get(key):
                return _read(body[key])
        named = str(body.get("param") or "")
        message = str(body.get("message") or "")
        return _Complaint(
            message=message,
            codes=frozenset(str(body[key]) for key in ("code", "type", "finish_reason") if body.get(key)),
            named=frozenset(re.split(r"[.\[]", named)[:1]) if named else frozenset(),
            limit=_positive(body.get("n_ctx")) or _said_limit(message),
            prompt_tokens=_positive(body.get("n_prompt_tokens")),
        )
    if isinstance(body, list):  # pydantic's list of mistakes, as FastAPI sends it
        places = [str(place) for item in body if isinstance(item, Mapping) for place in _list(item.get("loc"))]
        words = [str(item.get("msg", "")) for item in body if isinstance(item, Mapping)]
        return _Complaint(message="; ".join(words), named=frozenset(places))
    text = "" if body is None else str(body)
    return _Complaint(message=text, limit=_said_limit(text))


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _positive(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _said_limit(message: str) -> int:
    said = re.search(r"maximum context length is (\d{1,9})", message)
    return int(said[1]) if said else 0


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:159] + "…"
