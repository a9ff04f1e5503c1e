"""What people were shown of a thread, and how it differs from the thread as it is now. Pure.

Our own notes, internal notes and activity lines are no difference. What is kept is masked and bounded; a change
beyond the bound is still told, without its words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import unified_diff
from enum import StrEnum

from bot.domain.issue import Note, Thread
from bot.domain.secrets import mask

KEPT_BODY = 4_000
KEPT_LINES = 200
KEPT_NOTES = 100
_LINE = 160
_SHOWN_LINES = 3
_SHOWN = 10


class What(StrEnum):
    """What a difference is about."""

    TITLE = "title"
    BODY = "body"
    LABELS = "labels"
    KIND = "kind"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    NOTE = "note"
    NOTE_EDITED = "note_edited"
    NOTE_DELETED = "note_deleted"
    MORE = "more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One of them: `before` and `after` hold what went and what came, in excerpts; `who` wrote the note."""

    what: What
    who: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNote:
    """A note by its first line and the hash of all of it."""

    id: str
    who: str
    first: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A thread as it was shown: the beginning of the description, the newest KEPT_NOTES notes."""

    title: str
    body: str
    sha256: str
    labels: tuple[str, ...] = ()
    kind: str = "issue"
    locked: bool = False
    notes: tuple[SeenNote, ...] = ()


def seen_of(thread: Thread) -> Seen:
    """What to keep of a thread that is about to be shown."""
    issue = thread.issue
    return Seen(
        title=mask(issue.title),
        body=mask(issue.body)[:KEPT_BODY],
        sha256=_hash(issue.body),
        labels=issue.labels,
        kind=issue.kind,
        locked=issue.locked,
        notes=tuple(_seen_note(note) for note in thread.others()[-KEPT_NOTES:]),
    )


def differences(seen: Seen, thread: Thread) -> tuple[Difference, ...]:
    """Everything that changed since, the most telling first, and no more than a card has room for."""
    now = seen_of(thread)
    found = [*_of_issue(seen, now), *_of_notes(seen, now)]
    if len(found) <= _SHOWN:
        return tuple(found)
    rest = len(found) - (_SHOWN - 1)
    return (*found[: _SHOWN - 1], Difference(what=What.MORE, after=str(rest)))


def since_our_reply(thread: Thread) -> tuple[Difference, ...]:
    """What others wrote after our last reply; empty when we have not replied."""
    ours = [index for index, note in enumerate(thread.notes) if note.author.me]
    if not ours:
        return ()
    return differences(seen_of(replace(thread, notes=thread.notes[: ours[-1]])), thread)


def _of_issue(seen: Seen, now: Seen) -> Iterator[Difference]:
    if seen.title != now.title:
        yield Difference(what=What.TITLE, before=_cut(seen.title), after=_cut(now.title))
    if seen.kind != now.kind:
        yield Difference(what=What.KIND, before=seen.kind, after=now.kind)
    if seen.locked != now.locked:
        yield Difference(what=What.LOCKED if now.locked else What.UNLOCKED)
    gone, new = set(seen.labels) - set(now.labels), set(now.labels) - set(seen.labels)
    if gone or new:
        yield Difference(what=What.LABELS, before=_cut(", ".join(sorted(gone))), after=_cut(", ".join(sorted(new))))
    if seen.sha256 != now.sha256:
        before, after = _lines(seen.body, now.body)
        yield Difference(what=What.BODY, before=before, after=after)


def _of_notes(seen: Seen, now: Seen) -> Iterator[Difference]:
    """Newest first. Notes that are older than all that were kept were there before."""
    known, present = {note.id: note for note in seen.notes}, {note.id for note in now.notes}
    full, recent = len(seen.notes) >= KEPT_NOTES, list(now.notes)
    while full and known.keys() & present and recent[0].id not in known:
        del recent[0]
    for note in reversed(recent):
        before = known.get(note.id)
        if before is None:
            yield Difference(what=What.NOTE, who=note.who, after=note.first)
        elif before.sha256 != note.sha256:
            yield Difference(what=What.NOTE_EDITED, who=note.who, before=before.first, after=note.first)
    # A note that newer ones pushed out of what is kept was not deleted.
    pushed_out = max(0, len(recent) - sum(note.id in known for note in recent)) if full else 0
    for note in seen.notes[pushed_out:]:
        if note.id not in present:
            yield Difference(what=What.NOTE_DELETED, who=note.who, before=note.first)


def _seen_note(note: Note) -> SeenNote:
    first = next((line for line in mask(note.body).split("\n") if line.strip()), "")
    return SeenNote(
        id=note.id, who=_cut(mask(note.author.name or note.author.username)), first=_cut(first), sha256=_hash(note.body)
    )


def _lines(before: str, after: str) -> tuple[str, str]:
    """The first lines that went, and the first that came."""
    old, new = before.split("\n")[:KEPT_LINES], after.split("\n")[:KEPT_LINES]
    changed = list(unified_diff(old, new, n=0, lineterm=""))[2:]
    gone, came = ([line[1:] for line in changed if line[0] == sign and line[1:].strip()] for sign in "-+")
    return "\n".join(map(_cut, gone[:_SHOWN_LINES])), "\n".join(map(_cut, came[:_SHOWN_LINES]))


def _cut(text: str) -> str:
    return text if len(text) <= _LINE else text[: _LINE - 1] + "…"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
