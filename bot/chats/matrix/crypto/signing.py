"""Signed JSON as Matrix defines it (https://spec.matrix.org/latest/appendices/#signing-json). Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from Crypto.PublicKey import ECC
from Crypto.Random import get_random_bytes
from Crypto.Signature import eddsa
from vodozemac import Ed25519PublicKey, Ed25519Signature

Json = dict[str, Any]


def encode(data: bytes) -> str:
    """Base64 without the equals signs at the end, as Matrix writes it."""
    return base64.b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one spelling of `content` that is signed: without what others may add later."""
    bare = {key: value for key, value in content.items() if key not in {"signatures", "unsigned"}}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key, kept as the 32 bytes it grows from."""

    seed: bytes

    @classmethod
    def new(cls) -> SigningKey:
        return cls(get_random_bytes(32))

    def _private(self) -> ECC.EccKey:
        return eddsa.import_private_key(self.seed)

    @property
    def public(self) -> str:
        return encode(self._private().public_key().export_key(format="raw"))

    def signed(self, content: Mapping[str, Any], user_id: str) -> Json:
        """`content` with our signature beside those that it has."""
        signature = encode(eddsa.new(self._private(), "rfc8032").sign(canonical(content)))
        signatures = {user: dict(theirs) for user, theirs in content.get("signatures", {}).items()}
        signatures.setdefault(user_id, {})[f"ed25519:{self.public}"] = signature
        return {**content, "signatures": signatures}


def is_signed(content: Mapping[str, Any], user_id: str, public: str, key_id: str = "") -> bool:
    """Whether `user_id` signed this with that key. What cannot be read is not signed: it comes from strangers."""
    try:
        signature = content["signatures"][user_id][f"ed25519:{key_id or public}"]
        key = Ed25519PublicKey.from_base64(public)
        key.verify_signature(canonical(content), Ed25519Signature.from_base64(signature))
    except (KeyError, TypeError, ValueError):
        return False
    return True
