"""Verdicts by reaction, and what becomes of them when something is deleted."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TypeVar

from bot.chats.matrix import content as made
from bot.chats.matrix.front import ITSELF, NAME, Front
from bot.chats.matrix.payload import Event, plain_emoji, relation_of
from bot.chats.matrix.phrases import say
from bot.chats.matrix.rooms import Room
from bot.chats.matrix.standing import Seen
from bot.domain.gesture import Decide, Missing, Notice, Tone
from bot.domain.review import Verdict

log = logging.getLogger(__name__)

_REMEMBERED = 1000
T = TypeVar("T")


class Reactions:
    """A reaction names no draft: it counts for the one that its card showed, and not right after a change of it."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._verdicts = {plain_emoji(key): Verdict(name) for name, key in front.settings.reactions.items()}
        self._approvals: OrderedDict[str, tuple[str, str]] = OrderedDict()  # reaction -> who, card
        self._heard: OrderedDict[str, None] = OrderedDict()

    async def made(self, room: Room, event: Event) -> None:
        """Somebody reacted just now."""
        relation = relation_of(event.content)
        verdict = self._verdicts.get(plain_emoji(relation.key))
        if verdict is None or not relation.annotates:
            return
        _keep(self._heard, event.id, None)
        seen = await self._front.standings.when_reacted(relation.annotates, event)
        if seen is not None:
            await self._judge(room, event, relation.annotates, verdict, seen)

    async def _judge(self, room: Room, event: Event, card: str, verdict: Verdict, seen: Seen) -> None:
        if self._front.is_stranger(event):
            await self._turn_away(room, event, card, verdict, seen)
        elif verdict is Verdict.EDIT:
            await self._refuse(room, event, card, "how_to_edit", Tone.INFO)
        elif seen.mark is None:
            await self._refuse(room, event, card, "just_changed")
        elif not seen.mark.draft and verdict is Verdict.APPROVE:
            await self._refuse(room, event, card, "not_whole")
        else:
            await self._decide(room, event, card, verdict, seen)

    async def _turn_away(self, room: Room, event: Event, card: str, verdict: Verdict, seen: Seen) -> None:
        """Told once; the desk records it, when it can be said what it was about."""
        first = self._front.crowd.first_time(event.room, event.sender)
        if seen.mark is not None and seen.mark.draft:
            await self._decide(room, event, card, verdict, seen, silent=not first)
        elif first:
            await self._refuse(room, event, card, "not_allowed")

    async def _decide(
        self, room: Room, event: Event, card: str, verdict: Verdict, seen: Seen, *, silent: bool = False
    ) -> None:
        mark, fields = seen.mark, self._front.fields(room, event, card=card)
        if mark is not None and mark.draft:
            fields |= {"review_id": mark.review, "draft": mark.draft}
        notice = await self._front.ask(Decide(**fields, verdict=verdict))
        if notice.tone is Tone.DONE and verdict is Verdict.APPROVE:
            _keep(self._approvals, event.id, (event.sender, card))
        if not silent:
            await self._front.tell_in_thread(room, card, notice, event)

    async def _refuse(self, room: Room, event: Event, card: str, phrase: str, tone: Tone = Tone.REFUSED) -> None:
        await self._front.tell_in_thread(room, card, Notice(text=say(room.language, phrase), tone=tone), event)

    # --- after a downtime

    async def catch_up(self, room: Room, card: str) -> None:
        """Hear what was done on a card while nobody listened, and see whether it stands at all."""
        found = await self._front.session.reading.event(room.id, card)
        if found is None or found.redacted:
            await self.gone(room, card)
            return
        for event, seen in await self._front.standings.unheard(found):
            if event.id in self._heard:
                continue
            verdict = self._verdicts.get(plain_emoji(relation_of(event.content).key))
            if verdict and not self._front.is_stranger(event):
                await self._judge(room, event, card, verdict, seen)

    # --- deletions

    async def deleted(self, room: Room, event: Event) -> None:
        """A card that was deleted comes again; a reaction that was taken back after it counted stops nothing."""
        approval = self._approvals.pop(event.redacts, None)
        if approval is None:
            await self.gone(room, event.redacts)
        elif approval[0] == event.sender:
            await self._refuse(room, event, approval[1], "taken_away", Tone.INFO)

    async def gone(self, room: Room, card: str, room_id: str = "") -> None:
        """The desk knows whether it was a card."""
        spot = made.Spot(room_id or room.id, card)
        gesture = Missing(
            id=f"{NAME}:gone:{spot}", person=ITSELF, chat=NAME, channel=room.ref, language=room.language, post=str(spot)
        )
        await self._front.ask(gesture)


def _keep(memory: OrderedDict[str, T], key: str, value: T) -> None:
    """The oldest are forgotten."""
    memory[key] = value
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
