"""Writing results: text for people, JSON for programs."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

_UNWRITABLE = re.compile("[\x7f-\x9f\ud800-\udfff]")
"""Steers a terminal, or cannot be encoded: JSON has escapes for it."""

READER_LEFT = 141
"""What a shell reports for a program that wrote into a closed pipe."""


def write(text: str) -> None:
    """Write to standard output, with "?" for what its encoding lacks; end quietly when nobody reads it any more."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Otherwise the interpreter tries again at its end, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(READER_LEFT) from None


def write_json(value: Any) -> None:
    """One JSON document in UTF-8, whatever the terminal's encoding is."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    text = json.dumps(value, ensure_ascii=False, indent=2)
    write(_UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def write_lines(*lines: Text) -> None:
    """Styled lines; plain ones where standard output is no terminal or NO_COLOR is set."""
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    with console.capture() as captured:
        for line in lines:
            console.print(line)
    write(captured.get())


def printable(text: str) -> str:
    """`text` without control and hidden characters: outsiders' words must not steer a terminal. For display only."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def one_line(text: str) -> str:
    """The same on a single line."""
    return " ".join(printable(text).split())


def table(rows: Sequence[tuple[Text, ...]]) -> list[Text]:
    """Rows as lines whose columns begin at the same place; the last column keeps its length."""
    from rich.text import Text

    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for *cells, last in rows:
        line = Text()
        for cell, width in zip(cells, widths, strict=False):
            line.append_text(cell).append(" " * (width - cell.cell_len + 2))
        lines.append(line.append_text(last))
    return lines
