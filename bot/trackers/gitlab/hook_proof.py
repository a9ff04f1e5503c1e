"""Whether a delivery comes from our GitLab: pure, time is an argument, and secrets are compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from bot.errors import ConfigError, Unauthorised

TOLERANCE = timedelta(minutes=5)
"""How far the time of a signature may lie from ours: https://www.standardwebhooks.com/"""

_PREFIX = "whsec_"
_VERSION = "v1,"
_LEAST_KEY = 24  # bytes, as Standard Webhooks asks; GitLab's have 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What every delivery must bring: a signature when we have a signing key, else the secret token."""

    token: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, token: str | None, signing: str | None) -> Self:
        """From the configured secrets; ConfigError when there is none, since anybody could deliver then."""
        if not token and not signing:
            raise ConfigError(
                "[web] takes no webhooks without a secret: "
                "set GEPETTTO_GITLAB_SIGNING_SECRET, or GEPETTTO_GITLAB_WEBHOOK_SECRET."
            )
        return cls(token=(token or "").encode(), key=_key(signing) if signing else b"")

    @property
    def signs(self) -> bool:
        """Whether a signature is what counts."""
        return bool(self.key)

    def check_head(self, headers: Mapping[str, str], now: datetime) -> None:
        """All that can be known before the body is read. Raises Unauthorised."""
        if not self.key:
            if not hmac.compare_digest(_bytes(headers.get("X-Gitlab-Token", "")), self.token):
                raise Unauthorised("The header X-Gitlab-Token is missing or wrong.")
            return
        if not headers.get("webhook-id") or not headers.get("webhook-signature"):
            raise Unauthorised("The delivery is not signed: set the signing token of the webhook.")
        if abs(_seconds(headers.get("webhook-timestamp", "")) - now.timestamp()) > TOLERANCE.total_seconds():
            raise Unauthorised("The signature is too old, or from the future: compare the clocks.")

    def check_body(self, headers: Mapping[str, str], body: bytes) -> None:
        """One of the signatures is ours, over exactly these bytes. Raises Unauthorised."""
        if not self.key:
            return
        named = (_bytes(headers[name]) for name in ("webhook-id", "webhook-timestamp"))
        wanted = hmac.digest(self.key, b".".join([*named, body]), "sha256")
        given = [_decoded(one) for one in headers["webhook-signature"].split()]
        if not any(hmac.compare_digest(one, wanted) for one in given):
            raise Unauthorised("The signature is wrong: compare the webhook's signing token with ours.")


def _key(signing: str) -> bytes:
    try:
        key = base64.b64decode(signing.removeprefix(_PREFIX), validate=True) if signing.startswith(_PREFIX) else b""
    except binascii.Error:
        key = b""
    if len(key) < _LEAST_KEY:
        raise ConfigError("GEPETTTO_GITLAB_SIGNING_SECRET must be whsec_ and a key in base64; copy it again.")
    return key


def _decoded(signature: str) -> bytes:
    """The bytes of one `v1,…` signature; other versions are no proof, and none is malformed enough to fail."""
    if not signature.startswith(_VERSION) or not signature.isascii():
        return b""
    try:
        return base64.b64decode(signature.removeprefix(_VERSION), validate=True)
    except binascii.Error:
        return b""


def _seconds(timestamp: str) -> int:
    """Seconds since 1970, written in ASCII digits; anything else is long ago."""
    return int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 else 0


def _bytes(header: str) -> bytes:
    """The header as it came: bytes that are no UTF-8 stand in it as surrogates."""
    return header.encode("utf-8", "surrogateescape")
