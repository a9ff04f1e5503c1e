"""The forms of a training file: one JSON object a line. Writing them, and telling what is wrong with one. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bot.knowledge.training.rows import Row

FORMS = ("chat", "completion", "preferences")

SYSTEM = "You answer questions about a software project for its team: friendly, concrete, and only with what is known."
SEPARATOR, STOP = "\n\n###\n\n", " <END>"
"""What ends the prompt and the completion of the older form."""

LARGEST = 512_000_000
"""Bytes of a file; providers take no more."""

# Inside a string these are allowed, but programs that split lines in other ways would break there.
_LINES = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ud800-\udfff]")
_ROLES = frozenset({"system", "user", "assistant"})


def line(row: Row, form: str) -> str:
    """The row as one line, with its end."""
    value = {"chat": _chat, "completion": _completion, "preferences": _preferences}[form](row)
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return _LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def check(lines: Iterable[bytes]) -> Iterator[tuple[int, str, str]]:
    """(number, form, problem) for each line of a file; the problem is empty when there is none.

    The first line that can be told decides the form of the file.
    """
    expected = ""
    for number, raw in enumerate(lines, start=1):
        form, problem = _checked(raw, first=number == 1)
        if not problem and expected and form != expected:
            problem = f"is a {form} row among {expected} rows"
        expected = expected or form
        yield number, form, problem


def _checked(raw: bytes, *, first: bool) -> tuple[str, str]:
    if first and raw.startswith(b"\xef\xbb\xbf"):
        return "", "begins with a byte order mark"
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", f"is not UTF-8 (byte {error.start + 1})"
    if not text.strip():
        return "", "is empty"
    if not text.endswith("\n"):
        return "", "has no end of line"
    if text.endswith("\r\n"):
        return "", "ends with a carriage return"
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        return "", f"is no JSON object ({str(error)[:120]})"
    return _told(value)


def _told(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        return "", "is no JSON object"
    forms: tuple[tuple[str, str, Callable[[dict[str, Any]], str]], ...] = (
        ("chat", "messages", _chat_problem),
        ("completion", "prompt", _completion_problem),
        ("preferences", "input", _preferences_problem),
    )
    for form, key, problem in forms:
        if key in value:
            return form, problem(value)
    return "", 'has none of the keys "messages", "prompt" and "input"'


def _chat(row: Row) -> dict[str, Any]:
    return {"messages": [*_asked(row), {"role": "assistant", "content": row.answer}]}


def _completion(row: Row) -> dict[str, Any]:
    return {"prompt": _unmarked(row.question) + SEPARATOR, "completion": f" {_unmarked(row.answer)}{STOP}"}


def _preferences(row: Row) -> dict[str, Any]:
    return {
        "input": {"messages": _asked(row)},
        "preferred_output": [{"role": "assistant", "content": row.answer}],
        "non_preferred_output": [{"role": "assistant", "content": row.rejected}],
    }


def _asked(row: Row) -> list[dict[str, str]]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": row.question}]


def _unmarked(text: str) -> str:
    """Without anything that would end a prompt or a completion too early."""
    return text.replace(STOP.strip(), "").replace(SEPARATOR, "\n\n").strip()


def _chat_problem(value: dict[str, Any]) -> str:
    if problem := _keys(value, {"messages"}):
        return problem
    return _messages(value["messages"], last="assistant")


def _completion_problem(value: dict[str, Any]) -> str:
    if problem := _keys(value, {"prompt", "completion"}):
        return problem
    prompt, completion = value["prompt"], value["completion"]
    if not isinstance(prompt, str) or not isinstance(completion, str):
        return "has a prompt or a completion that is no text"
    if not prompt.strip() or not completion.removesuffix(STOP).strip():
        return "has an empty prompt or completion"
    if not prompt.endswith(SEPARATOR):
        return f"has a prompt that does not end with {json.dumps(SEPARATOR)}"
    if not completion.startswith(" ") or not completion.endswith(STOP):
        return f"has a completion that does not begin with a space and end with {json.dumps(STOP)}"
    return "holds the stop marker twice" if STOP.strip() in prompt + completion.removesuffix(STOP) else ""


def _preferences_problem(value: dict[str, Any]) -> str:
    if problem := _keys(value, {"input", "preferred_output", "non_preferred_output"}):
        return problem
    asked = value["input"]
    if not isinstance(asked, dict) or set(asked) != {"messages"}:
        return 'has an "input" that is not {"messages": […]}'
    if problem := _messages(asked["messages"], last="user"):
        return problem
    outputs = [value["preferred_output"], value["non_preferred_output"]]
    for output in outputs:
        if not isinstance(output, list) or len(output) != 1 or _messages(output, last="assistant"):
            return "has an output that is not exactly one message of the assistant"
    return "prefers what it rejects" if outputs[0] == outputs[1] else ""


def _keys(value: dict[str, Any], known: set[str]) -> str:
    if missing := sorted(known - set(value)):
        return f'lacks "{missing[0]}"'
    unknown = sorted(set(value) - known)
    return f"has the unknown key {json.dumps(unknown[0][:60])}" if unknown else ""


def _messages(value: Any, *, last: str) -> str:
    if not isinstance(value, list) or not value:
        return "has no messages"
    for number, message in enumerate(value, start=1):
        if not isinstance(message, dict) or not set(message) <= {"role", "content", "weight", "name"}:
            return f"has a message {number} that is not made of a role and a content"
        if message.get("role") not in _ROLES:
            return f"has a message {number} whose role is none of {', '.join(sorted(_ROLES))}"
        if not isinstance(message.get("content"), str) or not message["content"].strip():
            return f"has a message {number} without text"
        if message.get("role") == "system" and number > 1:
            return f"has a message {number} of the system that is not the first"
    if last == "assistant" and len(value) > 1 and not any(message["role"] == "user" for message in value):
        return "has no message of a user"
    return "" if value[-1]["role"] == last else f"does not end with a message of the {last}"


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
