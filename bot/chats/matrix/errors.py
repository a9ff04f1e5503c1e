"""What a homeserver says when it refuses, in the words of our own errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import BotError, Gone, Limited, Permanent, Temporary, Unauthorised

_REFUSED_TOKEN = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"})
_SHORTEST = 0.1


def meaning(doing: str, status: int, answer: Mapping[str, Any], headers: Mapping[str, str]) -> BotError:
    """`doing` completes "the homeserver could not …"; `answer` is the body, empty when it was no JSON."""
    code = str(answer.get("errcode", ""))
    words = " ".join(str(answer.get("error", "")).split())[:200] or code or f"status {status}"
    if code in _REFUSED_TOKEN or status == 401:
        return Unauthorised(
            f"The homeserver refuses the bot's token ({words}); make another one with `gepettto matrix login`."
        )
    if status == 429 or code == "M_LIMIT_EXCEEDED":
        return Limited(f"The homeserver asks for patience and could not {doing}.", _patience(answer, headers))
    if status >= 500 or status == 408:
        return Temporary(f"The homeserver could not {doing}: it answered {status}.")
    if code == "M_NOT_FOUND" or status == 404:
        return Gone(f"The homeserver could not {doing}: there is no such thing ({words}).")
    if code == "M_FORBIDDEN" or status == 403:
        return Permanent(
            f"The homeserver did not let the bot {doing} ({words}); `gepettto check` names the missing right."
        )
    return Permanent(f"The homeserver refused to {doing} ({words}).")


def unreachable(doing: str, error: BaseException) -> BotError:
    """The connection failed: a transaction id makes trying again harmless."""
    return Temporary(f"The homeserver could not be reached to {doing} ({type(error).__name__}).")


def _patience(answer: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    """Seconds, from the body (older servers) or the header (newer ones)."""
    asked: Any = answer.get("retry_after_ms")
    try:
        seconds = float(headers["Retry-After"]) if asked is None else float(asked) / 1000
    except (KeyError, TypeError, ValueError):
        return None
    return max(seconds, _SHORTEST)
