"""The parts of a card that are about the issue and about what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.chats.matrix.markup import Text, bold, line, lines, link, seen, spaced, words
from bot.chats.matrix.phrases import say
from bot.chats.phrases import (
    card_words,
    difference_lines,
    hidden_in,
    problem_of,
    receipt_line,
    state_word,
    warning,
)
from bot.domain.card import Card
from bot.domain.passage import Citation
from bot.domain.review import Decision, State

_EXCERPT = 600
_EXCERPT_LINES = 8
_LABELS = 8
_SOURCES = 6
_CHANGES = 12
SIGNS = {
    State.NEW: "…",
    State.DRAFTING: "…",
    State.PENDING: "🟡",
    State.APPROVED: "➡️",
    State.SENDING: "➡️",
    State.SENT: "✅",
    State.DISMISSED: "❌",
    State.STUCK: "❗",
    State.UNSENT: "❗",
    State.OBSOLETE: "➖",
}


def moment(at: datetime) -> str:
    """A message stands for weeks: "3 minutes ago" would soon be a lie."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def heading(card: Card, language: str) -> Text:
    issue = card.issue
    state = bold(words(f"{SIGNS[card.state]} {state_word(language, card.state)}"))
    where = line(f"{issue.project_name}#{issue.key.number}", 100) + words(": ")
    name = issue.author.name or issue.author.username
    opened = say(language, "opened", name=seen(name)[:40], when=moment(issue.created_at))
    labels = [line(f"[{label}]", 30) for label in issue.labels[:_LABELS]]
    return lines(
        [
            spaced([state, words(say(language, "number", number=card.review.id))]),
            where + bold(link(line(issue.title) or words("–"), issue.url)),
            spaced([line(opened), *labels]),
        ]
    )


def excerpt(body: str) -> str:
    rows = body[: 4 * _EXCERPT].strip().split("\n")
    text = "\n".join(row for row in rows if row.strip())
    kept = "\n".join(text.split("\n")[:_EXCERPT_LINES])[:_EXCERPT]
    return kept if len(kept) == len(text) == len(body.strip()) else f"{kept} …"


def evidence(card: Card, language: str, *, lean: bool) -> Text:
    draft = card.draft
    if draft is None:
        return words("")
    note = card_words(language, "note", note=draft.note_to_team) if draft.body and draft.note_to_team else ""
    return lines(
        [
            line(note, 300 if lean else 600),
            *citations(draft.citations[:2] if lean else draft.citations, "sources", language),
            *citations(() if lean else draft.related, "related", language),
            *(line(f"⚠️ {warning(language, name)}") for name in draft.warnings[:_SOURCES]),
            *(line(f"⚠️ {hidden}", 400) for hidden in hidden_in(language, card)),
            *([] if lean else changes(card, language)),
        ]
    )


def changes(card: Card, language: str) -> list[Text]:
    """What is different in the issue since the draft was shown first."""
    differences = card.draft.differences if card.draft else ()
    shown = [each for difference in differences for each in difference_lines(language, difference)]
    return [line(each, 300) for each in shown[:_CHANGES]]


def citations(found: Sequence[Citation], title: str, language: str) -> list[Text]:
    """Sources as links, each with a word for how well it fits."""
    if not found:
        return []
    shown = [
        words("• ") + link(line(each.title, 120), each.url) + words(f" ({card_words(language, f'match_{each.word}')})")
        for each in found[:_SOURCES]
    ]
    return [bold(words(card_words(language, title))), *shown]


def outcome(card: Card, language: str) -> Text:
    parts = []
    if problem := problem_of(language, card):
        parts.append(bold(line(f"❗ {card_words(language, 'problem', problem=problem)}", 400)))
    if card.stored_otherwise:
        parts.append(bold(line(f"⚠️ {card_words(language, 'stored_otherwise')}", 400)))
    if card.no_replies:
        parts.append(line(f"⚠️ {card.no_replies}", 300))
    if card.decision is not None:
        parts.append(line(_decided(card.decision, language)))
    if card.reply is not None:
        parts.append(link(words(say(language, "reply")), card.reply.url))
    if landed := receipt_line(language, card.receipt):
        parts.append(line(landed, 300))
    return lines(parts)


def _decided(decision: Decision, language: str) -> str:
    verdict = say(language, f"verdict_{decision.verdict}")
    fields = {"name": decision.reviewer_name, "chat": decision.chat, "when": moment(decision.at)}
    return say(language, "confirmed", verdict=verdict, **fields)
