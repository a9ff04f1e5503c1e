"""What commands do."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chats.matrix import content as made
from bot.chats.matrix.commands import VERDICTS, Command, Name
from bot.chats.matrix.content import Spot
from bot.chats.matrix.front import NAME, Front
from bot.chats.matrix.listing import answer_text, notice_text
from bot.chats.matrix.payload import Event, relation_of, words_of
from bot.chats.matrix.phrases import say
from bot.chats.matrix.rooms import Room
from bot.domain.gesture import Ask, Bring, Decide, Fetch, Look, Notice, Pause, Tone, View
from bot.domain.review import Verdict
from bot.errors import Refused, UsageError

_VIEWS = {Name.DRAFTS: View.WAITING, Name.STATUS: View.STATUS}
_WITHOUT_TEXT = frozenset({Verdict.APPROVE, Verdict.UNDO})


@dataclass(frozen=True, slots=True)
class Orders:
    """`card` is the card a command was given on, if it was."""

    _front: Front

    async def carry_out(self, room: Room, event: Event, command: Command, card: str) -> Notice:
        if command.name in VERDICTS:
            return await self._verdict(room, event, command, card)
        fields = self._front.fields(room, event)
        match command.name:
            case Name.ANSWER:
                if not command.rest:
                    raise UsageError(say(room.language, "no_issue"))
                return await self._front.ask(Fetch(**fields, target=command.rest.strip("<>")))
            case Name.SHOW:
                number, _ = self._number(room, command)
                return await self._front.ask(Bring(**fields, review_id=number))
            case Name.PAUSE | Name.RESUME:
                return await self._front.ask(Pause(**fields, on=command.name is Name.PAUSE, project=command.rest))
            case _:
                return await self._front.ask(Look(**fields, view=_VIEWS[command.name]))

    def _number(self, room: Room, command: Command) -> tuple[int, str]:
        number, rest = command.numbered()
        if not number:
            prefix = self._front.settings.prefix
            raise UsageError(say(room.language, "which", prefix=prefix, command=command.name))
        return number, rest

    async def _verdict(self, room: Room, event: Event, command: Command, card: str) -> Notice:
        """In a card's thread that card is meant, and all that follows is text where there can be one."""
        text, verdict = command.rest, VERDICTS[command.name]
        if not card or (verdict in _WITHOUT_TEXT and command.numbered()[0]):
            number, text = self._number(room, command)
            card = await self._card_numbered(room, event, number)
        fields = self._front.fields(room, event, card=card)
        if verdict is Verdict.APPROVE:
            seen = await self._front.standings.when_written(card, event)
            if seen is None or seen.mark is None:
                raise Refused(say(room.language, "just_changed"))
            if not seen.mark.draft:
                raise Refused(say(room.language, "not_whole"))
            fields |= {"review_id": seen.mark.review, "draft": seen.mark.draft}
        return await self._front.ask(Decide(**fields, verdict=verdict, text=text))

    async def _card_numbered(self, room: Room, event: Event, number: int) -> str:
        fields = self._front.fields(room, event)
        look = Look(**{**fields, "id": f"{fields['id']}:look"}, view=View.ONE, review_id=number)
        notice = await self._front.ask(look)
        if notice.tone is Tone.REFUSED:
            raise Refused(notice.text)
        for post in notice.cards[0].posts:
            spot = Spot.of(post.id)
            if post.chat == NAME and spot.room == event.room and spot.event:
                return spot.event
        raise Refused(say(room.language, "no_card_here", number=number, prefix=self._front.settings.prefix))

    async def ask(self, room: Room, event: Event, question: str) -> None:
        """As a reply it answers that message, below it; else it answers whoever asked."""
        target = await self._target(event)
        question = question or (words_of(target.content) if target else "")
        notice = await self._front.ask(Ask(**self._front.fields(room, event), question=question))
        if notice.answer is None or target is None:
            await self._front.answer(room, event, notice_text(notice, self._front.voice(room)))
            return
        root = relation_of(target.content).thread or target.id
        content = made.message(answer_text(notice.answer, room.language), notice=True)
        await self._front.say(event.room, made.in_thread(content, root, reply_to=target.id), "told", event.id)

    async def _target(self, event: Event) -> Event | None:
        reply_to = relation_of(event.content).reply_to
        return await self._front.session.reading.event(event.room, reply_to) if reply_to else None
