"""From a thread of the past to what may be learned of it, and from that to passages. Pure.

System, internal, confidential, bot and Service Desk text never gets past here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime

from bot.domain.history import Home, PastAnswer, PastIssue, answer_id
from bot.domain.issue import Issue, Note, Thread
from bot.domain.passage import Passage, PassageKind
from bot.domain.secrets import mask
from bot.knowledge import trivial
from bot.knowledge.clean import query_text
from bot.knowledge.language import detect

ANSWERS = 3
"""Answers kept of one issue: the one the reporter thanked for, and the earliest."""

_LONGEST = 20_000
_MARK = "<!-- gepettto:"
_FOOTER = re.compile(r"\n\n---\n\n[^\n]+\Z")


def why_not(issue: Issue) -> str:
    """Why nothing is learned of this issue, whatever its notes say; empty when its notes are worth a look."""
    if issue.confidential:
        return "confidential"
    if issue.service_desk:
        return "service_desk"
    if issue.moved:
        return "moved"
    return "bot" if issue.author.bot else ""


def past_issue(thread: Thread, home: Home, sent: Collection[str] = ()) -> tuple[PastIssue, Counter[str]]:
    """The issue with its answers, and how many notes were left out for which reason.

    `sent` are the ids of notes that were approved here: answers whoever they are signed by.
    """
    issue, left = thread.issue, Counter[str]()
    found: list[PastAnswer] = []
    if reason := why_not(issue):
        left[reason] += 1
    else:
        for number, note in enumerate(thread.notes):
            why = _why_not(note, issue, home, sent)
            if why:
                left[why] += 1
            else:
                thanked = _thanked(thread.notes[number + 1 :], issue, home)
                found.append(_answer(note, sent=note.id in sent, thanked=thanked))
    kept = _best(found)
    left["later"] += len(found) - len(kept)
    return _past(issue, home, kept), +left


def past_reply(thread: Thread, home: Home, note: str, body: str, at: datetime) -> PastIssue:
    """The issue with the one answer that was approved here."""
    text = written(body)
    answer = PastAnswer(note=note, author_id="", author="", body=text, at=at, digest=trivial.digest(text), sent=True)
    return _past(thread.issue, home, (answer,))


def passages_of(past: PastIssue, leave_out: Collection[str] = ()) -> list[Passage]:
    """A passage for every answer but those whose note is to be left out; secrets and addresses are masked."""
    answers = [answer for answer in past.answers if answer.note not in leave_out]
    if not answers:
        return []
    title, question = mask(" ".join(past.title.split())), mask(query_text(past.body)) if past.body.strip() else ""
    return [_passage(past, answer, title, question) for answer in answers]


def _passage(past: PastIssue, answer: PastAnswer, title: str, question: str) -> Passage:
    body = mask(answer.body)
    return Passage(
        id=answer_id(past.key, answer.note),
        source=past.source,
        title=title,
        body=body,
        question=question,
        url=f"{past.url}#note_{answer.note}" if past.url.startswith("http") else past.url,
        language=detect(f"{title}\n{question}\n{body}"),
        written_at=answer.at,
        visibility=past.readers,
        author=answer.author,
        kind=PassageKind.REPLY if answer.sent else PassageKind.ANSWER,
    )


def _why_not(note: Note, issue: Issue, home: Home, sent: Collection[str]) -> str:
    if note.system:
        return "system"
    if note.internal:
        return "internal"
    if note.id not in sent:
        if note.author.bot or _MARK in note.body:
            return "bot"
        if note.author.id not in home.team or not note.author.id:
            return "outsider"
        if note.author.id == issue.author.id:
            return "own"
    return trivial.reason(note.body)


def _thanked(later: Collection[Note], issue: Issue, home: Home) -> bool:
    """Whether the next one to speak who is not of the team is the reporter, saying that it helped."""
    for note in later:
        if note.system or note.internal or note.author.bot or (note.author.id in home.team):
            continue
        return note.author.id == issue.author.id and trivial.thanks(note.body)
    return False


def _best(found: list[PastAnswer]) -> tuple[PastAnswer, ...]:
    chosen = sorted(found, key=lambda answer: (not (answer.sent or answer.thanked), answer.at))[:ANSWERS]
    return tuple(sorted(chosen, key=lambda answer: answer.at))


def _past(issue: Issue, home: Home, answers: tuple[PastAnswer, ...]) -> PastIssue:
    return PastIssue(
        key=issue.key,
        title=issue.title if answers else "",
        body=issue.body[:_LONGEST] if answers else "",
        url=issue.url,
        readers=home.readers,
        created_at=issue.created_at,
        labels=issue.labels if answers else (),
        answers=answers,
    )


def _answer(note: Note, *, sent: bool, thanked: bool) -> PastAnswer:
    body = written(note.body)
    return PastAnswer.of(note, body=body, digest=trivial.digest(body), sent=sent, thanked=thanked)


def written(markdown: str) -> str:
    """As it was written; of a reply of ours without the footer and the hidden line."""
    text, marked, _ = markdown.partition(_MARK)
    if marked:
        text = _FOOTER.sub("", text.rstrip())
    return text.strip()[:_LONGEST]
