"""What stands below a draft: what was decided, what to be wary of, and where the text comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from bot.chats.discord.limits import size
from bot.chats.discord.phrases import words
from bot.chats.discord.text import cut, link, literal
from bot.chats.phrases import card_words, difference_lines, hidden_in, problem_of, receipt_line, warning
from bot.chats.render import one_line
from bot.domain.card import Card
from bot.domain.passage import Citation

_ROOM = 1100
_CHANGES = 450
_SOURCES = 3
_LINE = 300


def evidence(card: Card, language: str, when: Callable[[datetime], str]) -> str:
    """The most important lines first, and no more than there is room for."""
    lines = [
        *_outcome(card, language, when),
        *warnings(_cautions(card, language)),
        *fitting(list(_differences(card, language)), _CHANGES),
        *_note(card, language),
    ]
    if card.draft is not None:
        lines += sources(card.draft.citations, card.draft.related, language)
    return "\n".join(fitting(lines, _ROOM)).strip()


def fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first lines, as many as fit."""
    kept: list[str] = []
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _outcome(card: Card, language: str, when: Callable[[datetime], str]) -> Iterator[str]:
    decision, reply = card.decision, card.reply
    if decision is not None:
        name = f"**{literal(one_line(decision.reviewer_name, 40))}**"
        verdict = words(language, f"verdict_{decision.verdict}", draft=decision.draft)
        chat = decision.chat.capitalize()
        yield words(language, "decided", name=name, verdict=verdict, chat=literal(chat), age=when(decision.at))
    if reply is not None:
        yield link(words(language, "see_reply"), reply.url)
    if landed := receipt_line(language, card.receipt):
        yield cut(literal(one_line(landed)), _LINE)


def _differences(card: Card, language: str) -> Iterator[str]:
    for difference in card.draft.differences if card.draft is not None else ():
        first, *rest = difference_lines(language, difference)
        yield cut(f"📝 {literal(one_line(first))}", _LINE)
        for line in rest:
            yield cut(f"> {literal(one_line(line))}", _LINE)


def _cautions(card: Card, language: str) -> Iterator[str]:
    if problem := problem_of(language, card):
        yield card_words(language, "problem", problem=problem)
    if card.stored_otherwise:
        yield card_words(language, "stored_otherwise")
    if card.no_replies:
        yield card.no_replies
    if card.issue.service_desk:
        yield card_words(language, "problem_service_desk")
    if card.issue.confidential:
        yield card_words(language, "problem_confidential")
    yield from hidden_in(language, card)
    for name in card.draft.warnings if card.draft is not None else ():
        yield warning(language, name)


def warnings(sentences: Iterator[str]) -> Iterator[str]:
    """One line each, whoever wrote it."""
    for sentence in sentences:
        yield cut(f"⚠️ {literal(one_line(sentence))}", _LINE)


def _note(card: Card, language: str) -> Iterator[str]:
    if card.draft is not None and card.draft.body and card.draft.note_to_team:
        note = literal(one_line(card.draft.note_to_team, _LINE))
        yield cut(f"💬 {card_words(language, 'note', note=note)}", _LINE)


def sources(citations: Sequence[Citation], related: Sequence[Citation], language: str) -> Iterator[str]:
    """What the text cites, then what else is close."""
    for title, found in (("sources", citations), ("related", related)):
        if found:
            yield f"\n**{card_words(language, title)}**"
        for citation in found[:_SOURCES]:
            shown = link(cut(literal(one_line(citation.title, 100)), 150) or "–", citation.url)
            yield f"- {shown} · {card_words(language, f'match_{citation.word}')}"
        if more := len(found[_SOURCES:]):
            yield f"-# {words(language, 'sources_more', count=more)}"
