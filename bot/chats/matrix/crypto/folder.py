"""The folder with everything that cannot be made again: who the bot is, and what it can read.

`identity` holds the cross-signing keys and the key of the backup, sealed with the pickle key; `pickle.key` is that key
where the operator gave none; `lock` is held by the process that uses the folder; one `.db` per device is the library's.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from Crypto.Cipher import AES
from Crypto.Random import get_random_bytes

from bot.chats.matrix.crypto.backup_format import BackupKey
from bot.chats.matrix.crypto.cross_signing import ROLES, CrossSigning
from bot.chats.matrix.crypto.signing import SigningKey, decode, encode
from bot.errors import ConfigError, Permanent

PICKLE_KEY = "GEPETTTO_MATRIX_PICKLE_KEY"


@dataclass(frozen=True)
class Identity:
    """Who the bot is in encrypted rooms, across its devices."""

    cross_signing: CrossSigning
    backup: BackupKey

    @classmethod
    def new(cls, backup: BackupKey | None = None) -> Identity:
        return cls(CrossSigning.new(), backup or BackupKey.new())


class Folder:
    """Locked from the moment it is opened until it is closed; only its owner can read it."""

    def __init__(self, path: Path, pickle_key: str | None = None) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path = path.resolve()
        self._lock = _locked(path)
        self.pickle_key = pickle_key or self._own_key()

    def close(self) -> None:
        self._lock.close()

    def _own_key(self) -> str:
        file = self.path / "pickle.key"
        if not file.exists():
            _write(file, secrets.token_urlsafe(32))
        return file.read_text()

    def device_file(self, device_id: str) -> Path:
        """Where the library keeps what one device knows. An id from a server may hold anything."""
        return self.path / f"{quote(device_id, safe='')}.db"

    def knows(self, device_id: str) -> bool:
        """Whether what a device knows is there, and was not damaged."""
        try:
            with closing(sqlite3.connect(f"{self.device_file(device_id).as_uri()}?mode=ro", uri=True)) as db:
                db.execute("PRAGMA schema_version")
        except sqlite3.Error:
            return False
        return True

    @property
    def uploaded(self) -> Path:
        """Which sessions the backup holds."""
        return self.path / "backup.json"

    def identity(self) -> Identity | None:
        file = self.path / "identity"
        if not file.exists():
            return None
        try:
            content = json.loads(_opened(json.loads(file.read_text()), self.pickle_key))
        except ValueError:
            raise ConfigError(
                f"{PICKLE_KEY} does not open the encryption keys in {self.path}; give the key they were made with."
            ) from None
        keys = CrossSigning(*(SigningKey(decode(content[role])) for role in ROLES))
        return Identity(keys, BackupKey(decode(content["backup"])))

    def save(self, identity: Identity) -> None:
        seeds = {role: getattr(identity.cross_signing, role).seed for role in ROLES}
        content = {name: encode(secret) for name, secret in {**seeds, "backup": identity.backup.secret}.items()}
        _write(self.path / "identity", json.dumps(_sealed(json.dumps(content), self.pickle_key)))


def _locked(path: Path) -> IO[str]:
    lock = os.fdopen(os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Permanent(f"Another process uses the encryption keys in {path}; stop it first.") from None
    return lock


def _write(file: Path, text: str) -> None:
    """All of it or nothing, and never readable by others."""
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def _stretched(pickle_key: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pickle_key.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def _sealed(text: str, pickle_key: str) -> dict[str, str]:
    salt, nonce = get_random_bytes(16), get_random_bytes(12)
    cipher = AES.new(_stretched(pickle_key, salt), AES.MODE_GCM, nonce)
    ciphertext, tag = cipher.encrypt_and_digest(text.encode())
    return {"salt": encode(salt), "nonce": encode(nonce), "tag": encode(tag), "ciphertext": encode(ciphertext)}


def _opened(sealed: dict[str, str], pickle_key: str) -> bytes:
    salt, nonce, tag, ciphertext = (decode(sealed[name]) for name in ("salt", "nonce", "tag", "ciphertext"))
    cipher = AES.new(_stretched(pickle_key, salt), AES.MODE_GCM, nonce)
    return cipher.decrypt_and_verify(ciphertext, tag)
