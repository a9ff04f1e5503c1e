"""From what the tracker shows, or what somebody asks, to the material of one draft. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.history import source_of
from bot.domain.issue import Issue, Note, Thread
from bot.domain.passage import Match, Passage, PassageKind
from bot.domain.prompt import Example, Prompt, Turn
from bot.knowledge.clean import clean_text, error_lines, query_text
from bot.knowledge.language import detect
from bot.ports import Query

_MOST_ERRORS = 3
_MOST_TITLE_WORDS = 70

_EXAMPLES = 2
_HALF_LIFE = timedelta(days=365)
_LONGEST = 1500
"""Characters of an example's question, and of its reply."""


def build_prompt(
    thread: Thread,
    matches: Sequence[Match],
    instructions: Sequence[str] = (),
    previous: str = "",
    language: str = "en",
    style: str = "",
    examples: Sequence[Match] = (),
) -> Prompt:
    """The material for a reply to an issue; internal notes, activity lines and other bots stay out of it."""
    issue = thread.issue
    return Prompt(
        title=_line(issue.title),
        text=clean_text(issue.body),
        turns=tuple(turn for note in thread.public().notes if (turn := _turn(note, issue)) is not None),
        sources=tuple(matches),
        examples=examples_of(examples),
        instructions=_given(instructions),
        previous=previous,
        language=language,
        style=style,
        project=issue.project_name,
    )


def build_query(title: str, text: str) -> Query:
    """What to search for. Where there is no title, as in a question, the first line is it."""
    if not title.strip():
        title, _, text = text.strip().partition("\n")
    words = title.split()
    title, text = " ".join(words[:_MOST_TITLE_WORDS]), "\n".join((" ".join(words[_MOST_TITLE_WORDS:]), text))
    body = query_text(text) if text.strip() else ""
    return Query(
        title=title,
        body=body,
        errors=error_lines(text)[:_MOST_ERRORS],
        language=detect(f"{title}\n{body}"),
    )


def build_issue_query(thread: Thread) -> Query:
    """What to search for an issue: with what all its readers may see, and without its own past answers."""
    issue = thread.issue
    return replace(
        build_query(issue.title, question_of(thread)),
        project=str(issue.key.project),
        visibility=thread.visibility,
        leave_out=source_of(issue.key),
    )


def build_question(
    question: str,
    matches: Sequence[Match],
    language: str = "en",
    style: str = "",
    project: str = "",
    examples: Sequence[Match] = (),
) -> Prompt:
    """The material for a freeform question: its first line is the title."""
    title, _, rest = question.strip().partition("\n")
    return Prompt(
        title=_line(title),
        text=clean_text(rest),
        sources=tuple(matches),
        examples=examples_of(examples),
        language=language,
        style=style,
        project=project,
        freeform=True,
    )


def examples_of(matches: Sequence[Match]) -> tuple[Example, ...]:
    """The approved replies among these, the most similar and most recent ones first."""
    replies = [match for match in matches if match.passage.kind is PassageKind.REPLY and len(match.terms) > 1]
    newest = max((match.passage.written_at for match in replies if match.passage.written_at), default=None)
    ranked = sorted(replies, key=lambda match: -match.score * _freshness(match, newest))
    return tuple(_example(match.passage) for match in ranked[:_EXAMPLES])


def _freshness(match: Match, newest: datetime | None) -> float:
    """1 for the newest reply, half of it for one that is a year older."""
    at = match.passage.written_at
    return 0.5 ** ((newest - at) / _HALF_LIFE) if newest and at else 0.5


def _example(passage: Passage) -> Example:
    question = f"{passage.title}\n{passage.question}".strip()
    return Example(question=question[:_LONGEST], reply=clean_text(passage.body)[:_LONGEST])


def question_of(thread: Thread) -> str:
    """What is asked now: the reporter's words after our last reply, else the description."""
    asked: list[str] = []
    for note in reversed(thread.public().notes):
        if note.author.me:
            return "\n\n".join(reversed(asked)) or thread.issue.body
        if note.author.id == thread.issue.author.id:
            asked.append(note.body)
    return thread.issue.body


def _turn(note: Note, issue: Issue) -> Turn | None:
    ours = note.author.me
    text = "" if note.author.bot and not ours else clean_text(note.body)
    if not text:
        return None
    if ours:
        return Turn(role="team", text=text)
    # Who belongs to the team is not known here, so nobody but the reporter gets a role that carries weight.
    return Turn(role="reporter" if note.author.id == issue.author.id else "other", text=text)


def _given(instructions: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for instruction in instructions if (text := instruction.strip()))


def _line(text: str) -> str:
    return " ".join(text.split())
