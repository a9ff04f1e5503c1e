"""Issue Markdown to the clean text that models and searches work best with. Pure, and bounded for hostile input."""

from __future__ import annotations

import re
import threading

import markdown as markdown_library
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

# More than any real report; the rest of a larger one is left out with a notice.
_MOST_CHARACTERS = 60_000
_MOST_NESTING = 8
# The Markdown library takes quadratic time over unpaired marks; no report that a person wrote has so many.
_MARKS = ("[", "*", "_", "`", "<", "(", "!", "|", "&", "\\")
_MOST_MARKS = 800
# … and over headings. Code blocks are cut apart from this, so these are lines of prose.
_MOST_LINES = 1200
_SHORT_CODE = 15
_HEAD = 4
_TAIL = 4
_QUERY_WORDS = 150

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# Controls but for tab and newline; zero-width, bidirectional and tag characters; lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_JIRA_FENCE = re.compile(r"^\s*\{(?:code|noformat)(?::[^}]*)?\}\s*$", re.IGNORECASE)
_NESTED = re.compile(rf"^[\s>*+-]{{{2 * _MOST_NESTING},}}")
_TELLING = re.compile(
    r"error|exception|traceback|fatal|failed|failure|panic|refused|denied|erreur|échec", re.IGNORECASE
)
_EMPTY_BOX = re.compile(r"^\s*[-*+]\s+\[ \].*$", re.MULTILINE)
_LOG_LINE = re.compile(
    r"^\s*(?:\[?\d{4}-\d\d-\d\d[T ]|\[?\d\d:\d\d:\d\d|at [\w$.<>]+\(|File \"|#\d+ +0x|0x[0-9a-f]{6}|[A-Z]+[/|:] ?\d)"
)
_AGENT_LINE = re.compile(r"^(?:user[- ]agent|build identifier)\s*:", re.IGNORECASE)
_MASKED = (
    (re.compile(r"(?:[A-Za-z]:)?(?:[/\\][\w.@+-]+){2,}"), "<path>"),
    (re.compile(r"0x[0-9a-fA-F]+|\b\d+\b"), "<n>"),
)
# One paragraph without any character that Markdown or HTML gives a meaning to.
_MARKLESS = re.compile("[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f ,.;:?'\"()/%’«»-]*")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    "p", "div", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "hr", "details", "summary", "dl", "dt", "dd",
    "br",
}  # fmt: skip


_local = threading.local()


def clean_text(markdown: str) -> str:
    """The text as a person reads it: no markup, comments or images; short code whole, long code by its telling lines.

    Never empty for a text that holds anything visible.
    """
    text = _visible(markdown)
    prose, blocks = _split_code(text)
    cleaned = _tidy(_render(prose))
    for number, block in enumerate(blocks):
        cleaned = cleaned.replace(_placeholder(number), shorten_code(block))
    return _collapse(cleaned).strip() or _collapse(text).strip()


def query_text(markdown: str) -> str:
    """What to search for: prose only, at most 150 words; falls back to the clean text rather than to nothing."""
    prose, _ = _split_code(_visible(markdown))
    kept = [line for line in prose.splitlines() if not _is_noise(line)]
    words = _tidy(_render("\n".join(kept))).split()
    words = [word for word in words if not word.startswith(_placeholder("").rstrip("E"))]
    return " ".join((words or clean_text(markdown).split())[:_QUERY_WORDS])


def error_lines(markdown: str) -> tuple[str, ...]:
    """Telling lines with numbers and paths masked, each once: what two reports of one fault share."""
    found: dict[str, None] = {}
    for line in _visible(markdown).splitlines():
        if _TELLING.search(line) and len(line) < 300:
            for pattern, mask in _MASKED:
                line = pattern.sub(mask, line)
            found[line.strip()] = None
    return tuple(found)[:20]


def shorten_code(block: str) -> str:
    """Code of up to 15 lines as it is; of more, the head, the telling lines, and the tail."""
    lines = [line.rstrip()[:300] for line in block.strip("\n").splitlines()]
    if len(lines) <= _SHORT_CODE:
        return "\n".join(lines)
    middle = lines[_HEAD:-_TAIL]
    telling = list(dict.fromkeys(line for line in middle if _TELLING.search(line)))[: _SHORT_CODE - _HEAD - _TAIL]
    removed = len(middle) - len(telling)
    return "\n".join([*lines[:_HEAD], *telling, f"[{removed} lines removed]", *lines[-_TAIL:]])


