"""Cards on a terminal: frames that outside text cannot leave, words beside every colour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.chats.phrases import (
    age,
    card_words,
    difference_lines,
    hidden_in,
    problem_of,
    receipt_line,
    state_word,
    warning,
)
from bot.chats.render import one_line, visible
from bot.domain.card import Card
from bot.domain.passage import Citation
from bot.domain.prompt import Answer
from bot.domain.review import Draft, State, Verdict

_EXCERPT = 12
_ROOMY = 80
"""Columns from which a line of the list has room for the match."""
_STYLES = {
    State.PENDING: ("●", "yellow"),
    State.APPROVED: ("→", "cyan"),
    State.SENDING: ("→", "cyan"),
    State.SENT: ("✔", "green"),
    State.DISMISSED: ("✘", "bright_black"),
    State.STUCK: ("!", "red"),
    State.UNSENT: ("!", "red"),
    State.OBSOLETE: ("–", "bright_black"),
    State.NEW: ("…", "cyan"),
    State.DRAFTING: ("…", "cyan"),
}
_COMMAND_OF = {
    Verdict.APPROVE: "send",
    Verdict.EDIT: "edit",
    Verdict.REGENERATE: "regenerate",
    Verdict.DISMISS: "dismiss",
    Verdict.UNDO: "undo",
}


def card_view(card: Card, language: str, now: datetime, *, whole: bool = False, links: bool = False) -> RenderableType:
    """The card in full; the issue's text as an excerpt unless `whole`."""
    sign, colour = _STYLES[card.state]
    title = Text.assemble((f"{sign} {state_word(language, card.state)}", f"bold {colour}"), f"  ·  {card.review.id}")
    parts: list[RenderableType] = [
        _heading(card, language, now, links=links),
        Text(""),
        _body(card, language, whole=whole),
    ]
    parts += [Text(""), _draft_view(card, language)]
    parts += _below(card, language, now)
    return Panel(Group(*parts), title=title, title_align="left", border_style=colour, box=box.ROUNDED, padding=(0, 1))


def _heading(card: Card, language: str, now: datetime, *, links: bool) -> Text:
    issue = card.issue
    style = f"bold link {issue.url}" if links and issue.url.startswith(("https://", "http://")) else "bold"
    where = f"{one_line(issue.project_name, 60)}#{issue.key.number}  "
    text = Text.assemble((where, "cyan"), (one_line(issue.title), style), "\n")
    name = one_line(issue.author.name or issue.author.username, 40)
    text.append(card_words(language, "opened_by", name=name, age=age(language, issue.created_at, now)), "dim")
    if issue.labels:
        text.append("  " + " ".join(f"[{one_line(label, 30)}]" for label in issue.labels[:8]), "magenta")
    return text


def _body(card: Card, language: str, *, whole: bool) -> Text:
    lines = visible(card.issue.body).strip().split("\n")
    shown = lines if whole else lines[:_EXCERPT]
    text = Text("\n".join(shown), overflow="fold")
    if len(shown) < len(lines):
        more = card_words(language, "more_lines", count=len(lines) - len(shown), number=card.review.id)
        text.append(f"\n{more}", "dim")
    return text


def _draft_view(card: Card, language: str) -> RenderableType:
    draft = card.draft
    if draft is None:
        return Text(card_words(language, "no_draft"), "dim")
    if not draft.body:
        note = one_line(draft.note_to_team, 400) or card_words(language, f"match_{draft.match}")
        return Text(card_words(language, "nothing_proposed", note=note), "yellow")
    phrase = "draft_edited" if draft.by_person else "draft_by"
    title = card_words(language, phrase, number=draft.number, name=one_line(draft.author, 40))
    if draft.model:
        title += f" ({one_line(draft.model, 40)})"
    return Panel(exact(draft), title=Text(title), title_align="left", box=box.HEAVY, padding=(0, 1))


def exact(draft: Draft) -> Text:
    """The body as it would be sent, every character of it; only the marker's line is dimmed."""
    lines = visible(draft.body).split("\n")
    text = Text("\n".join(lines[:-1]), overflow="fold")
    text.append(f"\n{lines[-1]}" if len(lines) > 1 else lines[-1], "dim")
    return text


