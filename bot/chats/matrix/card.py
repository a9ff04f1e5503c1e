"""A card as a message: what it is about, the draft exactly as it would be sent, and what can be done. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.chats.matrix import content as made
from bot.chats.matrix.content import CARD, Content
from bot.chats.matrix.markup import (
    Text,
    bold,
    exact,
    is_seen_whole,
    line,
    lines,
    paragraphs,
    person,
    phrase,
    quoted,
    seen,
    spaced,
    words,
)
from bot.chats.matrix.phrases import say
from bot.chats.matrix.pieces import evidence, excerpt, heading, outcome
from bot.chats.phrases import card_words, state_word
from bot.domain.card import Card
from bot.domain.review import Draft, Verdict

MOST_DRAFT = 12_000
"""Bytes of a draft that a card shows whole; a longer one is a file."""
_BEGINNING = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a room wants its cards."""

    language: str
    prefix: str
    reactions: Mapping[str, str]
    ping: Sequence[str] = ()


def content_of(card: Card, look: Look, key: str, *, attached: bool = True, new: bool = False) -> Content:
    """The card; while its file is not `attached` yet, nothing on it can be approved."""
    ping = look.ping if new and card.verdicts else ()
    content = made.message(_text(card, look, attached=attached, ping=ping), mentioned=ping)
    if not made.fits(content):
        content = made.message(_text(card, look, attached=attached, ping=ping, lean=True), mentioned=ping)
    draft = card.review.draft if attached or not needs_file(card.draft) else 0
    return {**content, CARD: {"review": card.review.id, "draft": draft, "key": key}}


def needs_file(draft: Draft | None) -> bool:
    """Whether the draft's text is too long for a message, or would not be seen whole in it."""
    if draft is None or not draft.body:
        return False
    return len(draft.body.encode()) > MOST_DRAFT or not is_seen_whole(draft.body) or not made.fits(_probe(draft))


def _probe(draft: Draft) -> Content:
    """The draft's block with ample room for all the rest of a card, whose parts are cut to size."""
    return made.message(exact(draft.body) + words("x" * 6_000))


def state_line(card: Card, language: str) -> str:
    """For the one line of clients that show no edits."""
    return say(language, "changed", number=card.review.id, state=state_word(language, card.state))


def _text(card: Card, look: Look, *, attached: bool, ping: Sequence[str], lean: bool = False) -> Text:
    """`lean` is for what would be too large otherwise: the draft and what can be done about it stay whole."""
    language = look.language
    parts = [heading(card, language)]
    if card.issue.body.strip() and not lean:
        parts.append(quoted(excerpt(card.issue.body)))
    parts += _draft(card, language, attached=attached)
    parts += [evidence(card, language, lean=lean), outcome(card, language)]
    parts += [_offers(card, look), spaced([person(user) for user in ping])]
    return paragraphs(parts)


def _draft(card: Card, language: str, *, attached: bool) -> list[Text]:
    draft = card.draft
    if draft is None:
        return [words(card_words(language, "no_draft"))]
    if not draft.body:
        note = draft.note_to_team or card_words(language, f"match_{draft.match}")
        return [line(card_words(language, "nothing_proposed", note=note), 600)]
    phrase = "draft_edited" if draft.by_person else "draft_by"
    title = card_words(language, phrase, number=draft.number, name=seen(draft.author)[:60])
    heading = bold(line(f"{title} ({draft.model})" if draft.model else title))
    if not needs_file(draft):
        return [heading, exact(draft.body)]
    size = len(draft.body.encode())
    notice = say(language, "attached", size=size) if attached else say(language, "attaching")
    return [heading, exact(f"{seen(draft.body[:_BEGINNING])[: 2 * _BEGINNING]} …"), bold(words(f"📎 {notice}"))]


def _offers(card: Card, look: Look) -> Text:
    offered = [verdict for verdict in Verdict if verdict in card.verdicts]
    if not offered:
        return words("")
    prefix, number = look.prefix, card.review.id
    if offered == [Verdict.UNDO]:
        return phrase(say(look.language, "do_undo", prefix=prefix, number=number))
    signs = [
        words(say(look.language, f"do_{verdict}", sign=look.reactions[verdict]))
        for verdict in offered
        if verdict in look.reactions
    ]
    commands = "|".join(offered)
    return lines(
        [spaced(signs), phrase(say(look.language, "or_words", prefix=prefix, commands=commands, number=number))]
    )
