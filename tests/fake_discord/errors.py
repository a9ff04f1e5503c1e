"""How Discord refuses."""

from __future__ import annotations

from typing import Any

_CODES = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    160004: (400, "A thread has already been created for this message"),
}

MISTAKES = frozenset({40067, 50006, 50008, 50035, 40005})
"""A client that knows the rules never hears these: they are recorded as problems too."""


class Refusal(Exception):
    """An answer other than 2xx, with the code that tells clients what it is about."""

    def __init__(self, code: int, *reasons: str) -> None:
        self.status, self.message = _CODES[code]
        self.code = code
        self.reasons = reasons
        super().__init__("; ".join(reasons) or self.message)

    def body(self) -> dict[str, Any]:
        said: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.reasons:
            said["errors"] = {"_errors": [{"code": "INVALID", "message": reason} for reason in self.reasons]}
        return said
