"""Logging: structured lines that carry the review's id, with every known secret masked."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

_review: ContextVar[int | None] = ContextVar("review", default=None)

MASK = "[masked]"

# Shapes of credentials that must never be printed or sent, whoever they belong to: the one list of them,
# `bot/domain/secrets.py` uses it too. Kept to tokens with an unmistakable prefix, so that a log line never
# loses ordinary words. https://docs.gitlab.com/security/tokens/#token-prefixes
TOKEN_SHAPES = re.compile(
    r"\bgl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_.-]{8,}"
    r"|\bsk-[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[A-Za-z0-9_-]{35}"
    r"|\b(?:sk|rk)_live_[A-Za-z0-9]{16,}"
    r"|\bhf_[A-Za-z0-9]{30,}"
    r"|\bnpm_[A-Za-z0-9]{36}"
    r"|\bwhsec_[A-Za-z0-9+/=]{16,}"
    r"|\bsyt_[A-Za-z0-9_]{10,}"
    r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|\bpypi-[A-Za-z0-9_-]{50,}"
    r"|\bdop_v1_[a-f0-9]{40,}"
    r"|\bhv[sb]\.[A-Za-z0-9_-]{20,}"
    r"|\bshp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"
    r"|\bGOCSPX-[A-Za-z0-9_-]{20,}"
    r"|\bya29\.[A-Za-z0-9_-]{20,}"
    r"|\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"
    r"|\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}+\.eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]*+"
    r"|\bhttps://hooks\.slack\.com/services/[A-Za-z0-9/]+"
    r"|\bhttps://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]+"
    r"|(?<=://)[^/\s:@<>]{1,256}+:[^/\s@<>]{1,256}+(?=@)"
)


class Secrets(logging.Filter):
    """Masks the secrets it was told about, and anything shaped like a token, in every record."""

    def __init__(self) -> None:
        super().__init__()
        self._known: list[str] = []

    def learn(self, *secrets: str) -> None:
        """Mask these values from now on; values under 6 characters would mask ordinary text and are ignored."""
        fresh = {s for s in secrets if len(s) >= 6} - set(self._known)
        self._known = sorted([*self._known, *fresh], key=len, reverse=True)

    def masked(self, text: str) -> str:
        return TOKEN_SHAPES.sub(MASK, self.without_known(text, MASK))

    def without_known(self, text: str, mask: str, *, shortest: int = 0) -> str:
        """The text with `mask` for the values it was told about."""
        for secret in self._known:
            if len(secret) >= shortest:
                text = text.replace(secret, mask)
        return text

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.masked(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.masked(record.exc_text)
        return True


secrets = Secrets()
"""The one place that knows which values are secret; settings teach it, `set_up` installs it."""


@contextmanager
def about_review(review_id: int) -> Iterator[None]:
    """Have every line logged inside the block name this review."""
    token = _review.set(review_id)
    try:
        yield
    finally:
        _review.reset(token)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "review": _review.get(),
            "action": getattr(record, "action", None),
            "text": record.getMessage(),
            "trace": record.exc_text,
        }
        return json.dumps({k: v for k, v in fields.items() if v is not None}, ensure_ascii=False)


def set_up(level: str = "warning", stream: TextIO | None = None) -> None:
    """Send our records to `stream` (standard error) as one JSON object a line, and quieten libraries."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter())
    handler.addFilter(secrets)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(level.upper())
