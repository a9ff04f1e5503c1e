"""Markdown files to passages: a question heading with its answer, or a section cut to quotable pieces. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.passage import Passage
from bot.knowledge.language import detect

_WORDS = 180
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_QUESTION = re.compile(
    r"\?\s*$|^(?:how|what|why|when|where|which|who|can|does|is|comment|pourquoi|quand|où|quel|qui|puis-je|est-ce)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    level: int
    heading: str
    path: tuple[str, ...]
    text: str


def passages_of(markdown: str, *, file: str, url: str = "") -> list[Passage]:
    """The passages of one file. Ids are `file#anchor`, stable while headings stay; `url` is the file's address."""
    text = _FRONT.sub("", markdown.replace("\r\n", "\n").replace("\r", "\n"))
    usual = detect(text)
    found: list[Passage] = []
    anchors: dict[str, int] = {}
    for section in _sections(text):
        anchor = _unique(slug(section.heading), anchors) if section.heading else ""
        pieces = [section.text] if _QUESTION.search(section.heading) else list(_pieces(section.text))
        for number, piece in enumerate(pieces):
            if piece.strip():
                found.append(_passage(section, piece, number, file=file, anchor=anchor, url=url, usual=usual))
    return found


def _passage(section: _Section, piece: str, number: int, *, file: str, anchor: str, url: str, usual: str) -> Passage:
    title = section.heading or file.rsplit("/", 1)[-1].removesuffix(".md")
    place = f"{file}#{anchor}" if anchor else file
    return Passage(
        id=place if number == 0 else f"{place}~{number + 1}",
        source=file,
        title=title if _QUESTION.search(section.heading) else " › ".join((*section.path, title)),
        body=piece.strip(),
        url=f"{url}#{anchor}" if url and anchor else url,
        language=detect(f"{section.heading}\n{piece}") or usual,
    )


def is_question(heading: str) -> bool:
    """Whether a heading asks something, in English or French."""
    return _QUESTION.search(heading) is not None


def slug(heading: str) -> str:
    """The anchor that GitLab gives a heading. https://docs.gitlab.com/user/markdown/#heading-ids-and-links"""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", unicodedata.normalize("NFC", heading).lower())
    return re.sub(r"-{2,}", "-", re.sub(r"[^\w\s-]", "", plain).strip().replace(" ", "-"))


def _unique(anchor: str, seen: dict[str, int]) -> str:
    count = seen.get(anchor, 0)
    seen[anchor] = count + 1
    return anchor if count == 0 else f"{anchor}-{count}"


def _sections(text: str) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    level, heading, lines = 0, "", []
    for new_level, new_heading, line in _headed(text):
        if not new_level:
            lines.append(line)
            continue
        yield _Section(level=level, heading=heading, path=tuple(h for _, h in path[:-1]), text="\n".join(lines))
        path = [*(part for part in path if part[0] < new_level), (new_level, new_heading)]
        level, heading, lines = new_level, new_heading, []
    yield _Section(level=level, heading=heading, path=tuple(h for _, h in path[:-1]), text="\n".join(lines))


def _headed(text: str) -> Iterator[tuple[int, str, str]]:
    """Each line, with the level and text of the heading that it is, if it is one."""
    fence, held = "", None
    for line in [*text.split("\n"), None]:
        if held is not None:
            setext = _SETEXT.match(line) if line is not None else None
            if setext and held.strip():
                yield (1 if setext[1][0] == "=" else 2), held.strip(), held
                held = None
                continue
            yield 0, "", held
            held = None
        if line is None:
            return
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        heading = None if fence or mark else _ATX.match(line)
        if heading and (heading[2] or "").strip():
            yield len(heading[1]), heading[2].strip(), line
        elif not fence and not mark and line.strip() and not line.startswith(("    ", ">", "-", "*", "|")):
            held = line
        else:
            yield 0, "", line


def _pieces(text: str) -> Iterator[str]:
    """Whole paragraphs up to 180 words; code stays with the paragraph above it; the last paragraph is repeated."""
    piece: list[str] = []
    for paragraph in _paragraphs(text):
        if piece and sum(len(p.split()) for p in piece) + len(paragraph.split()) > _WORDS:
            yield "\n\n".join(piece)
            piece = piece[-1:] if len(piece[-1].split()) <= _WORDS // 6 else []
        piece.append(paragraph)
    if piece:
        yield "\n\n".join(piece)


def _paragraphs(text: str) -> Iterator[str]:
    fence, lines = "", []
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        if line.strip() or fence:
            lines.append(line)
        elif lines:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)
