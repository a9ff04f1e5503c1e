"""The exit filter: makes every text safe that leaves for the tracker. What people are shown is its output.

Rules go by shape, never by a list of names, and for the weakest reader: what any GitLab, old or new, might
execute, notify, link or load is written so that it cannot. One file here is one kind of rule; the order in
`_rules` matters: characters first, since a hidden one can break any other shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.outgoing import blocks, characters, inline
from bot.domain.outgoing.inline import Allowed
from bot.domain.outgoing.links import hosts_in
from bot.domain.outgoing.references import references_in
from bot.domain.secrets import mask_emails, mask_numbers, mask_secrets

__all__ = ["LIMIT", "Allowed", "Outgoing", "editable", "hosts_in", "make_safe", "marker_line", "references_in"]

LIMIT = 20_000  # characters of a whole body; GitLab itself would take 1 MiB
_ROUNDS = 8  # two are usual, four the most that was seen
_READ_AT_MOST = 4 * LIMIT  # bounds the work on a text that is cut anyway
_MORE = "\n\n[…]"
Rules = Callable[[str], tuple[str, set[str]]]

_BLANK_START = re.compile(r"\A(?:[ \t]*\n)+")
# GitLab reads the first lines as data when they look like this. https://docs.gitlab.com/user/markdown/#front-matter
_FRONT_MATTER = re.compile(r"\A(#(?=[^\n]*coding)[^\n]*+\n\s*+)?(?=---|\+\+\+|;;;)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """`body` is what would be sent, byte for byte (empty: nothing to send); `changes` names what was changed.

    The names: cut, email, emoji, fence (where code begins or ends was made certain), hidden, html, image, link,
    mention, number (of a telephone or an account), quick_action, redirect (a link that leads on to another place),
    reference, secret; sorted, each once.
    """

    body: str
    changes: tuple[str, ...]


def make_safe(text: str, *, allowed: Allowed, footer: str, marker: str) -> Outgoing:
    """The text as it may be sent, with the footer and the marker. Never raises; unchanged on its own output."""
    end = _end(footer, marker)
    text = editable(characters.one_line_break(text), footer=footer, marker=marker)
    cleaned, changes = _fitting(text, allowed, LIMIT - len(end))
    if characters.only_emoji(cleaned):
        return Outgoing(body="", changes=("emoji",))
    return Outgoing(body=cleaned + end if cleaned else "", changes=tuple(sorted(changes)))


def editable(body: str, *, footer: str, marker: str) -> str:
    """The text of a body without its footer and marker: what an edit starts from."""
    text = body.rstrip().removesuffix(marker_line(marker)).rstrip()
    return text.removesuffix(_footer(footer).strip("\n")).rstrip() if footer else text


def marker_line(marker: str) -> str:
    """The hidden line that names a review: one line, no slash in it."""
    return f"<!-- gepettto:{re.sub(r'[^A-Za-z0-9_]+', '-', marker)} -->"


def _footer(footer: str) -> str:
    line = re.sub(r"\A/", r"\/", " ".join(footer.split()))
    return f"\n\n---\n\n{line}" if line else ""


def _end(footer: str, marker: str) -> str:
    return f"{_footer(footer)}\n\n{marker_line(marker)}"


def _clean(text: str, allowed: Allowed) -> tuple[str, set[str]]:
    return _settled(text, lambda text: _rules(text, allowed))


def _fitting(text: str, allowed: Allowed, room: int) -> tuple[str, set[str]]:
    """Cleaned, and cut until it fits; a cut is cleaned again, since it can tear a fence."""
    whole, changes = _clean(_cut(text, _READ_AT_MOST), allowed)
    if len(text) <= _READ_AT_MOST and len(whole) <= room:
        return whole, changes
    size = min(len(whole), room - len(_MORE))
    while True:
        cleaned, more = _clean(_cut(whole, size), allowed)
        if len(cleaned) + len(_MORE) <= room:
            return cleaned + _MORE, changes | more | {"cut"}
        size = size * 9 // 10


def _cut(text: str, size: int) -> str:
    """The beginning, up to the end of a paragraph, a line or a word if one ends in its second half."""
    if len(text) <= size:
        return text
    ends = (text.rfind(gap, size // 2, size) for gap in ("\n\n", "\n", " "))
    return text[: next((end for end in ends if end > 0), size)]


def _settled(text: str, rules: Rules) -> tuple[str, set[str]]:
    """What the rules find nothing more to change in: one change can uncover a shape that another rule knows."""
    changes: set[str] = set()
    for _ in range(_ROUNDS):
        before = text
        text, names = rules(before)
        if text == before:
            return text, changes
        changes |= names
    return _as_code(text), changes | {"fence"}


def _as_code(text: str) -> str:
    """The whole text as one code block: the last resort."""
    ticks = "`" * max((len(run) + 1 for run in re.findall(r"`{3,}", text)), default=3)
    return "\n".join([ticks, *(f" {line}" for line in text.split("\n")), ticks])


_EVERYWHERE = (
    ("hidden", characters.visible),
    ("secret", mask_secrets),
    ("email", mask_emails),
    ("number", mask_numbers),
)
"""What is done to code as well."""


def _rules(text: str, allowed: Allowed) -> tuple[str, set[str]]:
    changes: set[str] = set()
    for change, rule in _EVERYWHERE:
        before, text = text, rule(text)
        if text != before:
            changes.add(change)
    written: list[str] = []
    for block in blocks.split(text):
        cleaned, names = (block.text, block.changes) if block.code else inline.clean(block.text, allowed)
        written.append(cleaned)
        changes |= names
    text = _BLANK_START.sub("", "\n".join(written)).rstrip()
    if (data := _FRONT_MATTER.match(text)) is not None:
        text = f"{text[: data.end()]}\\{text[data.end() :]}"
        changes.add("fence")
    return text, changes
