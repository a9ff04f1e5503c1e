"""Who vouches for which device: https://spec.matrix.org/latest/client-server-api/#cross-signing. Pure.

A master key stands for a person; it signs a self-signing key, and that one signs the person's devices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vodozemac import Curve25519PublicKey

from bot.chats.matrix.crypto.signing import Json, SigningKey, is_signed

ROLES = ("master", "self_signing", "user_signing")


@dataclass(frozen=True)
class CrossSigning:
    """The three keys of the bot's own account."""

    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

    @classmethod
    def new(cls) -> CrossSigning:
        return cls(SigningKey.new(), SigningKey.new(), SigningKey.new())

    @property
    def public(self) -> dict[str, str]:
        return {role: getattr(self, role).public for role in ROLES}

    def upload(self, user_id: str) -> Json:
        """What the server stores: the public keys, two of them signed by the master key."""
        keys = {role: _published(role, key, user_id) for role, key in self.public.items()}
        signed = {role: self.master.signed(keys[role], user_id) for role in ROLES[1:]}
        return {f"{role}_key": key for role, key in {**keys, **signed}.items()}


def _published(role: str, public: str, user_id: str) -> Json:
    return {"user_id": user_id, "usage": [role], "keys": {f"ed25519:{public}": public}}


def published(user_id: str, answer: Mapping[str, Any]) -> dict[str, str]:
    """The public keys the server names for a person, by role; `answer` is that of /keys/query."""
    return {role: key for role in ROLES if (key := _only_key(answer.get(f"{role}_keys", {}).get(user_id)))}


def _only_key(content: Any) -> str:
    try:
        (key,) = content["keys"].values()
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return key if isinstance(key, str) else ""


def device_of(user_id: str, device_id: str, answer: Mapping[str, Any]) -> Json | None:
    """What the server knows of a device, if anything."""
    device: Json | None = answer.get("device_keys", {}).get(user_id, {}).get(device_id)
    return device


def signed_devices(user_id: str, answer: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the devices that their owner vouches for, by an unbroken chain of signatures."""
    keys = published(user_id, answer)
    master, self_signing = keys.get("master", ""), keys.get("self_signing", "")
    if not is_signed(answer.get("self_signing_keys", {}).get(user_id, {}), user_id, master):
        return frozenset()
    devices = answer.get("device_keys", {}).get(user_id, {})
    return frozenset(one for one, content in devices.items() if is_signed(content, user_id, self_signing))


def sound(answer: Mapping[str, Any]) -> Json:
    """`answer` without devices whose own signature is wrong: the library would trip over some of them."""
    devices = {
        user_id: {one: content for one, content in theirs.items() if _signs_itself(user_id, one, content)}
        for user_id, theirs in answer.get("device_keys", {}).items()
    }
    return {"device_keys": devices, "failures": answer.get("failures", {})}


def _signs_itself(user_id: str, device_id: str, content: Any) -> bool:
    try:
        public = content["keys"][f"ed25519:{device_id}"]
        named = (content["user_id"], content["device_id"]) == (user_id, device_id)
    except (KeyError, TypeError):
        return False
    return named and is_signed(content, user_id, public, device_id)


def sound_claims(claims: Mapping[str, Any], signing_key: Callable[[str, str], str]) -> Json:
    """The same for the answer to /keys/claim; `signing_key` names that of a device."""

    def is_sound(user_id: str, device_id: str, keys: Any) -> bool:
        try:
            (key,) = keys.values()
            Curve25519PublicKey.from_base64(key["key"])
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        return is_signed(key, user_id, signing_key(user_id, device_id), device_id)

    return {
        user_id: {one: keys for one, keys in theirs.items() if is_sound(user_id, one, keys)}
        for user_id, theirs in claims.items()
    }
