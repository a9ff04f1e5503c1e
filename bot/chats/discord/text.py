"""Outside text that stands in a message as itself: nothing of it renders, pings, links or leaves its place."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from bot.chats.discord.limits import size
from bot.chats.render import visible

_MARKS = 4
"""Combining marks on one letter that written languages need; more climb over the lines around them."""
_URL = 400
_WEB = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_PAIR = re.compile(r"\\\[[^\[\]]*\\\]")

# A colon before a word may be :smile: or http://, which Discord would draw, or follow. The last rule is about
# invitations, which become a card even without http://.
_SIGNS = re.compile(
    r"[\\*_~`|<>\[\]@]|:(?=\S)|(?<=discord\.gg)/|(?<=discord\.com)/|(?<=discordapp\.com)/", re.IGNORECASE
)
_BEGINNING = re.compile(r"^([^\S\n]*\d*)([#+.)-])", re.MULTILINE)  # of a heading, a list, small print
_UNIT = re.compile(r"\\?<U\+[0-9A-F]{4,6}>|\\.|.", re.DOTALL)


def literal(text: str) -> str:
    """The text as Discord's Markdown for exactly these characters; those that cannot be seen as their codes.

    With backslashes rather than invisible characters: Discord drops a backslash when it draws the sign after it, so
    that what people copy from a card is the text itself, and taking the backslashes away gives the text back.
    """
    escaped = _SIGNS.sub(lambda sign: f"\\{sign[0]}", seen(text))
    return _BEGINNING.sub(r"\1\\\2", escaped)


def plain(shown: str) -> str:
    """What a reader sees of a literal text."""
    return re.sub(r"\\(.)", r"\1", shown)


def seen(text: str) -> str:
    """The text with codes for what would act instead of being seen, crowds of combining marks among it."""
    marks, shown = 0, []
    for character in visible(text):
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        shown.append(character if marks <= _MARKS else f"<U+{ord(character):04X}>")
    return "".join(shown)


def is_seen_whole(text: str) -> bool:
    """Whether a reader of `literal(text)` sees every character of it, blanks included."""
    lines = text.split("\n")
    return seen(text) == text.strip() and "\n\n\n" not in text and all(line == line.rstrip() for line in lines)


def cut(text: str, most: int) -> str:
    """At most so many characters, however Discord counts them; an escape and a code stay whole, "…" marks the cut."""
    if size(text) <= most:
        return text
    kept, used = [], 0
    for unit in _UNIT.finditer(text):
        used += size(unit[0])
        if used >= most:
            break
        kept.append(unit[0])
    return f"{''.join(kept)}…" if most > 0 else ""


def excerpt(text: str, most: int, lines: int) -> str:
    """The beginning of a text, shown as itself; blank lines are no more than one at a time."""
    head = text[: 4 * most]
    rows = re.sub(r"\n\s*\n", "\n\n", seen(head).strip()).split("\n")
    shown = literal("\n".join(rows[:lines]))
    if size(shown) <= most - 2 and len(rows) <= lines and len(head) == len(text):
        return shown
    return cut(f"{shown} …", most)


def link(shown: str, url: str) -> str:
    """Text that is literal already, as a link; plain when the address is none that a browser should open."""
    target = quote(url, safe=":/?#@!$&'+,;=%-._~*") if is_web(url) else ""
    if not target or len(target) > _URL:
        return shown
    # Discord draws no link whose text looks like an address, or holds half a pair of brackets.
    if "\\:/" in shown or re.search(r"[\[\]]", _PAIR.sub("", shown)):
        return f"{shown} [↗]({target})"
    return f"[{shown}]({target})"


def is_web(url: str) -> bool:
    return url.isprintable() and _WEB.fullmatch(url) is not None
