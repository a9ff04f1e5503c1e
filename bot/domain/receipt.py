"""How a reply landed: what people did under it after it was sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.audience import is_thanks, notes_after
from bot.domain.issue import Reply, Thread

LOOKED_FOR = timedelta(days=14)
"""After this nobody looks at a reply any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbs:
    """Reactions to a note, other people's only."""

    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`answered` names the last other person who wrote after us; `closed` is only kept to notice a reopening."""

    up: int = 0
    down: int = 0
    thanked: bool = False
    answered: str = ""
    closed: bool = False
    reopened: bool = False

    def shows(self, other: Receipt) -> bool:
        """Whether a card says something else with this one than with `other`."""
        return self.as_shown() != other.as_shown()

    def as_shown(self) -> dict[str, int | bool | str]:
        return {
            "up": self.up,
            "down": self.down,
            "thanked": self.thanked,
            "answered": self.answered,
            "reopened": self.reopened,
        }


def receipt_of(thread: Thread, reply: Reply, thumbs: Thumbs, before: Receipt) -> Receipt:
    """What is to be seen now, with what was seen before."""
    reporter, after = thread.issue.author.id, notes_after(thread, reply)
    others = [note.author.name or note.author.username for note in after if note.author.id != reporter]
    return Receipt(
        up=thumbs.up,
        down=thumbs.down,
        thanked=any(note.author.id == reporter and is_thanks(note.body) for note in after),
        answered=others[-1][:80] if others else "",
        closed=before.closed or not thread.issue.open,
        reopened=before.reopened or (before.closed and thread.issue.open),
    )
