"""What a card says, in Discord's Markdown, before it becomes components or embeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.chats.discord.actions import Buttons
from bot.chats.discord.drafted import FILE, Drafted, drafted
from bot.chats.discord.evidence import evidence
from bot.chats.discord.limits import LAYOUT_TEXT, size
from bot.chats.discord.phrases import words
from bot.chats.discord.text import cut, excerpt, link, literal
from bot.chats.phrases import card_words, state_word
from bot.chats.render import one_line
from bot.domain.card import Card
from bot.domain.issue import Issue
from bot.domain.review import State, Verdict
from bot.knowledge.clean import clean_text

When = Callable[[datetime], str]

_EXCERPT, _EXCERPT_LINES = 280, 5
_READ = 4000
_TITLE = 240
_LABELS = 5

STYLES: dict[State, tuple[str, int]] = {
    State.NEW: ("⏳", 0x5865F2),
    State.DRAFTING: ("⏳", 0x5865F2),
    State.PENDING: ("🔔", 0xF0B232),
    State.APPROVED: ("📤", 0x5865F2),
    State.SENDING: ("📤", 0x5865F2),
    State.SENT: ("✅", 0x23A55A),
    State.DISMISSED: ("🗑️", 0x80848E),
    State.STUCK: ("❗", 0xF23F43),
    State.UNSENT: ("❗", 0xF23F43),
    State.OBSOLETE: ("💤", 0x80848E),
}
"""The sign and the colour of a state; its word always stands beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All texts together are no longer than the smaller of the two layouts takes."""

    mention: str
    colour: int
    heading: str
    excerpt: str
    draft: Drafted
    evidence: str
    buttons: Buttons

    @property
    def files(self) -> dict[str, bytes]:
        return {} if self.draft.file is None else {FILE: self.draft.file}


def content_of(card: Card, language: str, when: When, *, mention: int | None) -> Content:
    """`when` writes a time as an age; the draft gets all the room that the rest leaves."""
    called = f"<@&{mention}>" if mention is not None else ""
    heading, body, below = _heading(card, language, when), _excerpt(card.issue), evidence(card, language, when)
    draft = drafted(card, language, LAYOUT_TEXT - sum(map(size, (called, heading, body, below))))
    verdicts = card.verdicts if draft.whole else card.verdicts - {Verdict.APPROVE}
    buttons = Buttons(review=card.review.id, draft=card.review.draft, language=language, verdicts=verdicts)
    return Content(
        mention=called,
        colour=STYLES[card.state][1],
        heading=heading,
        excerpt=body,
        draft=draft,
        evidence=below,
        buttons=buttons,
    )


def state_line(card: Card, language: str) -> str:
    """The sign, the word, and the number by which commands name the card."""
    number = words(language, "number", number=card.review.id)
    return f"{STYLES[card.state][0]} **{state_word(language, card.state)}** · {number}"


def place_of(issue: Issue) -> str:
    return f"{literal(one_line(issue.project_name, 60))}#{issue.key.number}"


def title_of(issue: Issue) -> str:
    """The title of an issue as a link to it."""
    return link(cut(literal(one_line(issue.title, 160)), _TITLE) or "–", issue.url)


def _heading(card: Card, language: str, when: When) -> str:
    issue = card.issue
    name = literal(one_line(issue.author.name or issue.author.username, 40))
    opened = card_words(language, "opened_by", name=name, age=when(issue.created_at))
    lines = [state_line(card, language), f"### {title_of(issue)}", f"-# {place_of(issue)} · {opened}"]
    if issue.labels:
        lines.append(f"-# 🏷️ {_labels(issue.labels, language)}")
    return "\n".join(lines)


def _labels(labels: tuple[str, ...], language: str) -> str:
    shown = [literal(one_line(label, 30)) for label in labels[:_LABELS]]
    if more := len(labels) - len(shown):
        shown.append(words(language, "labels_more", count=more))
    return " · ".join(shown)


def _excerpt(issue: Issue) -> str:
    """As a quotation, line by line: those are somebody else's words, as a person reads them."""
    lines = [line for line in clean_text(issue.body[:_READ]).split("\n") if line.strip()]
    shown = excerpt("\n".join(lines), _EXCERPT, _EXCERPT_LINES).split("\n")
    return "\n".join(f"> {line}" for line in shown if line)
