"""Which notes teach nothing, and why: stock phrases in English and French, one-liners, bare quotes and links. Pure."""

from __future__ import annotations

import hashlib
import re

from bot.knowledge.language import FUNCTION_WORDS
from bot.knowledge.tokens import fold

_LEAST_CHARACTERS = 40
_LEAST_WORDS = 5
_STOCK_WORDS = 16
"""A longer sentence says more than its stock phrase."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CODE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE)
_QUOTE = re.compile(r"^\s*>.*$", re.MULTILINE)
_COMMAND = re.compile(r"^\s*/[a-z_]+\b.*$", re.MULTILINE | re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\]\n]{0,300}\]\([^)\n]{0,2000}\)(?:\{[^}\n]{0,200}\})?")
_LINK = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(?<![\w/])@[\w.-]+")
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD = re.compile(r"[^\W_]{2,}")
_COMMON = frozenset(fold(word) for language in ("en", "fr") for word in FUNCTION_WORDS[language])

_POLITE = r"(?:(?:hi|hello|hey|ok|okay|so|well|yes|no|bonjour|salut|bonsoir|alors|oui|non|done|super)\b[\s,!.]*)*"
_STOCK: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(_POLITE + rf"(?:{words})"))
    for reason, words in (
        (
            "duplicate",
            r"(?:this |it |that |ceci |c'?|ca )?(?:is |looks like |seems |est |semble )*"
            r"(?:closing as |marked as |un |le |a |the |en )*(?:duplicate|dupe|dup|duplicat[ae]?|doublon)\b"
            r"|(?:same|meme (?:chose|probleme)) (?:as|que) (?:[#&!]|issue|le )"
            r"|(?:see|voir|cf\.?|follow|suivi dans|tracked in) [#&!]\d+",
        ),
        (
            "closing",
            r"(?:i(?:'m| am|'ll| will)? |we(?:'re| are|'ll| will)? |let'?s |je |on |nous )?"
            r"(?:therefore |donc |now |let me )*"
            r"(?:clos(?:e|ed|ing)|ferm(?:e|er|ons|ez|ee?s?|eture)|clotur\w+|reopen(?:ed|ing)?|re?ouvr\w+)\b",
        ),
        (
            "fixed",
            r"(?:this |it |that |ceci |cela |c'?|ca )?(?:has been |was |is |should be |a ete |est |devrait etre )*"
            r"(?:now |already |deja |maintenant )*"
            r"(?:fix(?:ed|ee?s?)?|resolved|solved|corrig\w+|resolu\w*|regle\w*|repare\w*|merged|deployed|deploye\w*)\b",
        ),
        (
            "release",
            r"(?:this |it |that |ceci |ce |cela |the fix )?(?:will be |should be |is |sera |est )+(?:\w+ ){0,3}"
            r"(?:in|dans) (?:the |la |une )?(?:next|prochaine|upcoming|future|version|release)",
        ),
        (
            "thanks",
            r"(?:many |great |ok |un grand |grand )?"
            r"(?:thanks?|thank you|thx|cheers|merci|you'?re welcome|no problem|de rien|avec plaisir)\b",
        ),
        ("agreement", r"(?:same here|me too|moi aussi|pareil|idem|agreed|d'accord|lgtm|ack|ping|up|bump)\b|[+]1"),
        (
            "asks",
            r"(?:can|could|would|please|pouvez|peux|pourriez|pourrais|merci de|what|which|quelle?|any|des)\b.{0,120}\b"
            r"(?:logs?|traces?|version|update|news|nouvelles|informations?|details?|screenshot|capture|reprodu\w+)\b",
        ),
        (
            "assigned",
            r"(?:assign\w*|label\w*|moved?|moving|milestone|deplac\w+|transfer\w*|je regarde"
            r"|i(?:'ll| will) (?:have a )?look)\b",
        ),
    )
)

REASONS = ("empty", "command", *(reason for reason, _ in _STOCK), "quote", "code", "link", "short")
"""Every word that `reason` can answer."""


def reason(markdown: str) -> str:
    """Why this note teaches nothing; empty when it may be an answer."""
    text = _COMMENT.sub("", markdown.replace("\r", ""))
    if not text.strip():
        return "empty"
    prose = _prose(text)
    stock, rest = _without_stock(prose)
    if _says_something(rest):
        return ""
    if stock:
        return stock
    return _nature(text, prose)


def digest(markdown: str) -> str:
    """The same for notes that differ in mentions, case and layout only: what a canned line is known by."""
    words = re.findall(r"\w+", fold(_MENTION.sub("", _COMMENT.sub("", markdown))))
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:32]


def thanks(markdown: str) -> bool:
    """Whether a reporter says that it helped."""
    said = fold(_prose(markdown))[:400]
    return bool(
        re.search(
            r"\b(?:thanks?|thank you|thx|merci|solved|resolu|works? (?:now|fine|for me|perfectly)|that (?:did|was) it|"
            r"(?:ca|cela|tout) (?:marche|fonctionne)|it works?)\b",
            said,
        )
        and not re.search(r"\b(?:not|n'?t|ne|pas|still|toujours|but|mais)\b", said)
    )


def _prose(text: str) -> str:
    for gone in (_CODE, _QUOTE, _COMMAND, _IMAGE, _MENTION):
        text = gone.sub("", text)
    return text.strip()


def _without_stock(prose: str) -> tuple[str, str]:
    """The first stock phrase found, and the sentences that are none."""
    found, rest = "", []
    for sentence in _SENTENCE.split(prose):
        folded = fold(sentence).replace("’", "'").strip(" *_-\t")
        name = next((name for name, form in _STOCK if form.match(folded)), "")
        if name and len(folded.split()) <= _STOCK_WORDS:
            found = found or name
        else:
            rest.append(sentence)
    return found, " ".join(rest)


def _says_something(prose: str) -> bool:
    text = _LINK.sub("", prose)
    words = [word for word in _WORD.findall(fold(text)) if word not in _COMMON]
    return len(" ".join(text.split())) >= _LEAST_CHARACTERS and len(words) >= _LEAST_WORDS


def _nature(text: str, prose: str) -> str:
    if _COMMAND.search(text) and not prose:
        return "command"
    if _LINK.search(prose):
        return "link"
    if _CODE.search(text):
        return "code"
    return "quote" if _QUOTE.search(text) else "short"
