"""Where code stands: only ``` fences count, and each is written so that every reader agrees where it ends.

Whether a line belongs to a fence decides whether it may name people or commands, so nothing is left to
interpretation: `~~~` becomes ```, an open fence is closed, and a fence whose place in a list or a quote is
not certain moves to the margin, where it is. Rules of the containers: https://spec.commonmark.org/0.31.2/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENER = re.compile(
    r"(?P<lead>(?:[ \t>]|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*+)(?:(?P<ticks>`{3,})(?P<info>[^`]*)|(?P<tildes>~{3,}).*)"
)
_QUOTE = re.compile(r"(?:> ?)+ ?")
_INFO = re.compile(r"[ \t]*([\w+#.-]{0,30})[ \t]*")
# GitLab draws these instead of showing them. https://docs.gitlab.com/user/markdown/#diagrams-and-flowcharts
_DRAWN = frozenset(
    (
        "math",
        "mermaid",
        "plantuml",
        "glql",
        "kroki",
        "graphviz",
        "dot",
        "vega",
        "vegalite",
        "ditaa",
        "nomnoml",
        "svgbob",
    )
)
_READ_IN_CODE = re.compile(r"/|::include\{")
_MARKER = re.compile(r"(?:[-*+]|(?P<number>\d{1,9})[.)]) {1,4}(?=\S)")
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that belong together: literal code, or text without a blank line in it (or one blank line)."""

    text: str
    code: bool = False
    changes: frozenset[str] = frozenset()


def split(text: str) -> Iterator[Block]:
    """The blocks of a text in order; joined with newlines they are the text, its fences made certain."""
    lines = text.split("\n")
    items = _Items()
    here = 0
    while here < len(lines):
        if (opener := _OPENER.fullmatch(lines[here])) is not None:
            fence = _Fence(opener, items)
            here = fence.read(lines, here)
            yield fence.block()
            continue
        start = here
        while here < len(lines) and _is_text(lines[here]):
            items.see(lines[here])
            here += 1
        if here == start:
            items.see("")
            here += 1
        yield Block(text="\n".join(lines[start:here]))


def _is_text(line: str) -> bool:
    return bool(line.strip(" \t")) and _OPENER.fullmatch(line) is None


def _indent(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip(" "))


class _Items:
    """The columns where the contents of the list items begin that are open for certain."""

    def __init__(self) -> None:
        self.columns: list[int] = []
        self.fresh = True  # no paragraph is open that could swallow a marker

    def see(self, line: str) -> None:
        if not line.strip(" \t"):
            self.fresh = True
            return
        column = len(line) - len(line.lstrip(" "))
        if line[column] == "\t" or _RULE.fullmatch(line):
            self.columns.clear()
        else:
            self.leave(column)
            self._enter(line, column)
        self.fresh = False

    def leave(self, column: int) -> None:
        while self.columns and self.columns[-1] > column:
            self.columns.pop()
            self.fresh = True

    def _enter(self, line: str, column: int) -> None:
        base = self.columns[-1] if self.columns else 0
        while column - base <= 3 and (marker := _MARKER.match(line, column)):
            if marker["number"] not in (None, "1") and not self.fresh:
                return
            base = column = marker.end()
            self.columns.append(column)
            self.fresh = True


class _Fence:
    """One fence while it is read. `column`: where it stands; its lines are kept at or right of it."""

    def __init__(self, opener: re.Match[str], items: _Items) -> None:
        self.lead, self.opener = opener["lead"], opener
        self.ticks: str = opener["ticks"] or opener["tildes"]
        self.column = len(self.lead)
        self.depth = self.lead.count(">") if _QUOTE.fullmatch(self.lead) else 0
        self.strip = 0
        if not self.depth and not self._certain(items):
            self.strip, self.column, self.lead = self.column, 0, ""
        if self.depth or self.strip or not self.column:
            items.columns.clear()
        items.fresh = True
        self.lines: list[str] = []
        self.source: list[str] = [opener[0]]
        self.closer = ""

    def _certain(self, items: _Items) -> bool:
        """At the margin, or inside a list item that is certainly open here."""
        if ">" in self.lead or "\t" in self.lead:
            return False
        if self.lead.strip():
            items.see(self.lead + "`")
            return items.columns[-1:] == [self.column]
        items.leave(self.column)
        return self.column <= 3 or (bool(items.columns) and self.column - items.columns[-1] <= 3)

    def read(self, lines: list[str], here: int) -> int:
        """Take the fence's lines from `here` on; the number of the line after it."""
        for number in range(here + 1, len(lines)):
            line = lines[number]
            if self.depth and not self._quote(line):
                return number
            self.source.append(line)
            if self._closes(line):
                self.closer = line if self._plain() else self._edge()
                return number + 1
            self.lines.append(line if self.depth else self._placed(line))
        return len(lines)

    def block(self) -> Block:
        changes = set()
        if any(_READ_IN_CODE.match(line) for line in self.lines):
            changes.add("quick_action")
        lines = [
            _READ_IN_CODE.sub(r" \g<0>", line, count=1) if _READ_IN_CODE.match(line) else line for line in self.lines
        ]
        written = [self._opening(), *lines, self.closer or self._edge()]
        if [written[0], *self.lines, written[-1]] != self.source:
            changes.add("fence")
        return Block(text="\n".join(written), code=True, changes=frozenset(changes))

    def _plain(self) -> bool:
        """The closing line may stay as it was written."""
        return self.ticks[0] == "`" and not self.strip and (self.depth > 0 or self.column < 2)

    def _quote(self, line: str) -> re.Match[str] | None:
        return re.match(rf" {{0,3}}>(?: {{0,4}}>){{{self.depth - 1}}} ?", line)

    def _closes(self, line: str) -> bool:
        inner = line
        if self.depth and (quote := self._quote(line)):
            inner = line[quote.end() :]
        reach = 3 if self.depth or (self.column < 2 and not self.strip) else self.column + self.strip + 3
        if self.strip:
            inner = inner.lstrip("> \t")
        return _indent(inner) <= reach and re.fullmatch(rf"[ \t]*{self.ticks}{self.ticks[0]}*[ \t]*", inner) is not None

    def _placed(self, line: str) -> str:
        """The line where it cannot end the list item that holds the fence."""
        if self.strip:
            return line[len(re.match(rf"[ \t>]{{0,{min(self.strip, 100)}}}", line)[0]) :]  # type: ignore[index]
        if self.column >= 2 and line.strip(" \t") and _indent(line) < self.column:
            return " " * self.column + line.lstrip(" \t")
        return line

    def _fence(self) -> str:
        if self.ticks[0] == "`" and not self.strip:
            return self.ticks
        inside = re.findall(r"`{3,}", "\n".join(self.lines))
        return "`" * max(len(self.ticks), *(len(run) + 1 for run in inside), 3)

    def _edge(self) -> str:
        return (self.lead if self.depth else " " * self.column) + self._fence()

    def _opening(self) -> str:
        info = self.opener["info"] if self.opener["ticks"] else self.opener[0].partition(self.ticks)[2].lstrip("~")
        word = _INFO.match(info)[1]  # type: ignore[index]
        if word.lower() in _DRAWN:
            info = "text"
        elif not _INFO.fullmatch(info):
            info = word
        return self.lead + self._fence() + info
