"""Makes every card show what its review is: posts it once, then edits it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from bot.domain.card import Card, Post
from bot.domain.review import Review, State
from bot.domain.secrets import mask
from bot.errors import BotError, Gone
from bot.ports import Chat, Clock, Store, Tracker, Transaction

log = logging.getLogger(__name__)

_NOT_YET = frozenset({State.NEW, State.DRAFTING, State.OBSOLETE})
"""A review in these states gets no new card; a card that stands already is brought up to date."""


async def card_of(tx: Transaction, review: Review, trackers: Mapping[str, Tracker]) -> Card:
    """The card of a review as it is in this transaction."""
    tracker = trackers.get(review.key.tracker)
    issue = replace(review.issue, title=mask(review.issue.title), body=mask(review.issue.body))
    return Card(
        review=replace(review, issue=issue),
        draft=await tx.draft(review.id, review.draft) if review.draft else None,
        decision=await tx.last_decision(review.id),
        reply=await tx.reply(review.id),
        no_replies=tracker.no_replies if tracker else f"No tracker called {review.key.tracker} is configured.",
    )


@dataclass(frozen=True, slots=True)
class Posting:
    """The job that follows every move. `new_key` draws idempotency keys (at most 25 characters: Discord's nonce)."""

    store: Store
    trackers: Mapping[str, Tracker]
    chats: Sequence[Chat]
    clock: Clock
    new_key: Callable[[], str]
    _locks: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def __call__(self, review_id: int) -> None:
        """One at a time for each review: the later of two jobs shows what is newer, or finds nothing to do."""
        async with self._locks.setdefault(review_id, asyncio.Lock()):
            await self._bring_up_to_date(review_id)

    async def _bring_up_to_date(self, review_id: int) -> None:
        async with self.store.read() as tx:
            review = await tx.review(review_id)
            card = await card_of(tx, review, self.trackers)
            posts = {(post.chat, post.channel): post for post in await tx.posts(review_id)}
        failures: list[BotError] = []
        for chat in self.chats:
            try:
                await self._show(chat, posts.get((chat.name, chat.home)), card)
            except BotError as error:
                failures.append(error)  # one platform's trouble must not keep the card from the others
        if failures:
            raise failures[0]
        async with self.store.begin() as tx:
            await tx.mark_posted(review_id, review.rev)

    async def _show(self, chat: Chat, post: Post | None, card: Card) -> None:
        if post is not None and post.id:
            await self._edit(chat, post, card)
        elif post is not None or card.state not in _NOT_YET:
            await self._post(chat, post, card)

    async def _post(self, chat: Chat, post: Post | None, card: Card) -> None:
        fresh = Post(review_id=card.review.id, chat=chat.name, channel=chat.home, key=self.new_key())
        async with self.store.begin() as tx:
            if post is None:
                await tx.add_post(fresh)
            post = replace(post or fresh, attempt_at=self.clock.now())
            await tx.save_post(post)
        post_id = await chat.post(post.channel, card, post.key)
        await self._save(replace(post, id=post_id, rev=card.review.rev))

    async def _edit(self, chat: Chat, post: Post, card: Card) -> None:
        if post.rev >= card.review.rev:
            return
        try:
            await chat.edit(post, card)
        except Gone:
            log.info("the card was deleted in %s", chat.name, extra={"action": "card_gone"})
            if card.verdicts:
                await self._post(chat, replace(post, id="", key=self.new_key()), card)
                return
        await self._save(replace(post, rev=card.review.rev))

    async def _save(self, post: Post) -> None:
        async with self.store.begin() as tx:
            await tx.save_post(post)
