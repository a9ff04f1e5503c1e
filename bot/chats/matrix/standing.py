"""What stood on a card when somebody reacted or wrote: the room itself says so, in its own order.

Every card and every edit of one carries a mark (`content.CARD`), and the homeserver lists edits and reactions in the
order of the room. So no clock and no memory of ours decides which draft a person saw, also after a restart.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from bot.chats.matrix.payload import Event, Mark, about_of, mark_of, relation_of
from bot.chats.matrix.session import Session

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a person saw who acted. `mark` is None when that cannot be said: the card had changed, or just changed."""

    mark: Mark | None


class Standings:
    """Reads cards of ours back from the room.

    `settling` is how long an answer may be under way from a person who had not seen a change yet; both times are the
    server's.
    """

    def __init__(self, session: Session, settling: timedelta) -> None:
        self._session = session
        self._settling_ms = settling / timedelta(milliseconds=1)
        self._first: OrderedDict[tuple[str, str], Mark | None] = OrderedDict()

    async def first_mark(self, room: str, event: str) -> Mark | None:
        """What a card of ours said when it was new; None for everything that is none. It never changes."""
        place = (room, event)
        if place not in self._first:
            found = await self._session.reading.event(room, event)
            ours = found is not None and found.sender == self._session.me and not relation_of(found.content).edits
            self.know(room, event, mark_of(found.content) if ours and found is not None else None)
        return self._first[place]

    def know(self, room: str, event: str, mark: Mark | None) -> None:
        """What the event of a new card says, so that nobody has to ask."""
        self._first[room, event] = mark
        while len(self._first) > _REMEMBERED:
            self._first.popitem(last=False)

    async def when_reacted(self, card: str, reaction: Event) -> Seen | None:
        """None when the reaction was taken away again, or `card` is none of ours."""
        first = await self.first_mark(reaction.room, card)
        if first is None:
            return None
        there, edit = False, None
        async for event in self._session.reading.relations(reaction.room, card):
            there = there or event.id == reaction.id
            if self._is_edit(event):
                edit = event
                break
        if not there:
            now = await self._session.reading.event(reaction.room, reaction.id)
            if now is None or now.redacted:
                return None
            if edit is not None:
                return Seen(mark=None)  # what stood there before the edit, nobody can be sure of
        return self._seen(first, edit, reaction)

    async def when_written(self, card: str, message: Event) -> Seen | None:
        """The same for a message; those are not in the list of what refers to the card, so the times must do."""
        first = await self.first_mark(message.room, card)
        if first is None:
            return None
        async for event in self._session.reading.relations(message.room, card, "m.replace"):
            if self._is_edit(event):
                return self._seen(first, event, message)
        return self._seen(first, None, message)

    async def unheard(self, card: Event) -> list[tuple[Event, Seen]]:
        """Reactions since the card's last change that no notice of ours answers, oldest first."""
        first = mark_of(card.content)
        if first is None:
            return []
        found, answered, edit = [], set(), None
        async for event in self._session.reading.relations(card.room, card.id):
            if event.sender == self._session.me:
                answered.add(about_of(event.content))
                edit = edit or (event if self._is_edit(event) else None)
            elif edit is None and event.kind == "m.reaction":
                found.append(event)
        return [(event, self._seen(first, edit, event)) for event in reversed(found) if event.id not in answered]

    def _is_edit(self, event: Event) -> bool:
        return event.sender == self._session.me and bool(relation_of(event.content).edits)

    def _seen(self, first: Mark, edit: Event | None, act: Event) -> Seen:
        if edit is None:
            return Seen(mark=first)
        settled = act.sent_at >= edit.sent_at + self._settling_ms
        return Seen(mark=mark_of(edit.content) if settled else None)
