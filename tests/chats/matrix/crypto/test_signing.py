"""Signed JSON."""

from __future__ import annotations

import pytest

from bot.chats.matrix.crypto.signing import SigningKey, canonical, decode, encode, is_signed

USER = "@bot:example.org"


def test_the_specifications_own_example() -> None:
    """https://spec.matrix.org/latest/appendices/#json-signing"""
    key = SigningKey(decode("YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"))
    assert key.public == "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"
    signed = key.signed({"one": 1, "two": "Two"}, "domain")
    assert signed["signatures"]["domain"][f"ed25519:{key.public}"] == (
        "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"
    )


@pytest.mark.parametrize(
    ("content", "spelling"),
    [
        ({}, "{}"),
        ({"b": "2", "a": "1"}, '{"a":"1","b":"2"}'),
        ({"a": "日本語", "ü": None}, '{"a":"日本語","ü":null}'),
        ({"a": 1, "signatures": {}, "unsigned": {"age": 1}}, '{"a":1}'),
    ],
)
def test_there_is_one_spelling(content: dict[str, object], spelling: str) -> None:
    assert canonical(content) == spelling.encode()


def test_a_signature_stands_beside_others_and_changes_nothing() -> None:
    first, second = SigningKey.new(), SigningKey.new()
    content = {"a": 1}
    once = first.signed(content, USER)
    twice = second.signed(once, USER)
    assert is_signed(twice, USER, first.public)
    assert is_signed(twice, USER, second.public)
    assert not is_signed(once, USER, second.public)
    assert content == {"a": 1}


def test_what_was_changed_or_signed_by_others_is_not_signed() -> None:
    key = SigningKey.new()
    signed = key.signed({"a": 1}, USER)
    assert is_signed(signed, USER, key.public)
    assert not is_signed({**signed, "a": 2}, USER, key.public)
    assert not is_signed(signed, "@mallory:example.org", key.public)
    assert not is_signed(signed, USER, SigningKey.new().public)


@pytest.mark.parametrize(
    "signatures", [None, 7, [], {USER: None}, {USER: {"ed25519:K": 7}}, {USER: {"ed25519:K": "é"}}]
)
def test_what_cannot_be_read_is_not_signed(signatures: object) -> None:
    for public in ("K", "", "A" * 43):
        assert not is_signed({"a": 1, "signatures": signatures}, USER, public)


def test_base64_has_no_end_and_is_strict() -> None:
    for data in (b"", b"a", b"ab", b"abc"):
        assert decode(encode(data)) == data
        assert "=" not in encode(data)
    for bad in ("é", "a b", "A" * 5):
        with pytest.raises(ValueError, match=r"ASCII|base64"):
            decode(bad)
