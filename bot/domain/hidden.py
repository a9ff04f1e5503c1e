"""What a text hides from the people who read it, and shows to a machine. Pure, and linear on hostile input."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.hostile import looks_like_instructions

_COMMENT = re.compile(r"<!--((?:(?!<!--|-->).)*+)", re.DOTALL)
_FOLDED = re.compile(r"<details\b[^<>]{0,200}>((?:(?!</?details\b).)*+)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<\w{1,20}\s([^<>]{0,600})>([^<>]{0,2000})")
_COLOUR = r"(?:white|transparent|\#f{3}(?:f{3})?)"
_UNSEEN = re.compile(
    r"(?ix) \b hidden \b | display\s*:\s*none | visibility\s*:\s*hidden | font-size\s*:\s*0 | opacity\s*:\s*0"
    rf"| (?<!-)color\s*:\s*{_COLOUR}\b"
)
_FORMULA = re.compile(
    rf"(?ix) \\(?:text)?color\s*\{{\s*{_COLOUR}\s*\}} ([^$`\n]{{0,2000}}) | \\[hv]?phantom ([^$`\n]{{0,2000}})"
)
_TAGGED = re.compile("[\U000e0020-\U000e007e]{3,2000}")
_LONGEST = 300


def hidden_passages(text: str) -> tuple[str, ...]:
    """Each passage that readers do not see, made visible and short.

    Comments and folded parts are in every issue template: they count only when they give orders.
    """
    found = (" ".join(passage.split())[:_LONGEST] for passage in _passages(text))
    return tuple(passage for passage in found if passage)


def _passages(text: str) -> Iterator[str]:
    for form in (_COMMENT, _FOLDED):
        yield from (m[1] for m in form.finditer(text) if looks_like_instructions(m[1]))
    yield from (m[2] for m in _TAG.finditer(text) if _UNSEEN.search(m[1]))
    yield from (m[1] or m[2] or "" for m in _FORMULA.finditer(text))
    yield from ("".join(chr(ord(character) - 0xE0000) for character in m[0]) for m in _TAGGED.finditer(text))
