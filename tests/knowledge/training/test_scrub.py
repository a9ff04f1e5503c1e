"""Nothing secret and nothing personal leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.training.scrub import scrub
from tests.knowledge.training.planted import PERSONAL, planted

KEYS = [
    "glpat-" + "aB3" * 7,
    "ghp_" + "aB3d" * 9,
    "sk-" + "proj" + "aB3d" * 9,
    "AKIA" + "ABCD1234EFGH5678",
    "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 4 + "\n-----END RSA " + "PRIVATE KEY-----",
    "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0In0" + "." + "c2lnbmF0dXJl",
    "https://ada:" + "hunter22" + "@git.example/repo.git",
    "Authorization: Bearer " + "abc123def456",
    "password=" + "correcthorse1",
    "wJalrXUtnFEMI" + "/K7MDENG/" + "bPxRfiCYzEXAMPL3KEY",
    "q7Zr9Xw2Lk5Vb8Nm3Tj6",
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_found_and_gone(key: str) -> None:
    found = scrub(f"I tried this: {key} and it failed.")
    assert found.key
    assert key not in found.text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Write to ada.lovelace@corp.org please", "Write to <email> please"),
        ("Call +33 6 12 34 56 78 now", "Call <phone> now"),
        ("Appelez le 06.12.34.56.78.", "Appelez le <phone>."),
        ("Call (514) 555-0199 now", "Call <phone> now"),
        ("The server 192.168.14.3 is down", "The server <ip> is down"),
        ("ping fe80::1ff:fe23:4567:890a", "ping <ip>"),
        ("ping 2001:db8:0:0:1:0:0:1 twice", "ping <ip> twice"),
        ("see /home/ada/.config and C:\\Users\\Ada\\x", "see /home/<user>/.config and C:\\Users\\<user>\\x"),
        ("call sip:ada@voip.example", "call <address>"),
        ("Thanks @ada-l!", "Thanks <user>!"),
        ("my id is 3b1f9c8e7d6a5b4c3b1f9c8e7d6a5b4c3b1f9c8e", "my id is <id>"),
        ("pay to FR76 3000 6000 0112 3456 7890 189", "pay to <iban>"),
        ("see #123 and !45", "see <issue> and <issue>"),
        ("the password: sesame opens it", "the password: <secret> opens it"),
        ("mon mot de passe est soleil22", "mon mot de passe est <secret>"),
    ],
)
def test_what_is_personal_becomes_a_placeholder(text: str, clean: str) -> None:
    found = scrub(text)
    assert (found.text, found.key) == (clean, False)
    assert sum(found.replaced.values()) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "Update to version 2.4.1 or 20230614 and restart at 10:30:15 on 2026-03-02.",
        "Run `systemctl restart example`; std::vector and a::b are fine, and so is python3.11/site-packages.",
        "Open Settings > Network, see https://docs.example/how-to-restart-the-service-after-2-days.",
        "AccessControlException in org.example.internal.HttpClientFactory2Test",
        "The password is wrong, the token has expired.",
        "src/Components/Network/Http2Client.tsx and use_http2_client_by_default",
        "## Heading and C# code, 50 % of 1000 users, 3 × 4 = 12",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert scrub(text).text == text


@given(st.text())
def test_any_text_can_be_scrubbed_and_scrubbing_again_finds_no_key(text: str) -> None:
    found = scrub(text)
    assert not scrub(found.text).replaced["key"]


def test_every_planted_personal_thing_is_gone() -> None:
    for name, thing in planted():
        if name in PERSONAL:
            assert thing not in scrub(f"Look: {thing} there.").text, name
