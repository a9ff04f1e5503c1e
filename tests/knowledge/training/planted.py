"""Two hundred secrets and personal things, the same each time, built from parts."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator

_COUNT = 200
_LETTERS = string.ascii_letters + string.digits
_CHANCE = random.Random(20260302)  # noqa: S311  not for secrecy


def _word(length: int, alphabet: str = _LETTERS) -> str:
    return "".join(_CHANCE.choices(alphabet, k=length))


def _name() -> str:
    return _CHANCE.choice(["ada", "bob", "chloe", "dora", "emil"]) + _word(4, string.ascii_lowercase)


_KEYS: dict[str, Callable[[], str]] = {
    "gitlab": lambda: "glpat-" + _word(20),
    "gitlab runner": lambda: "glrt-" + _word(20),
    "github": lambda: "ghp_" + _word(36),
    "openai": lambda: "sk-" + "proj-" + _word(40),
    "aws": lambda: "AKIA" + _word(16, string.ascii_uppercase + string.digits),
    "aws secret": lambda: "aws_secret_access_key = " + _word(40, _LETTERS + "/+"),
    "slack": lambda: "xox" + "b-" + _word(24),
    "jwt": lambda: "eyJ" + _word(20) + ".eyJ" + _word(40) + "." + _word(43),
    "private key": lambda: "-----BEGIN " + "PRIVATE KEY-----\n" + _word(64) + "\n-----END " + "PRIVATE KEY-----",
    "assigned": lambda: "password=" + _word(12),
    "french": lambda: "mot de passe : " + _word(11) + "7",
    "in an address": lambda: f"https://{_name()}:{_word(10)}@git.corp.org/x.git",
    "bearer": lambda: "Authorization: Bearer " + _word(30),
    "nameless": lambda: _word(20) + "a1B2c3",
    "matrix": lambda: "syt_" + _word(30),
}
PERSONAL: dict[str, Callable[[], str]] = {
    "email": lambda: f"{_name()}@{_word(6, string.ascii_lowercase)}.org",
    "phone": lambda: "+33 6 " + " ".join(_word(2, string.digits) for _ in range(4)),
    "ip": lambda: ".".join(str(_CHANCE.randint(1, 254)) for _ in range(4)),
    "home": lambda: f"/home/{_name()}",
    "sip": lambda: f"sip:{_name()}@voip.corp.org",
    "account": lambda: _word(40, "0123456789abcdef"),
}


def planted() -> Iterator[tuple[str, str]]:
    """(kind, thing), each kind about as often."""
    kinds = {**_KEYS, **PERSONAL}
    names = list(kinds)
    for number in range(_COUNT):
        name = names[number % len(names)]
        yield name, kinds[name]()
