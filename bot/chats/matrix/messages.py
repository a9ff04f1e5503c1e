"""What people write: commands, replies to cards, and edits of such replies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bot.chats.matrix.commands import Name, addressed, parse
from bot.chats.matrix.front import Front
from bot.chats.matrix.listing import help_text, notice_text
from bot.chats.matrix.orders import Orders
from bot.chats.matrix.payload import Event, mentions, new_content, relation_of, words_of
from bot.chats.matrix.rooms import Room
from bot.domain.gesture import Decide, Look, Notice, Tone, View
from bot.domain.review import Verdict
from bot.errors import Refused, UsageError


class Messages:
    """Events that replace others never run a command: what was written once may not become something else later."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._orders = Orders(front)

    async def said(self, room: Room, event: Event) -> None:
        relation = relation_of(event.content)
        if relation.edits:
            await self._edited(room, event, relation.edits)
            return
        text, order = words_of(event.content), self._order_in(event)
        card = await self._card_of(event)
        if order is not None:
            await self._ordered(room, event, order, card)
        elif card and card == relation.reply_to and text:
            await self._replied(room, event, card, text)

    def takes_long(self, event: Event) -> bool:
        """Whether a model or a tracker will be asked before there is an answer."""
        return self._name_of(self._order_in(event) or "") in {Name.ASK, Name.ANSWER}

    def _order_in(self, event: Event) -> str | None:
        return addressed(words_of(event.content), self._front.settings.prefix, self._names(event))

    def _name_of(self, order: str) -> Name | None:
        with suppress(UsageError):
            return parse(order, self._front.settings.language).name
        return None

    async def _card_of(self, event: Event) -> str:
        """The card that a message is about: what it replies to, or whose thread it stands in."""
        relation = relation_of(event.content)
        for target in (relation.reply_to, relation.thread):
            if target and await self._front.standings.first_mark(event.room, target):
                return target
        return ""

    def _names(self, event: Event) -> tuple[str, ...]:
        """What stands in front of a message that mentions the bot: clients write its id, or its name as it is shown."""
        me = self._front.session.me
        if not mentions(event.content, me):
            return ()
        local = me.partition(":")[0]
        return (me, local, local.removeprefix("@"), *filter(None, [self._front.session.display_name]))

    # --- replies are the new text of the draft

    async def _replied(self, room: Room, event: Event, card: str, text: str, *, again: bool = False) -> None:
        fields = self._front.fields(room, event, card=card)
        if again:
            fields |= await self._own_draft(fields, event, card)
        silent = self._is_known_stranger(event)
        notice = await self._front.ask(Decide(**fields, verdict=Verdict.EDIT, text=text))
        if not silent:
            await self._front.tell_in_thread(room, card, notice, event)

    async def _edited(self, room: Room, event: Event, original_id: str) -> None:
        """Somebody corrected their own reply to a card: that is the next draft, as long as none was approved."""
        original = await self._front.session.reading.event(event.room, original_id)
        if original is None or original.sender != event.sender or relation_of(original.content).edits:
            return
        card = await self._card_of(original)
        text = words_of({**new_content(event.content), "m.relates_to": original.content.get("m.relates_to")})
        before = words_of(original.content)
        prefix = self._front.settings.prefix
        is_order = any(addressed(one, prefix, self._names(event)) is not None for one in (text, before))
        if card and card == relation_of(original.content).reply_to and text and not is_order:
            await self._replied(room, event, card, text, again=True)

    async def _own_draft(self, fields: dict[str, Any], event: Event, card: str) -> dict[str, Any]:
        """The draft that this person wrote just before, also when the card does not show it yet."""
        mark = await self._front.standings.first_mark(event.room, card)
        if mark is None:
            return {}
        look = Look(**{**fields, "id": f"{fields['id']}:look", "post": ""}, view=View.ONE, review_id=mark.review)
        for found in (await self._front.ask(look)).cards:
            if found.draft is not None and found.draft.by_person and found.draft.author == event.sender:
                return {"review_id": mark.review, "draft": found.draft.number}
        return {}

    # --- commands

    async def _ordered(self, room: Room, event: Event, order: str, card: str) -> None:
        if self._name_of(order) is Name.HELP:
            await self._front.answer(room, event, help_text(self._front.voice(room)))
            return
        if self._is_known_stranger(event):
            return
        try:
            command = parse(order, room.language)
            if command.name is Name.ASK:
                await self._orders.ask(room, event, command.rest)
                return
            notice = await self._orders.carry_out(room, event, command, card)
        except (Refused, UsageError) as error:
            notice = Notice(text=str(error), tone=Tone.REFUSED)
        await self._front.answer(room, event, notice_text(notice, self._front.voice(room)))

    def _is_known_stranger(self, event: Event) -> bool:
        return self._front.is_stranger(event) and not self._front.crowd.first_time(event.room, event.sender)
