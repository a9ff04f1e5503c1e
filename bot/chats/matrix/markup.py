"""Text for Matrix, twice: plain, and as HTML of which we write every tag ourselves. Pure.

Nothing from outside becomes a tag, a picture, or a link to anything but a web address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from bot.chats.render import one_line, visible

_WEB = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_MARKS = 4
"""Combining marks on one letter that written languages need; more climb over the lines around them."""
_URL = 400


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in both forms."""

    plain: str
    html: str

    def __add__(self, other: Text) -> Text:
        return Text(self.plain + other.plain, self.html + other.html)

    def __bool__(self) -> bool:
        return bool(self.plain)


def words(text: str) -> Text:
    """Text that stands for itself, over several lines if it has them."""
    shown = seen(text)
    return Text(shown, escape(shown).replace("\n", "<br>"))


def phrase(text: str) -> Text:
    """A phrase of ours: what stands between backticks in it is to be typed."""
    shown = words(text)
    return Text(shown.plain, re.sub(r"`([^`]+)`", r"<code>\1</code>", shown.html))


def line(text: str, most: int = 200) -> Text:
    """Outside text as a part of one line."""
    return words(one_line(text[: 4 * most], most))


def bold(text: Text) -> Text:
    return Text(text.plain, f"<strong>{text.html}</strong>")


def quoted(text: str) -> Text:
    shown = seen(text).strip()
    plain = "\n".join(f"> {row}" for row in shown.split("\n"))
    return Text(plain, f"<blockquote>{words(shown).html}</blockquote>")


def link(text: Text, url: str) -> Text:
    """Plain text beside the address; no link when it is none that a browser should open, or a giant once encoded."""
    target = quote(url, safe=":/?#@!$&'()*+,;=%-._~[]") if is_web(url) else ""
    if not target or len(target) > 2 * _URL:
        return text
    return Text(f"{text.plain} ({target})", f'<a href="{escape(target)}">{text.html}</a>')


def person(user: str) -> Text:
    """A name that clients show as a person; only for people of the configuration."""
    return Text(user, f'<a href="https://matrix.to/#/{escape(quote(user, safe="@:"))}">{escape(user)}</a>')


def exact(text: str) -> Text:
    """A block with every character as it is; in plain text between fences that do not occur in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Text(f"{fence}\n{text}\n{fence}", f"<pre><code>{escape(text)}</code></pre>")


def lines(parts: Iterable[Text]) -> Text:
    return _joined(parts, "\n", "<br>")


def paragraphs(parts: Iterable[Text]) -> Text:
    """Each apart from the next; blocks keep their own room."""
    kept = [part for part in parts if part]
    blocks = ("<pre>", "<blockquote>")
    html = "".join(part.html if part.html.startswith(blocks) else f"<p>{part.html}</p>" for part in kept)
    return Text("\n\n".join(part.plain for part in kept), html)


def _joined(parts: Iterable[Text], plain: str, html: str) -> Text:
    kept = [part for part in parts if part]
    return Text(plain.join(part.plain for part in kept), html.join(part.html for part in kept))


def spaced(parts: Iterable[Text]) -> Text:
    return _joined(parts, " · ", " · ")


def seen(text: str) -> str:
    """The text with codes for what would act instead of being seen, crowds of combining marks among it."""
    marks, shown = 0, []
    for character in visible(text):
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        shown.append(character if marks <= _MARKS else f"<U+{ord(character):04X}>")
    return "".join(shown)


def is_seen_whole(text: str) -> bool:
    """Whether a reader of `exact(text)` sees every character of it."""
    return seen(text) == text.replace("\t", "    ")


def is_web(url: str) -> bool:
    return url.isprintable() and len(url) <= _URL and _WEB.fullmatch(url) is not None
