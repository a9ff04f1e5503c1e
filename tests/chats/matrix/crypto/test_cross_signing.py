"""Who vouches for which device."""

from __future__ import annotations

from typing import Any

import pytest

from bot.chats.matrix.crypto.cross_signing import (
    CrossSigning,
    device_of,
    published,
    signed_devices,
    sound,
    sound_claims,
)
from bot.chats.matrix.crypto.signing import Json, SigningKey

ALICE, PHONE = "@alice:example.org", "PHONE"
CURVE = "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo"


class Person:
    """Alice, her keys and her phone, as a server answers about them."""

    def __init__(self) -> None:
        self.keys = CrossSigning.new()
        self.phone = SigningKey.new()
        content = {
            "user_id": ALICE,
            "device_id": PHONE,
            "keys": {f"ed25519:{PHONE}": self.phone.public, f"curve25519:{PHONE}": CURVE},
        }
        own = self.phone.signed(content, ALICE)
        own["signatures"][ALICE] = {f"ed25519:{PHONE}": own["signatures"][ALICE][f"ed25519:{self.phone.public}"]}
        self.device = own

    def answer(self, device: Json | None = None) -> dict[str, Any]:
        upload = self.keys.upload(ALICE)
        keys = {f"{role}_keys": {ALICE: upload[f"{role}_key"]} for role in self.keys.public}
        signed = self.keys.self_signing.signed(self.device, ALICE)
        return {"device_keys": {ALICE: {PHONE: device or signed}}, **keys}


def test_a_device_signed_by_its_owner_is_vouched_for() -> None:
    alice = Person()
    assert signed_devices(ALICE, alice.answer()) == {PHONE}
    assert published(ALICE, alice.answer()) == alice.keys.public


def test_a_device_that_signs_only_itself_is_not() -> None:
    alice = Person()
    assert signed_devices(ALICE, alice.answer(alice.device)) == frozenset()


def test_a_self_signing_key_the_master_does_not_know_vouches_for_nothing() -> None:
    """What a server could slip in: keys of its own under somebody's name."""
    alice, server = Person(), CrossSigning.new()
    answer = alice.answer()
    answer["self_signing_keys"][ALICE] = server.upload(ALICE)["self_signing_key"]
    answer["device_keys"][ALICE][PHONE] = server.self_signing.signed(alice.device, ALICE)
    assert signed_devices(ALICE, answer) == frozenset()


def test_a_device_changed_after_it_was_signed_is_not_vouched_for() -> None:
    alice = Person()
    answer = alice.answer()
    answer["device_keys"][ALICE][PHONE]["keys"][f"curve25519:{PHONE}"] = "another"
    assert signed_devices(ALICE, answer) == frozenset()


@pytest.mark.parametrize("nonsense", [None, [], {}, {"keys": None}, {"keys": {}}, {"keys": {"a": "b", "c": "d"}}])
def test_senseless_keys_vouch_for_nothing(nonsense: object) -> None:
    answer = Person().answer()
    for role in ("master", "self_signing"):
        assert signed_devices(ALICE, {**answer, f"{role}_keys": {ALICE: nonsense}}) == frozenset()


def test_who_has_no_cross_signing_vouches_for_nothing() -> None:
    assert published(ALICE, {"device_keys": {}}) == {}
    assert signed_devices(ALICE, {"device_keys": {ALICE: {}}}) == frozenset()
    assert device_of(ALICE, PHONE, {}) is None


def test_only_devices_that_sign_themselves_are_sound() -> None:
    alice = Person()
    good = alice.answer()
    assert sound(good)["device_keys"] == good["device_keys"]
    changes: list[Json] = [{"device_id": "OTHER"}, {"user_id": "@bob:example.org"}, {"keys": {}}, {"keys": None}]
    for change in changes:
        assert sound(alice.answer({**alice.device, **change}))["device_keys"] == {ALICE: {}}


def test_only_one_time_keys_that_their_device_signed_are_sound() -> None:
    alice = Person()

    def claim(key: object, by: SigningKey = alice.phone) -> Json:
        signed = by.signed({"key": key}, ALICE)
        signature = signed["signatures"][ALICE].popitem()[1]
        signed["signatures"][ALICE][f"ed25519:{PHONE}"] = signature
        return {ALICE: {PHONE: {"signed_curve25519:AAAA": signed}}}

    def key_of(user_id: str, device_id: str) -> str:
        return alice.phone.public

    assert sound_claims(claim(CURVE), key_of) == claim(CURVE)
    empty: list[Json] = [{ALICE: {PHONE: {}}}, {ALICE: {PHONE: None}}]
    for bad in (claim("junk"), claim(7), claim(CURVE, SigningKey.new()), *empty):
        assert sound_claims(bad, key_of) == {ALICE: {}}
