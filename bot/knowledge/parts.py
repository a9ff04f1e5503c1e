"""A question and an entry as the scorer sees them: stems, and what kind of question is asked. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.knowledge.tokens import fold, tokens

_ASKED_WORDS = 12

_KINDS = {
    word: kind
    for kind, words in {
        "how": "how comment",
        "when": "when until quand",
        "where": "where ou",
        "who": "who whom qui",
        "why": "why pourquoi",
        "which": "which what quel quelle quels quelles que quoi",
        "may": "can could may possible allowed puis peut peux pouvons",
    }.items()
    for word in words.split()
}


def kinds(text: str) -> frozenset[str]:
    """What kinds of question the first words of a text ask."""
    words = re.findall(r"\w+", fold(text))[:_ASKED_WORDS]
    return frozenset(_KINDS[word] for word in words if word in _KINDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the scorer sees it: the stems of its title, of its body, and of each sentence of the body."""

    id: str
    title: Sequence[str]
    body: Sequence[str]
    sentences: Sequence[Sequence[str]]
    kinds: frozenset[str] = frozenset()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A query as the scorer sees it: stems of its title, its body and the errors it reports."""

    title: Sequence[str]
    body: Sequence[str]
    errors: Sequence[str] = ()
    kinds: frozenset[str] = frozenset()
    language: str = ""

    @property
    def stems(self) -> Counter[str]:
        """All stems with their weight; those of the title count twice."""
        return Counter({stem: 2 * count for stem, count in Counter(self.title).items()}) + Counter(self.body)


def make_question(title: str, body: str, language: str, errors: Iterable[str] = ()) -> Question:
    stems = tokens(title, language), tokens(body, language), tokens("\n".join(errors), language)
    return Question(*stems, kinds(title), language)
