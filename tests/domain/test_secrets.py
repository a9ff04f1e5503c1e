"""field 13, 14; discord 28: credentials and personal data by shape."""

from __future__ import annotations

import pytest

from bot.domain.secrets import mask
from bot.log import secrets

# Built from parts: a scanner must not take the tests for a leak.
TOKENS = [
    *(f"{prefix}-{'x' * 20}" for prefix in ("glpat", "gldt", "glrt", "glcbt")),
    *("gh" + "p_" + "a1" * 18, "github" + "_pat_" + "a1" * 20, "s" + "k-" + "a1" * 12, "xox" + "b-" + "1" * 12),
    *("AK" + "IA" + "A1" * 8, "AI" + "za" + "a" * 35, "s" + "k_live_" + "a1" * 10, "h" + "f_" + "a" * 34),
    *("n" + "pm_" + "a" * 36, "wh" + "sec_" + "a" * 20, "sy" + "t_" + "a" * 20),
    "ey" + "J" + "a" * 20 + ".ey" + "J" + "b" * 20 + "." + "c" * 20,
    "https://hooks.slack.com" + "/services/T0/B0/" + "x" * 20,
    *("S" + "G." + "a" * 20 + "." + "b" * 20, "py" + "pi-" + "a" * 60, "dop" + "_v1_" + "a1" * 20),
    *("hv" + "s." + "a" * 24, "shp" + "at_" + "a1" * 16, "GOC" + "SPX-" + "a" * 24, "ya" + "29." + "a" * 24),
    *("1234567890" + ":AA" + "a" * 33, "M" + "a" * 23 + "." + "b" * 6 + "." + "c" * 27),
    "https://discord.com" + "/api/webhooks/123/" + "x" * 20,
]


@pytest.mark.parametrize("token", TOKENS)
def test_tokens_are_masked_here_and_in_the_log(token: str) -> None:
    assert mask(f"a {token} b") == "a [secret] b"
    assert token not in secrets.masked(f"a {token} b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=" + "hunter22", "password=[secret]"),
        ("DB_PASSWORD=" + "correcthorse", "DB_PASSWORD=[secret]"),
        ('"api_key": "' + "a1b2c3d4" + '"', '"api_key": "[secret]"'),
        ("mot de passe : " + "azerty123", "mot de passe : [secret]"),
        ("Authorization: Bearer " + "abcdefgh", "Authorization: Bearer [secret]"),
        ("https://me:" + "pa55word@h.example/x", "https://[secret]@h.example/x"),
        ("https://h.example/?private_token=" + "abcdef&x=1", "https://h.example/?private_token=[secret]&x=1"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----!", "[secret]!"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n" + "A" * 40 + "\nand then", "[secret]\nand then"),
        ("Call +49 170 1234567 or +33612345678 now", "Call [phone] or [phone] now"),
        ("Tél. 06 12 34 56 78, (+1 555-010-9999)", "Tél. [phone], ([phone])"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [account]."),
        ("GB82WEST12345698765432", "[account]"),
        ("jane.doe+x@corp.io, joe@sub.corp.co.uk.", "[email], [email]."),
    ],
)
def test_other_shapes(text: str, expected: str) -> None:
    assert mask(text) == expected
    assert mask(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The password: it must be long. Token: required.",
        "password=$DB_PASS, password=<your password>, token=your-token-here, secret=changeme",
        "password = os.environ['X'], max_tokens=100000, password: ******",
        "git@gitlab.example.org:a/b.git, you@example.com, me@host.test, pkg@1.2.3, a@b",
        "UTC+0200, +1 (2 votes), 1+2345, c++17, build 0612345678, 192.168.100.101, 2026-03-02 12:00:00, +12 -34",
        "DE89 3704 0044 0532 0130 01, SHA256 AB12 3456 7890, @@ -10,7 +10,7 @@, 01.02.2026",
        "task-1234, risk-assessment, glpat-short, AKIA",
    ],
)
def test_words_and_placeholders_stay(text: str) -> None:
    assert mask(text) == text
