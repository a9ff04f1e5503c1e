"""Cards as they stand in a room: sent once, edited in place, with their long texts as files in their threads."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chats.matrix import content as made
from bot.chats.matrix.card import content_of, needs_file, state_line
from bot.chats.matrix.content import Content, Spot
from bot.chats.matrix.front import Front
from bot.chats.matrix.listing import digest_text, version_text
from bot.chats.matrix.markup import line
from bot.chats.matrix.payload import mark_of, relation_of
from bot.chats.matrix.phrases import say
from bot.chats.matrix.rooms import Room
from bot.domain.card import Card, Digest, Post
from bot.errors import Gone, Permanent
from bot.ports import Clock

log = logging.getLogger(__name__)

_TRANSACTIONS_REMEMBERED = timedelta(hours=1)
"""Homeservers keep transaction ids for a day or so; before that is over we begin to look for the card ourselves."""
_PAGES = 10


@dataclass(frozen=True, slots=True)
class Cards:
    """Every request has a transaction id made of the post's key, which was stored before: repeating it is harmless."""

    front: Front
    clock: Clock

    async def post(self, room: Room, card: Card, key: str, since: datetime | None) -> str:
        """The card's event; nothing on it can be approved before all of its text can be read."""
        whole = not needs_file(card.draft)
        event = await self._find(room, key) if since and self.clock.now() - since > _TRANSACTIONS_REMEMBERED else ""
        if not event:
            content = content_of(card, self.front.look(room), key, attached=whole, new=True)
            event = await self.front.say(room.id, content, key, "card")
            if since is None:
                self.front.standings.know(room.id, event, mark_of(content))
        await self._attach(room, event, card, key)
        if since or not whole:
            await self._replace(room, event, card, key)  # an earlier attempt may have shown an earlier draft
        await self._offer(room, event, card, key)
        return str(Spot(room.id, event))

    async def edit(self, room: Room, post: Post, card: Card) -> None:
        """Gone when the card was deleted, or stands in a room that was replaced."""
        event = await self._standing(room, post.id)
        if card.issue.confidential:
            await self._take_back(room, event, post.key)
            return
        await self._attach(room, event, card, post.key)
        await self._replace(room, event, card, post.key)
        if post.draft != card.review.draft:
            await self._offer(room, event, card, post.key)
        if text := version_text(card, room.language):
            content = made.in_thread(made.message(text, notice=True), event)
            if card.draft is None or not needs_file(card.draft):
                await self.front.say(room.id, content, post.key, "version", card.review.draft, card.state)

    async def digest(self, room: Room, digest: Digest, cards: Sequence[Card], total: int) -> str:
        content = made.message(digest_text(cards, total, self.front.voice(room)), notice=True)
        if not digest.id:
            return str(Spot(room.id, await self.front.say(room.id, content, digest.key, "digest")))
        event = await self._standing(room, digest.id)
        changed = made.edit(event, content, fallback=str(content["body"]).partition("\n")[0])
        await self.front.say(room.id, changed, digest.key, "digest", made.digest_of(content))
        return digest.id

    async def alert(self, room: Room, text: str, key: str) -> None:
        await self.front.say(room.id, made.message(line(f"⚠️ {text}", 600)), key, "alert")

    # --- steps

    async def _standing(self, room: Room, post_id: str) -> str:
        spot = Spot.of(post_id)
        found = await self.front.session.reading.event(spot.room, spot.event) if spot.room == room.id else None
        if found is None or found.redacted:
            raise Gone(f"The message is not in {room.ref} any more.")
        return spot.event

    async def _find(self, room: Room, key: str) -> str:
        """The event of a card that an attempt of long ago may have sent."""
        async for event in self.front.session.reading.history(room.id, most=_PAGES):
            mark = mark_of(event.content)
            if event.sender == self.front.session.me and mark and mark.key == key:
                return relation_of(event.content).edits or event.id
        return ""

    async def _take_back(self, room: Room, event: str, key: str) -> None:
        """The card, its versions and what we said in its thread: an edit would leave them all to be read."""
        ours = [
            related.id
            async for related in self.front.session.reading.relations(room.id, event)
            if related.sender == self.front.session.me and not related.redacted
        ]
        for each in (*ours, event):
            await self.front.session.redact(room.id, each, made.transaction(room.id, key, "back", each))

    async def _attach(self, room: Room, event: str, card: Card, key: str) -> None:
        """The exact text, as a file in the thread; before the card says that it can be approved."""
        draft = card.draft
        if draft is None or not needs_file(draft):
            return
        file = await self.front.session.upload("reply.md", draft.body.encode(), encrypted=room.encrypted)
        content: Content = {"msgtype": "m.file", "body": "reply.md", "filename": "reply.md", "m.mentions": {}, **file}
        content["body"] = say(room.language, "file", draft=draft.number)
        await self.front.say(room.id, made.in_thread(content, event), key, "file", draft.number)

    async def _replace(self, room: Room, event: str, card: Card, key: str) -> None:
        content = content_of(card, self.front.look(room), key)
        changed = made.edit(event, content, fallback=state_line(card, room.language))
        # A card may have to say something else although its review did not move; the same again is the same event.
        await self.front.say(room.id, changed, key, "edit", card.review.rev, made.digest_of(content))

    async def _offer(self, room: Room, event: str, card: Card, key: str) -> None:
        """Reactions that stand ready; where the bot may not react, people still can."""
        for verdict, sign in self.front.settings.reactions.items():
            if verdict not in card.verdicts:
                continue
            try:
                transaction = made.transaction(room.id, key, "offer", verdict)
                await self.front.session.react(room.id, made.reaction(event, sign), transaction)
            except Permanent as error:
                if self.front.crowd.first_time(room.id, "", "reactions"):
                    log.warning("%s", error, extra={"action": "no_reactions"})
                return
