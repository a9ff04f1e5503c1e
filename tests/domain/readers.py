"""Independent readers of what the exit filter wrote: a CommonMark renderer, and a weak command extractor.

They share no code and no pattern with the filter.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString
from markdown_it import MarkdownIt

_RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class Page:
    """The rendered body: what a browser would get."""

    def __init__(self, body: str) -> None:
        self.tree = BeautifulSoup(_RENDERER.render(body), "html.parser")

    @property
    def images(self) -> int:
        return len(self.tree.find_all("img"))

    @property
    def hosts(self) -> set[str]:
        """Hosts behind links; anything that is neither http(s) nor inside the project as a whole."""
        found = set()
        for link in self.tree.find_all("a"):
            target = str(link.get("href"))
            parts = urlsplit(target)
            if parts.scheme in {"http", "https"}:
                found.add(parts.netloc)
            elif parts.scheme or target.startswith(("//", "/\\", "\\")):
                found.add(target)
        return found

    @property
    def elements(self) -> set[str]:
        return {tag.name for tag in self.tree.find_all()}

    @property
    def comments(self) -> list[str]:
        return [str(c).strip() for c in self.tree.find_all(string=lambda s: isinstance(s, Comment))]

    @property
    def spoken(self) -> list[str]:
        """The text nodes outside code: where GitLab looks for mentions, references and addresses."""
        return [
            str(node)
            for node in self.tree.find_all(string=True)
            if type(node) is NavigableString and not any(p.name in {"code", "pre"} for p in node.parents)
        ]

    def mentions(self) -> set[str]:
        found = set()
        for text in self.spoken:
            names = re.findall(r"(?<![a-zA-Z0-9])@([a-zA-Z0-9_.][a-zA-Z0-9_.-]*(?:/[a-zA-Z0-9_.-]+)*)", text)
            found |= {name.rstrip(".") for name in names}
        return found

    def references(self) -> set[str]:
        found = set()
        for text in self.spoken:
            unlinked = re.sub(r"https?://\S+", "", text)  # an address is linked as a whole
            found |= set(re.findall(r"[a-zA-Z0-9_./-]*[#!&][0-9]+\b", unlinked))
        return found

    def addresses(self) -> set[str]:
        """Hosts that an autolinker would find in the text."""
        found = set()
        for text in self.spoken:
            found |= {h.lower() for h in re.findall(r"(?i)(?:[a-z]+://|\b(?=www\.[\w-]))([^\s/?#:,;*_~)'\"\]]+)", text)}
        return {h.rstrip(".!") for h in found}


def commands(body: str) -> list[str]:
    """What the weakest extractor would run: it knows ``` fences at the margin, and nothing else."""
    outside = re.sub(r"(?ms)^```.*?\n```$", "", body.replace("\r", ""))
    return re.findall(r"(?m)^/\w.*$", outside) + re.findall(r"(?m)^/\w.*$", body)


def unfenced(body: str) -> list[str]:
    """The lines that are not inside a code block, by the renderer's own account."""
    lines = body.split("\n")
    inside = set()
    for token in _RENDERER.parse(body):
        if token.type == "fence" and token.map:
            inside |= set(range(*token.map))
    return [line for number, line in enumerate(lines) if number not in inside]
