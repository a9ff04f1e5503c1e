"""Words as the search sees them: folded, then stemmed, identifiers whole and in parts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

import snowballstemmer  # type: ignore[import-untyped]

from bot.knowledge.language import FUNCTION_WORDS

_STEMMERS = {"en": "english", "fr": "french", "de": "german", "es": "spanish", "it": "italian", "pt": "portuguese"}
_TOKEN = re.compile(r"\w+(?:[.'’]\w+)*", re.UNICODE)
_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_MOST_LETTERS = 60


def fold(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_STOP = {language: frozenset(fold(word) for word in words) for language, words in FUNCTION_WORDS.items()}
_ANY_STOP = _STOP["en"] | _STOP["fr"]


def tokens(text: str, language: str = "") -> list[str]:
    """Stems in the order of the text. Folding comes before stemming, so that accents never matter."""
    stop = _STOP.get(language, _ANY_STOP)
    stems: list[str] = []
    for raw in _TOKEN.findall(text):
        for word in _parts(raw):
            folded = fold(word)
            if folded not in stop and 1 < len(folded) <= _MOST_LETTERS:
                stems.append(_stem(folded, language or "en"))
    return stems


def _parts(raw: str) -> list[str]:
    """`AccessControlException` and `max_tokens` are found whole and by their parts; `l'erreur` by its noun."""
    before, _, after = raw.replace("’", "'").partition("'")
    raw = after if after and len(before) <= 2 else before
    if "_" in raw or "." in raw:
        return [raw, *(part for part in re.split(r"[_.]", raw) if len(part) > 1)]
    inner = raw[1:]
    if inner != inner.lower() and inner != inner.upper():
        return [raw, *(part for part in _CAMEL.findall(raw) if len(part) > 2)]
    return [raw]


@lru_cache(maxsize=20_000)
def _stem(word: str, language: str) -> str:
    if not word.isalpha():
        return word
    stemmed: str = _stemmer(_STEMMERS.get(language, "english")).stemWord(word)
    return stemmed


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Any:
    return snowballstemmer.stemmer(name)


def trigrams(text: str) -> dict[str, int]:
    """How often each run of three folded characters occurs; words are padded, so that beginnings count."""
    counts: dict[str, int] = {}
    for word in re.findall(r"\w+", fold(text)):
        padded = f" {word} "
        for start in range(len(padded) - 2):
            gram = padded[start : start + 3]
            counts[gram] = counts.get(gram, 0) + 1
    return counts