def _below(card: Card, language: str, now: datetime) -> list[RenderableType]:
    parts: list[RenderableType] = []
    draft = card.draft
    if draft is not None:
        if draft.body and draft.note_to_team:
            parts.append(Text(card_words(language, "note", note=one_line(draft.note_to_team, 400)), "dim"))
        parts += _sources(draft.citations, card_words(language, "sources"), language)
        parts += _sources(draft.related, card_words(language, "related"), language)
        parts += [Text(f"⚠ {warning(language, one_line(name, 80))}", "yellow") for name in draft.warnings]
        parts += [
            Text(f"  {one_line(line, 400)}", "yellow")
            for difference in draft.differences
            for line in difference_lines(language, difference)
        ]
    parts += [Text(f"⚠ {one_line(line, 400)}", "yellow") for line in hidden_in(language, card)]
    if problem := problem_of(language, card):
        parts.append(Text(card_words(language, "problem", problem=one_line(problem, 300)), "bold red"))
    if card.stored_otherwise:
        parts.append(Text(f"⚠ {card_words(language, 'stored_otherwise')}", "bold red"))
    if card.no_replies:
        parts.append(Text(f"⚠ {card.no_replies}", "yellow"))
    if card.decision is not None:
        decision = card.decision
        when = age(language, decision.at, now)
        name = one_line(decision.reviewer_name, 40)
        words = card_words(language, "decided", name=name, verdict=decision.verdict, chat=decision.chat, age=when)
        parts.append(Text(words, "dim"))
    if card.reply is not None:
        parts.append(Text(card_words(language, "reply", url=one_line(card.reply.url)), "green"))
    if landed := receipt_line(language, card.receipt):
        parts.append(Text(one_line(landed), "green"))
    offered = [_COMMAND_OF[verdict] for verdict in Verdict if verdict in card.verdicts]
    if offered:
        parts.append(Text(" · ".join(offered), "bold"))
    return parts


def _sources(citations: Sequence[Citation], title: str, language: str) -> list[RenderableType]:
    if not citations:
        return []
    lines = [Text(title, "bold")]
    for citation in citations:
        line = Text(f"  {one_line(citation.title, 120)}  ")
        line.append(f"({card_words(language, f'match_{citation.word}')})", "dim")
        if citation.url:
            line.append(f"  {one_line(citation.url)}", "blue")
        lines.append(line)
    return list(lines)


def list_view(cards: Sequence[Card], language: str, now: datetime, *, width: int) -> RenderableType:
    """One line a card, aligned; what does not fit is cut from the title, and the match goes first."""
    table = Table(box=None, show_header=False, pad_edge=False, expand=width < _ROOMY)
    for column in ("number", "state", "issue", "title", "match")[: 5 if width >= _ROOMY else 4]:
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1 if column == "title" and width < _ROOMY else None)
    for card in cards:
        sign, colour = _STYLES[card.state]
        match = card_words(language, f"match_{card.draft.match}") if card.draft else ""
        cells = [
            Text(str(card.review.id).rjust(4), "bold"),
            Text(f"{sign} {state_word(language, card.state)}", colour),
            Text(f"#{card.issue.key.number}", "cyan"),
            Text(one_line(card.issue.title, max(12, width - 62) if width >= _ROOMY else 80)),
            Text(f"{match}, {age(language, card.issue.created_at, now)}", "dim"),
        ]
        table.add_row(*cells[: len(table.columns)])
    return table


def answer_view(answer: Answer, language: str) -> RenderableType:
    """The answer to a freeform question, with its sources."""
    words = card_words(language, f"match_{answer.match}")
    body = Text(visible(answer.reply), overflow="fold") if answer.reply else Text(words, "yellow")
    parts: list[RenderableType] = [Panel(body, title=Text(words), title_align="left", box=box.HEAVY, padding=(0, 1))]
    parts += _sources(answer.sources, card_words(language, "sources"), language)
    parts += _sources(answer.related, card_words(language, "related"), language)
    return Group(*parts)


def width_of(console: Console) -> int:
    """Columns to draw in: never under 40, where frames would break."""
    return max(40, min(console.width, 110))
