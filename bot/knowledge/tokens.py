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
_SENTENCE = re.compile(r"(?<=[.!?;:])\s+|\n+")
_PLAIN = re.compile(r"[a-z0-9_.]+")
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
    return [stem for raw in _TOKEN.findall(text) for stem in _stems(raw, language)]


def sentences(text: str, language: str = "") -> list[list[str]]:
    """The stems of each sentence or line that has any."""
    return [stems for part in _SENTENCE.split(text) if (stems := tokens(part, language))]


@lru_cache(maxsize=100_000)
def _stems(raw: str, language: str) -> tuple[str, ...]:
    """What one word of a text gives; a stock repeats its words, so nearly all come from the cache."""
    stop = _STOP.get(language, _ANY_STOP)
    folded = (fold(word) for word in _parts(raw))
    return tuple(_stem(w, language or "en") for w in folded if w not in stop and 1 < len(w) <= _MOST_LETTERS)


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


def _stem(word: str, language: str) -> str:
    if not word.isalpha():
        return word
    stemmed: str = _stemmer(_STEMMERS.get(language, "english")).stemWord(word)
    return stemmed


@lru_cache(maxsize=8)
def _stemmer(name: str) -> Any:
    return snowballstemmer.stemmer(name)


@lru_cache(maxsize=20_000)
def letters(stem: str) -> tuple[str, ...]:
    """The runs of three and of four characters in a stem; it is padded, so that its beginning and end count."""
    padded = f" {stem} "
    return tuple(padded[at : at + size] for size in (3, 4) for at in range(len(padded) - size + 1))


def coded(stem: str) -> str:
    """Letters and digits for every script, so that no database takes a stem apart by its own rules."""
    if stem.isascii() and (stem.isalnum() or _PLAIN.fullmatch(stem)):
        return stem
    return f"~{stem.encode(errors='replace').hex()}"
