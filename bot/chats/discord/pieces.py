"""A draft in the inputs of a form and back, and the text of an uploaded file."""

from __future__ import annotations

from collections.abc import Iterator

from bot.chats.discord.limits import INPUT_TEXT, MODAL_PARTS, size
from bot.chats.render import one_line
from bot.errors import UsageError

INPUTS = MODAL_PARTS - 1
"""The last part of a form is for a file."""
_BORDERS = ("\n\n", "\n", " ")


def split_for_modal(text: str) -> list[str] | None:
    """Pieces that are together the text, cut at its paragraphs if they then fit; None when a form cannot hold it."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return None
    for first in range(len(_BORDERS) + 1):
        pieces = list(_pieces(text, _BORDERS[first:]))
        if len(pieces) <= INPUTS:
            return pieces
    return None


def _pieces(text: str, borders: tuple[str, ...]) -> Iterator[str]:
    start = 0
    while start < len(text) or not start:
        end = _end(text, start, borders)
        yield text[start:end]
        if end >= len(text):
            return
        start = end


def _end(text: str, start: int, borders: tuple[str, ...]) -> int:
    """Behind the last border that one input can reach."""
    limit = min(len(text), start + INPUT_TEXT)
    while size(text[start:limit]) > INPUT_TEXT:
        limit -= (size(text[start:limit]) - INPUT_TEXT + 1) // 2
    if limit == len(text):
        return limit
    ends = (text.rfind(border, start, limit) + len(border) for border in borders if border in text[start:limit])
    return next(ends, limit)


def join_from_modal(original: list[str], parts: list[str]) -> str:
    """The text of a form that came back.

    Discord may trim an input and changes its line breaks, so a part that is the same but for these is the piece it
    was, blanks included. Only a part that somebody changed loses what cannot be told from trimming: it keeps its
    piece's blanks at the end, and an emptied one is gone with them.
    """
    joined = [_joined(piece, part) for piece, part in zip(original, parts, strict=False)]
    added = [plain for part in parts[len(original) :] if (plain := one_line_break(part).strip())]
    return "\n\n".join(["".join(joined), *added]) if joined else "\n\n".join(added)


def _joined(piece: str, part: str) -> str:
    part = one_line_break(part)
    if part.strip() == one_line_break(piece).strip():
        return piece
    blanks = piece[len(piece.rstrip()) :]
    return part.rstrip() + blanks if part.strip() else ""


def one_line_break(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_upload(data: bytes, name: str) -> str:
    """The text of a file; UsageError says in one sentence why it has none."""
    shown = one_line(name, 60)
    try:
        text = one_line_break(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(
            f"{shown} is no text file in UTF-8; save the reply as plain text or Markdown, and upload that."
        )
    if not text.strip():
        raise UsageError(f"{shown} is empty; write the whole reply into it, and upload it again.")
    return text
