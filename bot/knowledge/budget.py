"""Fitting text into a model's context: how many tokens it has, and what goes in first.

No tokeniser is right for every server, and the usual "four characters a token" counts a traceback at
0.6 and Chinese at 0.3 of the truth. So tokens are estimated by kind of character, on the high side,
and the estimate is corrected by what the server reports (`Factor`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

RESERVE = 0.1
"""Part of the context that stays free, because an estimate is an estimate."""

# The costs were measured against the vocabularies of OpenAI's models: 1.0 to 1.3 of the truth on prose,
# code, JSON, logs, base64 and hex, 0.9 to 1.8 on other scripts.
_PIECES = re.compile(
    r"(?P<latin>[A-Za-z\u00c0-\u024f]+)"
    r"|(?P<digits>[0-9]+)"
    r"|(?P<newline>\r?\n)"
    r"|(?P<blank>[^\S\r\n]+)"
    r"|(?P<greek>[\u0370-\u052f]+)"  # and Cyrillic
    r"|(?P<cjk>[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+)"
    r"|(?P<astral>[\U00010000-\U0010ffff]+)"
    r"|(?P<punctuation>[!-/:-@\[-`{-~\u2010-\u2027\u00a1-\u00bf])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_LONG_RUN = re.compile(r"[A-Za-z0-9]{20,}")


def estimate(text: str) -> int:
    """Tokens in `text`, by kind of character; rather too many than too few."""
    total, at = 0.0, 0
    for run in _LONG_RUN.finditer(text):
        if not run[0].isalpha() and not run[0].isdigit():  # base64, hex: hardly any part is a known word
            total += _pieces(text, at, run.start()) + len(run[0]) / 1.35
            at = run.end()
    return round(total + _pieces(text, at, len(text)))


def _pieces(text: str, start: int, end: int) -> float:
    return sum(_cost(m.lastgroup or "", m.end() - m.start()) for m in _PIECES.finditer(text, start, end))


def _cost(kind: str, length: int) -> float:
    match kind:
        case "latin":
            return max(1.0, length / 4.2)
        case "digits":
            return -(-length // 3)
        case "newline":
            return 1.0
        case "blank":  # one blank belongs to the word behind it
            return 0.0 if length == 1 else 1.0
        case "greek":
            return 0.45 * length
        case "cjk":
            return 1.15 * length
        case "astral":
            return 3.0 * length
        case "punctuation":
            return 0.75
        case _:  # scripts nobody measured: between Greek and Chinese
            return 0.9 * length


class Factor:
    """What this model's server counts for each token that we estimate; learnt from its reports."""

    LEAST, MOST = 0.7, 1.6

    def __init__(self) -> None:
        self._mean = 1.0
        self._seen = 0

    @property
    def value(self) -> float:
        return min(max(self._mean, self.LEAST), self.MOST)

    def learn(self, estimated: int, reported: int) -> None:
        """One more call; the last twenty or so weigh most, so that a changed model is noticed."""
        if estimated <= 0 or reported <= 0:
            return
        self._seen = min(self._seen + 1, 20)
        self._mean += (reported / estimated - self._mean) / self._seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One text that wants room: at least `floor` tokens (or it stays out), at most `cap`.

    `name` is what people are told when the block is shortened or left out.
    """

    name: str
    text: str
    floor: int
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The texts in the order of their blocks, "" for a block that found no room."""

    texts: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    shortened: tuple[str, ...] = ()


def room(context: int, answer: int, factor: float) -> int:
    """Estimated tokens that a prompt may have, when the answer may have `answer`."""
    return int((context - answer) * (1 - RESERVE) / factor)


def pack(blocks: Sequence[Block], budget: int) -> Packed:
    """Fit `blocks`, most important first: every floor is served before any block gets more."""
    sizes = [estimate(block.text) for block in blocks]
    granted, left = [0] * len(blocks), budget
    for i, block in enumerate(blocks):
        need = min(block.floor, sizes[i])
        if need <= left:
            granted[i], left = need, left - need
    for i, block in enumerate(blocks):
        more = min(min(block.cap, sizes[i]) - granted[i], left)
        if granted[i] and more > 0:
            granted[i], left = granted[i] + more, left - more
    texts = [
        block.text if granted[i] == sizes[i] else shorten(block.text, granted[i]) for i, block in enumerate(blocks)
    ]
    wanted = [(block.name, block.text, text) for block, text in zip(blocks, texts, strict=True) if block.text]
    return Packed(
        texts=tuple(texts),
        left_out=tuple(name for name, _, text in wanted if not text),
        shortened=tuple(name for name, whole, text in wanted if text and text != whole),
    )


def shorten(text: str, tokens: int) -> str:
    """`text` in at most `tokens`: its head and its end, which tell most, and how many lines went."""
    size = estimate(text)
    if size <= tokens:
        return text
    keep = len(text) * tokens // size
    while keep > 0:
        cut = _without_middle(text, keep)
        if estimate(cut) <= tokens:
            return cut
        keep = keep * 4 // 5
    return ""


def _without_middle(text: str, keep: int) -> str:
    """About `keep` characters of `text`, two thirds from its head, cut at lines where there are any."""
    head, tail = text[: keep * 2 // 3], text[len(text) - keep // 3 :]
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :]
    lines = text.count("\n", len(head), len(text) - len(tail))
    mark = f"[… {lines} lines removed]" if lines > 1 else "[…]"
    return f"{head.rstrip()}\n{mark}\n{tail.lstrip(chr(10))}".strip()