def _visible(markdown: str) -> str:
    text = markdown.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > _MOST_CHARACTERS:
        half = _MOST_CHARACTERS // 2
        text = f"{text[:half]}\n\n[{len(text) - _MOST_CHARACTERS} characters removed]\n\n{text[-half:]}"
    return _HIDDEN.sub("", _ANSI.sub("", _COMMENT.sub("", text)))


def _placeholder(number: int | str) -> str:
    return f"QZCODEBLOCK{number}E"


def _split_code(text: str) -> tuple[str, list[str]]:
    """Prose with a placeholder for each fenced block, and the blocks."""
    prose: list[str] = []
    blocks: list[str] = []
    inside: list[str] = []
    fence = ""
    for line in text.splitlines():
        opened = _FENCE.match(line)
        if not fence and (opened or _JIRA_FENCE.match(line)):
            fence, inside = (opened[1] if opened else "{"), []
        elif fence and (_JIRA_FENCE.match(line) if fence == "{" else line.strip().startswith(fence)):
            prose += ["", _placeholder(len(blocks)), ""]
            blocks.append("\n".join(inside))
            fence = ""
        elif fence:
            inside.append(line)
        else:
            prose.append(_NESTED.sub("", line))
    if fence:
        prose += ["", _placeholder(len(blocks))]
        blocks.append("\n".join(inside))
    return "\n".join(prose), blocks


def _render(prose: str) -> str:
    """Through Markdown's own rules to text: what is markup to a reader is gone, whatever its spelling."""
    if _MARKLESS.fullmatch(prose):
        return prose
    prose = _without_middle(prose)
    for mark in _MARKS:
        if prose.count(mark) > _MOST_MARKS:
            prose = prose.replace(mark, " ")
    html = _markdown().reset().convert(_EMPTY_BOX.sub("", prose))
    soup = BeautifulSoup(html, "html.parser")
    for gone in soup(["img", "script", "style", "svg", "video", "audio", "iframe"]):
        gone.decompose()
    for link in soup("a"):
        label, target = link.get_text(" ", strip=True), str(link.get("href") or "")
        link.replace_with(f"{label} ({target})" if target.startswith("http") and target not in label else label)
    for heading in soup(sorted(_HEADINGS)):
        if _is_empty_section(heading):
            heading.decompose()
    return _text_of(soup)


def _markdown() -> markdown_library.Markdown:
    """One for each thread: building it takes longer than an ordinary report."""
    if not hasattr(_local, "markdown"):
        _local.markdown = markdown_library.Markdown(extensions=["tables", "sane_lists"])
    found: markdown_library.Markdown = _local.markdown
    return found


def _without_middle(prose: str) -> str:
    lines = prose.splitlines()
    if len(lines) <= _MOST_LINES:
        return prose
    half = _MOST_LINES // 2
    return "\n".join([*lines[:half], "", f"[{len(lines) - _MOST_LINES} lines removed]", "", *lines[-half:]])


def _is_empty_section(heading: Tag) -> bool:
    following = heading.find_next_sibling()
    return following is not None and following.name in _HEADINGS and following.name <= heading.name


def _text_of(soup: BeautifulSoup) -> str:
    pieces: list[str] = []
    for node in soup.descendants:
        if isinstance(node, NavigableString):
            pieces.append(str(node))
        elif isinstance(node, Tag) and node.name in _BLOCKS:
            pieces.append("\n- " if node.name == "li" else "\n\n" if node.name in _HEADINGS | {"p", "pre"} else "\n")
    return "".join(pieces)


def _is_noise(line: str) -> bool:
    return line.lstrip().startswith(">") or bool(_LOG_LINE.match(line) or _AGENT_LINE.match(line))


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) if not line.startswith("    ") else line.rstrip() for line in text.splitlines()]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if line != "-"))
    return re.sub(r"(^- [^\n]*)\n\n(?=- )", r"\1\n", joined, flags=re.MULTILINE)


def _collapse(text: str) -> str:
    """A line that repeats is said once, with how often."""
    out: list[str] = []
    count = 0
    for line in [*text.splitlines(), None]:
        if out and line is not None and line.strip() and line == out[-1]:
            count += 1
            continue
        if count:
            out.append(f"[repeated {count} times]")
            count = 0
        if line is not None:
            out.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out))
