"""Outside text made fit to be shown: no control character acts, no line leaves its frame. Pure, shared by chats."""

from __future__ import annotations

import unicodedata

_TABS = "    "
# Bidirectional controls and zero-width characters can make a line look like another one.
_TRICKS = frozenset("\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
                    "\u2066\u2067\u2068\u2069")  # fmt: skip


def visible(text: str) -> str:
    """Every character that would act instead of being seen becomes its code in angle brackets; newlines stay."""
    return "".join(_shown(character) for character in text.replace("\r\n", "\n"))


def one_line(text: str, most: int = 200) -> str:
    """Outside text for a heading: one line, not too long."""
    line = " ".join(visible(text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _shown(character: str) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return _TABS
    if (
        character in _TRICKS
        or unicodedata.category(character) in {"Cc", "Cs", "Co"}
        or "\U000e0000" <= character <= "\U000e007f"
    ):
        return f"<U+{ord(character):04X}>"
    return character
