"""Room keys as the server keeps them."""

from __future__ import annotations

import json

import pytest
from nio.crypto import InboundGroupSession, OutboundGroupSession

from bot.chats.matrix.crypto.backup_format import BackupKey, packed, unpacked
from bot.chats.matrix.crypto.signing import SigningKey, is_signed

ROOM = "!room:example.org"


def session() -> tuple[OutboundGroupSession, InboundGroupSession]:
    """The two halves of one room key."""
    sending = OutboundGroupSession()
    return sending, InboundGroupSession(sending.session_key, "signing key", "sender key", ROOM, ["first", "second"])


def test_a_key_that_went_through_the_backup_decrypts() -> None:
    key = BackupKey.new()
    sending, receiving = session()
    sending.mark_as_shared()
    (restored,) = unpacked(json.loads(json.dumps(packed([receiving], key))), key)
    assert restored.decrypt(sending.encrypt("a card")) == ("a card", 0)
    for name in ("id", "room_id", "sender_key", "ed25519", "forwarding_chain"):
        assert getattr(restored, name) == getattr(receiving, name)


def test_the_server_sees_no_key() -> None:
    sending, receiving = session()
    upload = json.dumps(packed([receiving], BackupKey.new()))
    assert sending.session_key not in upload
    assert receiving.export_session(0) not in upload


def test_only_the_backups_own_key_opens_it() -> None:
    key = BackupKey.new()
    upload = packed([session()[1], session()[1]], key)
    assert len(unpacked(upload, key)) == 2
    assert len(unpacked(upload, BackupKey(key.secret))) == 2
    assert unpacked(upload, BackupKey.new()) == []


@pytest.mark.parametrize("field", ["ephemeral", "ciphertext", "mac"])
def test_a_damaged_entry_is_left_out_and_the_others_are_read(field: str) -> None:
    key = BackupKey.new()
    upload = packed([session()[1], session()[1]], key)
    entry = next(iter(upload["rooms"][ROOM]["sessions"].values()))
    entry["session_data"][field] = "AAAA"
    assert len(unpacked(upload, key)) == 1
    del entry["session_data"]
    assert len(unpacked(upload, key)) == 1


def test_a_new_backup_is_signed_by_the_master_key() -> None:
    key, master = BackupKey.new(), SigningKey.new()
    version = key.version("@bot:example.org", master)
    assert version["algorithm"] == "m.megolm_backup.v1.curve25519-aes-sha2"
    assert version["auth_data"]["public_key"] == key.public
    assert is_signed(version["auth_data"], "@bot:example.org", master.public)
