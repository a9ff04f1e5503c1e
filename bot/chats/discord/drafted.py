"""The draft on a card: every character of what would be sent, or an excerpt and the file that holds it all."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chats.discord.limits import size
from bot.chats.discord.phrases import words
from bot.chats.discord.text import cut, excerpt, is_seen_whole, literal, plain
from bot.chats.phrases import card_words
from bot.chats.render import one_line
from bot.domain.card import Card
from bot.domain.review import Draft

FILE = "reply.md"

_EXCERPT = 1500
_NOTE = 200
_LINES = 60
"""A draft of more lines is attached: nobody scrolls through a card."""
_MARKER = "<!-- gepettto:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """`file` is what `reply.md` holds, None when there is none; `whole`: a reader can see all that would be sent."""

    title: str
    text: str
    note: str = ""
    file: bytes | None = None
    whole: bool = True


def drafted(card: Card, language: str, room: int) -> Drafted:
    """The draft in so much room."""
    draft = card.draft
    if draft is None:
        return Drafted(title="", text=card_words(language, "no_draft"))
    title = _title(draft, language)
    if not draft.body:
        note = literal(one_line(draft.note_to_team, 400)) or card_words(language, f"match_{draft.match}")
        return Drafted(title=title, text=cut(card_words(language, "nothing_proposed", note=note), room - size(title)))
    return _fitted(draft.body, title, language, room - size(title))


def _title(draft: Draft, language: str) -> str:
    phrase = "draft_edited" if draft.by_person else "draft_by"
    title = card_words(language, phrase, number=draft.number, name=literal(one_line(draft.author, 40)))
    return f"**{title}**" + (f" ({literal(one_line(draft.model, 40))})" if draft.model else "")


def _fitted(body: str, title: str, language: str, room: int) -> Drafted:
    """Literally if a reader then sees it all; otherwise what can be shown of it, and the file."""
    shown = _shown(body)
    if is_seen_whole(body) and size(shown) <= room and body.count("\n") < _LINES:
        return Drafted(title=title, text=shown)
    text, note = excerpt(body, room - _NOTE, _LINES) or "–", words(language, "draft_unseen")
    if text.endswith("…"):
        text = excerpt(body, min(_EXCERPT, room - _NOTE), _LINES)
        note = words(language, "draft_long", total=count(len(body)), shown=count(len(plain(text)) - 1))
    try:
        return Drafted(title=title, text=text, note=note, file=body.encode())
    except UnicodeEncodeError:  # half a pair of surrogates
        return Drafted(title=title, text=text, note=words(language, "draft_broken"), whole=False)


def _shown(body: str) -> str:
    """The line that names the review in small print: it is sent, but says nothing to a reader."""
    text, _, last = body.rpartition("\n")
    if text and last.startswith(_MARKER):
        return f"{literal(text)}\n-# {literal(last)}"
    return literal(body)


def count(number: int) -> str:
    """In groups of three digits, as both languages read them."""
    return f"{number:,}".replace(",", "\u00a0")
