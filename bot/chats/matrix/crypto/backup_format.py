"""Room keys as the server keeps them for us: https://spec.matrix.org/latest/client-server-api/#server-side-key-backups.

Pure. Everything is encrypted to a key that only we have; the server, and who steals its database, reads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from nio.crypto import InboundGroupSession
from vodozemac import Curve25519SecretKey, Message, PkDecryption, PkEncryption

from bot.chats.matrix.crypto.signing import Json, SigningKey, decode, encode

ALGORITHM = "m.megolm_backup.v1.curve25519-aes-sha2"
_MEGOLM = "m.megolm.v1.aes-sha2"


class BackupKey:
    """The key that opens the backup; `secret` are its 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        key = Curve25519SecretKey.from_bytes(secret)
        self.secret = secret
        self.public: str = key.public_key().to_base64()
        self._encryption = PkEncryption.from_key(key.public_key())
        self._decryption = PkDecryption.from_key(key)

    @classmethod
    def new(cls) -> BackupKey:
        return cls(Curve25519SecretKey().to_bytes())

    def version(self, user_id: str, master: SigningKey) -> Json:
        """What makes a new backup on the server; signed, so that our other devices can trust it."""
        return {"algorithm": ALGORITHM, "auth_data": master.signed({"public_key": self.public}, user_id)}

    def seal(self, content: Mapping[str, Any]) -> Json:
        sealed = self._encryption.encrypt(json.dumps(content).encode())
        return {
            "ephemeral": encode(sealed.ephemeral_key),
            "ciphertext": encode(sealed.ciphertext),
            "mac": encode(sealed.mac),
        }

    def open(self, sealed: Mapping[str, str]) -> Json:
        # By name: the library's own base64 functions write these three in one order and read them in another.
        message = Message(
            ciphertext=decode(sealed["ciphertext"]),
            mac=decode(sealed["mac"]),
            ephemeral_key=decode(sealed["ephemeral"]),
        )
        content: Json = json.loads(self._decryption.decrypt(message))
        return content


def packed(sessions: Iterable[InboundGroupSession], key: BackupKey) -> Json:
    """The body of one upload."""
    rooms: Json = {}
    for session in sessions:
        content = {
            "algorithm": _MEGOLM,
            "sender_key": session.sender_key,
            "sender_claimed_keys": {"ed25519": session.ed25519},
            "forwarding_curve25519_key_chain": session.forwarding_chain,
            "session_key": session.export_session(session.first_known_index),
        }
        rooms.setdefault(session.room_id, {"sessions": {}})["sessions"][session.id] = {
            "first_message_index": session.first_known_index,
            "forwarded_count": len(session.forwarding_chain),
            "is_verified": not session.forwarding_chain,
            "session_data": key.seal(content),
        }
    return {"rooms": rooms}


def unpacked(answer: Mapping[str, Any], key: BackupKey) -> list[InboundGroupSession]:
    """The sessions of a download; those that this key does not open are left out."""
    found = []
    for room_id, room in answer.get("rooms", {}).items():
        for entry in room.get("sessions", {}).values():
            try:
                found.append(_session(room_id, key.open(entry["session_data"])))
            except (KeyError, TypeError, ValueError):
                continue
    return found


def _session(room_id: str, content: Mapping[str, Any]) -> InboundGroupSession:
    return InboundGroupSession.import_session(
        content["session_key"],
        content["sender_claimed_keys"]["ed25519"],
        content["sender_key"],
        room_id,
        content.get("forwarding_curve25519_key_chain", []),
    )
