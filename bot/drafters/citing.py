"""Sources in a reply: as a citation, as a link, and whether a quotation really stands in its source. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from bot.domain.passage import Citation, Match, Passage
from bot.domain.phrases import Phrases

PHRASES = Phrases(source=("Source: {links}", "Source : {links}"), sources=("Sources: {links}", "Sources : {links}"))

SHORTEST_QUOTE = 12
"""Letters and signs; anything shorter stands in any text by chance."""

_SAME = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
_CODE_OR_MARK = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)"
    r"|[ \t]?\[(?P<ids>S\d+(?:\s*[,;]\s*S\d+)*)\](?:\([^()\n]*\))?",
    re.DOTALL,
)


def citation(match: Match, quote: str) -> Citation:
    passage = match.passage
    return Citation(
        id=passage.id, title=passage.title, url=passage.url, quote=quote, score=match.score, word=match.word
    )


def link(passage: Passage) -> str:
    """The passage's title as a Markdown link; only the title when it has no address."""
    title = re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(passage.title.split()))
    return f"[{title}]({passage.url})" if passage.url else f"“{title}”"


def find(quote: str, body: str) -> str:
    """The piece of `body` that says `quote`, exactly as it stands there; "" when it does not.

    Blanks, letter case, typographic variants and Markdown's emphasis may differ.
    """
    wanted = re.sub(r"\A(?:\.\.\.|[\"'])+|(?:\.\.\.|[\"'])+\Z", "", _flat(quote)[0])
    text, places = _flat(body)
    at = text.find(wanted)
    if not wanted or at < 0 or len(wanted) < min(SHORTEST_QUOTE, len(text)):
        return ""
    return body[places[at] : places[at + len(wanted) - 1] + 1]


def with_links(reply: str, cited: Mapping[str, Passage], language: str) -> tuple[str, bool]:
    """The reply with each `[S1]` turned into a link, and whether one that is not `cited` was taken out.

    When it names none of its sources they follow in a last line: the reader should be able to look.
    """
    linked, removed = False, False

    def replaced(mark: re.Match[str]) -> str:
        nonlocal linked, removed
        if mark["code"]:
            return mark["code"]
        ids = re.findall(r"S\d+", mark["ids"])
        links = [link(cited[name]) for name in dict.fromkeys(ids) if name in cited]
        linked, removed = linked or bool(links), removed or not cited.keys() >= set(ids)
        return f" ({', '.join(links)})" if links else ""

    text = _CODE_OR_MARK.sub(replaced, reply)
    if text and cited and not linked:
        links = list(dict.fromkeys(link(passage) for passage in cited.values()))
        text += "\n\n" + PHRASES(language, "source" if len(links) == 1 else "sources", links=", ".join(links))
    return text, removed


def _flat(text: str) -> tuple[str, list[int]]:
    """The characters that count when texts are compared, and the place of each in `text`."""
    characters = [
        (plain, i)
        for i, character in enumerate(text)
        if not character.isspace() and character not in "*_`>#\\"
        for plain in unicodedata.normalize("NFKC", character).casefold().translate(_SAME)
        if not plain.isspace()
    ]
    return "".join(plain for plain, _ in characters), [place for _, place in characters]
