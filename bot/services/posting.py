"""Makes every card show what its review is: posts it once, then edits it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakValueDictionary

from bot.domain.card import Card, Post
from bot.domain.review import State
from bot.domain.routing import Pace, channel_for
from bot.errors import Gone
from bot.ports import Chat, Clock, Digests, Store, Tracker
from bot.services.cards import card_of
from bot.services.pacing import must_wait

log = logging.getLogger(__name__)

_NOT_YET = frozenset({State.NEW, State.DRAFTING, State.OBSOLETE})
"""A review in these states gets no new card; a card that stands already is brought up to date."""

MOST_LOSSES = 2
"""A card that was deleted comes again so often while it waits; then somebody means it."""


def _comes_again(post: Post, card: Card) -> bool:
    """A card that was deleted only while it can be decided; one that never stood there for sure always."""
    return not post.losses or (post.losses <= MOST_LOSSES and bool(card.verdicts))


def lost(post: Post, new_key: str) -> Post:
    """A post that somebody deleted: nothing stands there, and what comes next is another message."""
    return replace(post, id="", key=new_key, rev=0, draft=0, losses=post.losses + 1, attempt_at=None)


@dataclass(frozen=True, slots=True)
class Posting:
    """The job that follows every move. `new_key` draws idempotency keys (at most 25 characters: Discord's nonce)."""

    store: Store
    trackers: Mapping[str, Tracker]
    chats: Sequence[Chat]
    clock: Clock
    new_key: Callable[[], str]
    pace: Pace = field(default_factory=Pace)
    _locks: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def __call__(self, review_id: int) -> None:
        """One at a time for each review: the later of two jobs shows what is newer, or finds nothing to do."""
        async with self._locks.setdefault(review_id, asyncio.Lock()):
            await self._bring_up_to_date(review_id)

    async def _bring_up_to_date(self, review_id: int) -> None:
        async with self.store.read() as tx:
            review = await tx.review(review_id)
            card = await card_of(tx, review, self.trackers)
        # All platforms at once: a slow one must not keep the card from the others, nor its trouble.
        outcomes = await asyncio.gather(*(self._show(chat, card) for chat in self.chats), return_exceptions=True)
        for failure in outcomes:
            if isinstance(failure, BaseException):
                raise failure
        async with self.store.begin() as tx:
            await tx.mark_posted(review_id, review.rev)

    async def _show(self, chat: Chat, card: Card) -> None:
        # A channel that is configured no more keeps its card as it was.
        post = next((p for p in card.posts if p.chat == chat.name and p.channel in chat.channels), None)
        if post is None:
            if card.state not in _NOT_YET:
                await self._begin(chat, card)
        elif post.id:
            await self._edit(chat, post, card)
        elif not post.held and _comes_again(post, card):
            await self._again(chat, post, card)

    async def _begin(self, chat: Chat, card: Card) -> None:
        """The first card of a review in this chat, or the word that it has to wait for its turn."""
        channel = channel_for(card.issue, self.pace.routes, chat.channels, chat.home)
        now = self.clock.now()
        post = Post(review_id=card.review.id, chat=chat.name, channel=channel, key=self.new_key())
        async with self.store.begin() as tx:
            held = isinstance(chat, Digests) and await must_wait(tx, self.pace, card.issue, chat.name, channel, now)
            post = replace(post, held=True) if held else replace(post, due_at=now, attempt_at=now)
            await tx.add_post(post)
        if not post.held:
            await self._post(chat, post, card)

    async def _again(self, chat: Chat, post: Post, card: Card) -> None:
        """`attempt_at` stays the time of the first attempt: what may stand there already is not older."""
        since, now = post.attempt_at, self.clock.now()
        post = replace(post, attempt_at=since or now, due_at=post.due_at or now)
        await self._save(post)
        await self._post(chat, post, card, since)

    async def _post(self, chat: Chat, post: Post, card: Card, since: datetime | None = None) -> None:
        post_id = await chat.post(post.channel, card, post.key, since)
        await self._save(replace(post, id=post_id, rev=card.review.rev, draft=card.review.draft))

    async def _edit(self, chat: Chat, post: Post, card: Card) -> None:
        if post.rev >= card.review.rev:
            return
        try:
            await chat.edit(post, card)
        except Gone:
            log.info("the card was deleted in %s", chat.name, extra={"action": "card_gone"})
            gone = lost(post, self.new_key())
            async with self.store.begin() as tx:
                await tx.save_post(gone, key=post.key)
            if _comes_again(gone, card):
                await self._again(chat, gone, card)
        else:
            await self._save(replace(post, rev=card.review.rev, draft=card.review.draft))

    async def _save(self, post: Post) -> None:
        async with self.store.begin() as tx:
            await tx.save_post(post)
