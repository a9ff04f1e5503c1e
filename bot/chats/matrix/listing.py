"""Everything that is said beside cards: notices, lists, answers, help. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chats.matrix.commands import Name
from bot.chats.matrix.content import Spot
from bot.chats.matrix.markup import Text, bold, exact, is_seen_whole, line, lines, link, paragraphs, seen, words
from bot.chats.matrix.phrases import say
from bot.chats.matrix.pieces import SIGNS, citations, moment
from bot.chats.phrases import card_words, state_word
from bot.domain.card import Card
from bot.domain.gesture import Notice, Tone
from bot.domain.prompt import Answer
from bot.domain.review import State, Verdict

_CHAT = "matrix"
_LISTED = 25
_SIGNS = {Tone.DONE: "✅ ", Tone.REFUSED: "⛔ ", Tone.INFO: ""}
_LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """In which language, and which word begins a command."""

    language: str
    prefix: str


def notice_text(notice: Notice, voice: Voice) -> Text:
    """A notice with all that belongs to it."""
    parts = [line(f"{_SIGNS[notice.tone]}{notice.text}", 1000)] if notice.text else []
    if notice.cards:
        parts.append(_list(notice.cards, len(notice.cards), voice))
    if notice.answer is not None:
        parts.append(answer_text(notice.answer, voice.language))
    return paragraphs(parts)


def answer_text(answer: Answer, language: str) -> Text:
    """The answer to a question, with its sources."""
    text = words(seen(answer.reply)[:_LONGEST]) if answer.reply else line(say(language, "nothing_found"))
    match = bold(words(card_words(language, f"match_{answer.match}")))
    sources = citations(answer.sources, "sources", language)
    return paragraphs([match, text, lines([*sources, *citations(answer.related, "related", language)])])


def help_text(voice: Voice) -> Text:
    rows = [words(f"• {say(voice.language, f'help_{name}')}") for name in Name]
    return paragraphs([words(say(voice.language, "help_title", prefix=voice.prefix)), lines(rows)])


def digest_text(cards: Sequence[Card], total: int, voice: Voice) -> Text:
    """Which reviews wait without a card."""
    if not total:
        return words(f"✅ {say(voice.language, 'digest_none')}")
    heading = bold(words(f"📋 {say(voice.language, 'digest', total=total, prefix=voice.prefix)}"))
    return paragraphs([heading, _list(cards, total, voice)])


def _list(cards: Sequence[Card], total: int, voice: Voice) -> Text:
    rows = [_entry(card, voice) for card in cards[:_LISTED]]
    if total > len(rows):
        rows.append(words(say(voice.language, "more", count=total - len(rows))))
    return lines(rows)


def _entry(card: Card, voice: Voice) -> Text:
    issue = card.issue
    here = next((post.id for post in card.posts if post.chat == _CHAT and post.id), "")
    title = line(issue.title, 80) or words("–")
    number = words(f"{SIGNS[card.state]} {card.review.id} · ")
    where = line(f" · {issue.project_name}#{issue.key.number}, {state_word(voice.language, card.state)}", 120)
    held = "" if here else f" · {say(voice.language, 'held', prefix=voice.prefix, number=card.review.id)}"
    return number + link(title, Spot.of(here).link if here else issue.url) + where + words(held)


def version_text(card: Card, language: str) -> Text:
    """What has become of the draft, for those who talk about it in the thread; nothing when nothing was written."""
    draft, decision = card.draft, card.decision
    if card.state is State.PENDING and draft is not None and draft.number > 1:
        phrase = "version_edited" if draft.by_person else "version"
        shown = draft.text if is_seen_whole(draft.text) else seen(draft.text)
        title = line(say(language, phrase, number=draft.number, name=seen(draft.author)[:60]))
        return paragraphs([title, exact(shown[:_LONGEST])])
    if card.state is State.DISMISSED and decision is not None and decision.verdict is Verdict.DISMISS and decision.text:
        reason = say(language, "reason", name=decision.reviewer_name, reason=decision.text)
        return line(f"{reason} ({moment(decision.at)})", 1500)
    return words("")
