"""Credentials and personal data in a text, by shape, replaced by placeholders that say what stood there."""

from __future__ import annotations

import re

from bot import log

SECRET = "[secret]"  # noqa: S105  the placeholder, not a secret
EMAIL = "[email]"
PHONE = "[phone]"
ACCOUNT = "[account]"

_OWN = 16
"""Our own secrets are masked from this length on: shorter ones are words such as the "ollama" of local servers."""

# The bounds keep every pattern linear on hostile text.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?s:.{0,10000}?)-----END [A-Z0-9 ]{0,40}-----|(?:\s+[A-Za-z0-9+/=]{16,}+)*+)"
)
_AUTHORIZATION = re.compile(
    r"(?i)\b(authorization[\"']?\s{0,4}:\s{0,4}[\"']?(?:bearer|basic|token)\s{1,4})[\w.~+/=-]{6,}+"
)
_ASSIGNED = re.compile(
    r"(?i)(?P<name>(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|mot de passe)[\w-]{0,20}+)"
    r"(?P<sign>[\"']?[ \t\u00a0]{0,4}(?:=>|[:=])[ \t]{0,4}[\"']?)"
    r"(?P<value>[^\s\"'`<>()\[\]{},;|&]{6,}+)(?![(\[{<])"
)
_PLACEHOLDER = re.compile(
    r"(?i)[$%*.]|x{3,}|\.{3}|your|votre|change|example|secret|pass|token|none|null|true|false|\d+\.?\d*$"
)
_EMAIL = re.compile(
    r"(?<![\w.+%-])(?P<name>[A-Za-z0-9_][\w.+%-]*+)@(?P<host>(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,})", re.ASCII
)
# Names that RFC 2606 keeps for examples belong to nobody; `git@host` is how a repository is cloned.
_NOBODY = re.compile(r"(?i)(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)")


# With the country or, as the French write theirs, in pairs: other numbers are too easily something else.
_PHONE = re.compile(
    r"(?<![\w+./-])(?:\+[1-9]\d{0,2}(?:[ .-]?(?:\(\d{1,4}\)|\d{1,4})){2,5}"
    r"|0[1-9](?P<gap>[ .-])\d{2}(?:(?P=gap)\d{2}){3})(?![\w/-])"
)
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")


def mask_secrets(text: str) -> str:
    """Tokens, private keys, passwords that are assigned, credentials in addresses; and our own, of any shape."""
    text = log.secrets.without_known(text, SECRET, shortest=_OWN)
    text = _PRIVATE_KEY.sub(SECRET, text)
    text = log.TOKEN_SHAPES.sub(SECRET, text)
    text = _AUTHORIZATION.sub(rf"\1{SECRET}", text)
    return _ASSIGNED.sub(_assigned, text)


def mask_emails(text: str) -> str:
    """E-mail addresses of people; not `git@host` and not the hosts reserved for examples."""
    return _EMAIL.sub(lambda m: m[0] if m["name"] == "git" or _NOBODY.fullmatch(m["host"]) else EMAIL, text)


def mask_numbers(text: str) -> str:
    """Telephone numbers, and the bank accounts (IBAN) whose check digits are right."""
    text = _PHONE.sub(lambda m: PHONE if 9 <= sum(map(str.isdigit, m[0])) <= 15 else m[0], text)
    return _ACCOUNT.sub(lambda m: ACCOUNT if _is_account(m[0].replace(" ", "")) else m[0], text)


def mask(text: str) -> str:
    """Everything above."""
    return mask_numbers(mask_emails(mask_secrets(text)))


def _is_account(number: str) -> bool:
    """https://en.wikipedia.org/wiki/International_Bank_Account_Number#Validating_the_IBAN"""
    if not 15 <= len(number) <= 34:
        return False
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return int(digits) % 97 == 1


def _assigned(match: re.Match[str]) -> str:
    """`password=x` is an assignment; `password: x` may be prose, so there the value must not look like a word."""
    prose = match["sign"] != "="
    if _PLACEHOLDER.match(match["value"]) or (prose and not re.search(r"\d", match["value"])):
        return match[0]
    return match["name"] + match["sign"] + SECRET
