"""Whom the bot answers, how much, and when it begins again. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.issue import Issue, Note, Reply, Thread

DAY = timedelta(hours=24)

LEFT_OUT = ("opted_out", "author_limit", "daily_limit")
"""Reasons that are kept with a review which never gets a draft by itself; a person can still have it drafted."""

_THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|ty|cheers|solved|works now|that worked|merci|résolu|ça marche)\b", re.IGNORECASE
)
_THANKS_WORDS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """What the operator allows; a limit of 0 is none. `rounds`: our replies in a row without another person's note."""

    ignore_labels: frozenset[str] = frozenset()
    ignore_phrases: tuple[str, ...] = ()
    author_limit: int = 0
    daily_limit: int = 0
    rounds: int = 3

    def opted_out(self, issue: Issue) -> bool:
        """Whether a label or a phrase says that no bot shall answer."""
        return bool(self.ignore_labels & set(issue.labels)) or self.forbids(f"{issue.title}\n{issue.body}")

    def forbids(self, text: str) -> bool:
        words = " ".join(text.casefold().split())
        return any(phrase.casefold() in words for phrase in self.ignore_phrases)

    def follow_up(self, thread: Thread, reply: Reply) -> str:
        """Whether the reporter asked again after our reply: "again", or why not; empty when nobody did."""
        after = notes_after(thread, reply)
        if not after or any(not _by_reporter(note, thread) for note in after):
            return ""
        if self.forbids("\n".join(note.body for note in after)) or self.opted_out(thread.issue):
            return "opted_out"
        if all(is_thanks(note.body) for note in after):
            return "thanks"
        return "again" if _in_a_row(thread) < self.rounds else "depth"


def notes_after(thread: Thread, reply: Reply) -> tuple[Note, ...]:
    """What people wrote in public after our reply; nothing when that was deleted."""
    ids = [note.id for note in thread.notes]
    if reply.note_id not in ids:
        return ()
    after = replace(thread, notes=thread.notes[ids.index(reply.note_id) + 1 :])
    return tuple(note for note in after.others() if not note.author.bot)


def is_thanks(text: str) -> bool:
    """A short note that thanks and asks nothing, in English or French."""
    return "?" not in text and len(text.split()) <= _THANKS_WORDS and _THANKS.search(text) is not None


def _by_reporter(note: Note, thread: Thread) -> bool:
    return note.author.id == thread.issue.author.id


def _in_a_row(thread: Thread) -> int:
    """How often we replied since a person other than the reporter wrote something."""
    count = 0
    for note in reversed(thread.public().notes):
        if note.author.me:
            count += 1
        elif not note.author.bot and not _by_reporter(note, thread):
            break
    return count
