"""Who may deliver (gitlab 3): the signature as Standard Webhooks has it, or the secret token."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from bot.errors import ConfigError, Unauthorised
from bot.trackers.gitlab.hook_proof import TOLERANCE, Proof
from tests.fake_gitlab.webhooks import signature
from tests.trackers.clock import START

KEY = base64.b64encode(b"a key of thirty-two bytes, tests").decode()
OTHER_KEY = base64.b64encode(b"another of thirty-two bytes, too").decode()
SIGNING = "whsec_" + KEY
TOKEN = "a-secret-" + "t" * 20
BODY = b'{"object_kind": "issue"}'
NOW = str(int(START.timestamp()))

signed = Proof.of(None, SIGNING)
by_token = Proof.of(TOKEN, None)


def head(*signatures: str, identity: str = "id-1", timestamp: str = NOW, token: str | None = None) -> dict[str, str]:
    found = {"webhook-id": identity, "webhook-timestamp": timestamp, "webhook-signature": " ".join(signatures)}
    return found if token is None else {**found, "X-Gitlab-Token": token}


def ours(body: bytes = BODY, identity: str = "id-1", timestamp: str = NOW, secret: str = SIGNING) -> str:
    return signature(secret, identity, timestamp, body)


def passes(proof: Proof, headers: dict[str, str], body: bytes = BODY) -> bool:
    try:
        proof.check_head(headers, START)
        proof.check_body(headers, body)
    except Unauthorised:
        return False
    return True


def test_a_signature_that_another_program_made_is_understood() -> None:
    """gitlab 3: computed with openssl, so that our signing and checking cannot err together."""
    proof = Proof.of(None, "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,BkMd8dqbxer7jqXt9Cs1PRXQkwb2OuNQP/SAT1E+bkc=",
    }
    proof.check_body(headers, b'{"a": 1}')


def test_a_right_signature_passes_and_needs_no_token() -> None:
    """gitlab 3"""
    assert passes(signed, head(ours()))


@pytest.mark.parametrize(
    "signatures",
    [
        ["v1,AAAA", "", "v2,whatever", "{ours}"],
        ["{ours}", "v1a,x"],
        ["v1,%%%", "v1,ünïcödé", "v1", ",", "{ours}"],
        ["{ours}"] * 50,
    ],
)
def test_one_of_several_signatures_is_enough(signatures: list[str]) -> None:
    """gitlab 3: while a key is replaced, both sign; versions we do not know are passed over."""
    assert passes(signed, head(*(one.replace("{ours}", ours()) for one in signatures)))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (head(), BODY),
        (head("v1,"), BODY),
        (head("v1," + "A" * 43 + "="), BODY),
        (head(ours().removeprefix("v1,")), BODY),
        (head(ours().replace("v1,", "v1a,")), BODY),
        (head(ours()), BODY + b" "),
        (head(ours(secret="whsec_" + OTHER_KEY)), BODY),
        (head(ours(), identity="id-2"), BODY),
        (head(ours(), timestamp=str(int(NOW) + 1)), BODY),
        (head("é\udcff"), BODY),
        ({"webhook-id": "id-1", "webhook-timestamp": NOW}, BODY),
        ({"webhook-timestamp": NOW, "webhook-signature": ours()}, BODY),
        ({"webhook-id": "id-1", "webhook-signature": ours()}, BODY),
        ({"X-Gitlab-Token": TOKEN}, BODY),
        ({}, BODY),
    ],
)
def test_anything_else_is_no_signature(headers: dict[str, str], body: bytes) -> None:
    """gitlab 3: changed body, other key, other id or time, missing or foreign headers."""
    assert not passes(signed, headers, body)


@pytest.mark.parametrize(
    ("offset", "accepted"),
    [(0, True), (-299, True), (-300, True), (-301, False), (-360, False), (299, True), (300, True), (301, False)],
)
def test_a_signature_holds_for_five_minutes_either_way(offset: int, accepted: bool) -> None:
    """gitlab 3: an old timestamp, rightly signed, is a replay."""
    assert timedelta(minutes=5) == TOLERANCE
    timestamp = str(int(NOW) + offset)
    assert passes(signed, head(ours(timestamp=timestamp), timestamp=timestamp)) is accepted


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", NOW + ".5", "٣" * 10, "9" * 5_000, " " + NOW, "é\udcff"])
def test_a_time_that_is_no_number_is_no_time(timestamp: str) -> None:
    """gitlab 3"""
    with pytest.raises(Unauthorised):
        signed.check_head(head("v1,AAAA", timestamp=timestamp), START)


@pytest.mark.parametrize(
    ("token", "accepted"),
    [(TOKEN, True), (None, False), ("", False), (TOKEN + "x", False), (TOKEN[:-1], False), ("é\udcff", False)],
)
def test_the_token_is_compared_whole(token: str | None, accepted: bool) -> None:
    """gitlab 3: bad, missing, and non-ASCII headers."""
    assert passes(by_token, {} if token is None else {"X-Gitlab-Token": token}) is accepted


def test_when_both_are_set_only_the_signature_counts() -> None:
    """gitlab 3: whoever learned the token cannot sign."""
    both = Proof.of(TOKEN, SIGNING)
    assert not passes(both, {"X-Gitlab-Token": TOKEN})
    assert not passes(both, head("v1,AAAA", token=TOKEN))
    assert passes(both, head(ours(), token="wrong"))


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_any_secret_nothing_listens(nothing: str | None) -> None:
    with pytest.raises(ConfigError, match=r"GEPETTTO_GITLAB_SIGNING_SECRET.*GEPETTTO_GITLAB_WEBHOOK_SECRET"):
        Proof.of(nothing, nothing)


@pytest.mark.parametrize("signing", [KEY, "whsec_", "whsec_" + "x", "whsec_!!!!", "whsec_c2hvcnQ=", "WHSEC_" + KEY])
def test_a_signing_secret_of_another_form_is_refused_without_showing_it(signing: str) -> None:
    with pytest.raises(ConfigError, match="GEPETTTO_GITLAB_SIGNING_SECRET must be whsec_") as refusal:
        Proof.of(TOKEN, signing)
    assert signing not in str(refusal.value).replace("whsec_ and", "") or signing == "whsec_"


def test_secrets_are_not_shown() -> None:
    shown = repr(Proof.of(TOKEN, SIGNING))
    assert TOKEN not in shown
    assert "thirty-two" not in shown
