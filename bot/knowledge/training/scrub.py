"""Secrets and personal data out of a text that shall leave the house. Rather too much than too little. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.secrets import SECRET, mask_secrets

_HEX = r"[0-9A-Fa-f]{1,4}"
_REPLACED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(form))
    for name, form in (
        ("address", r"(?i)\b(?:sips?|xmpp|jami|mailto|tel):[^\s<>\"')\]]{3,200}"),
        ("email", r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24}\b"),
        ("user", r"(?i)(?<=/home/)[\w.-]{1,64}|(?<=/users/)[\w.-]{1,64}|(?<=\\users\\)[\w.-]{1,64}"),
        ("user", r"(?<![\w./`])@[A-Za-z0-9_][\w.-]{1,60}"),
        ("ip", rf"(?<![\w:])(?:{_HEX}:){{4,7}}{_HEX}(?![\w:])"),
        ("ip", rf"(?<![\w:])(?=[A-Fa-f:]*\d)(?:{_HEX}:){{1,6}}(?::{_HEX}){{1,6}}(?![\w:])"),
        ("ip", r"(?<![\w.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\w.]*\d)"),
        ("iban", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
        ("number", r"\b(?:\d{4}[ -]?){3}\d{4}\b"),
        ("phone", r"(?<![\w+])(?:\+|00)\d{1,3}(?:[ ./()-]{0,2}\d){6,13}(?!\w)"),
        ("phone", r"(?<![\w.-])0\d(?:[ .-]?\d{2}){4}(?![\w.-]*\d)"),
        ("phone", r"(?<![\w.-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w.-]*\d)"),
        ("id", r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])"),
        ("id", r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
        ("issue", r"(?<![\w&/])[#!]\d{1,9}\b"),
    )
)
"""Placeholders, and what they replace; the order matters."""

_WORDS = (
    r"passw(?:or)?d|passphrase|pwd|pin|secret|token|api[ _-]?key|private[ _-]?key|access[ _-]?key|mot de passe|login"
)
# Whatever stands behind such a word is hidden, also where it looks like an example; in prose, what looks like none.
_SAID = re.compile(
    rf"(?i)\b((?:{_WORDS})[\w-]{{0,20}}[\"'`]?[ \t]{{0,3}}(?:=>|:=|=|:)[ \t]{{0,3}}[\"'`]?)(?!<)([^\s\"'`<>]{{3,200}})"
)
_TOLD = re.compile(
    rf"(?i)\b((?:{_WORDS})\s{{1,3}}(?:is|was|est|était)\s{{1,3}}[\"'`«]?\s?)((?=[^\s\"'`<>]*[\d!$%&*+])[^\s\"'`<>]{{3,200}})"
)
_CREDENTIALS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{1,100}:[^\s/@]{1,200}@")
_RANDOM = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/=_-]{16,}")
_WORDLIKE = re.compile(r"[-_/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """The text without anything personal; `key` says that it held a key, so that nothing of it should be used."""

    text: str
    replaced: Counter[str]
    key: bool


def scrub(text: str) -> Scrubbed:
    """Keys are found as well as replaced; a row that held one is dropped, for what stands around it tells a lot."""
    replaced: Counter[str] = Counter()
    masked = _counted(_CREDENTIALS, r"\1<secret>@", mask_secrets(text), "key", replaced)
    replaced["key"] += masked.count(SECRET)
    masked = _RANDOM.sub(_hide_random(replaced), masked)
    masked = masked.replace(SECRET, "<secret>")
    for said in (_SAID, _TOLD):
        masked = said.sub(_hide_said(replaced), masked)
    for name, form in _REPLACED:
        masked = _counted(form, f"<{name}>", masked, name, replaced)
    return Scrubbed(text=masked, replaced=+replaced, key=replaced["key"] > 0)


def _counted(form: re.Pattern[str], by: str, text: str, name: str, counts: Counter[str]) -> str:
    text, count = form.subn(by, text)
    counts[name] += count
    return text


def _hide_said(counts: Counter[str]) -> Callable[[re.Match[str]], str]:
    def hide(found: re.Match[str]) -> str:
        counts["secret"] += 1
        return f"{found[1]}<secret>"

    return hide


def _hide_random(counts: Counter[str]) -> Callable[[re.Match[str]], str]:
    def hide(found: re.Match[str]) -> str:
        if not _is_random(found[0]):
            return found[0]
        counts["key"] += 1
        return "<secret>"

    return hide


def _is_random(word: str) -> bool:
    """Letters and digits so mixed that no person chose them. Hexadecimal is an id rather than a key."""
    classes = sum(bool(re.search(form, word)) for form in ("[a-z]", "[A-Z]", "[0-9]"))
    if re.fullmatch(r"[0-9a-fA-F-]+", word) or classes < 2 or not re.search("[0-9]", word):
        return False
    bits = _entropy(word)
    if "/" in word:
        return classes == 3 and len(word) >= 30 and bits > 4.4
    if _WORDLIKE.search(word):
        return classes == 3 and len(word) >= 20 and bits > 4.0
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(word))
    return changes >= 3 and (bits > 3.5 if classes == 3 else len(word) >= 20 and bits > 3.6)


def _entropy(word: str) -> float:
    counts, length = Counter(word), len(word)
    return -sum(count / length * math.log2(count / length) for count in counts.values())
