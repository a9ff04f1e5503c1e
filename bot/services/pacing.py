"""When new cards must wait, and what becomes of those that do: they are listed, and come in their turn."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.card import Card, Digest
from bot.domain.issue import Issue
from bot.domain.routing import Pace, channel_pause, is_paused
from bot.errors import BotError, Gone
from bot.ports import Chat, Clock, Digests, Job, JobKind, Store, Tracker, Transaction
from bot.services.cards import cards_of

log = logging.getLogger(__name__)

_LISTED = 25
_LOOKED_AT = 200
"""How many held cards are looked at for one whose turn has come; more are held only behind a long pause."""


async def must_wait(tx: Transaction, pace: Pace, issue: Issue, chat: str, channel: str, now: datetime) -> bool:
    """Whether a new card may not come now: quiet hours, a pause, or too many cards within minutes."""
    if pace.quiet is not None and pace.quiet.covers(now):
        return True
    if is_paused(await tx.pauses(), issue, chat, channel):
        return True
    return await tx.turns_since(chat, channel, now - pace.window) >= pace.at_once


@dataclass(frozen=True, slots=True)
class Pacing:
    """Called every few seconds; does nothing where nothing is held."""

    store: Store
    trackers: Mapping[str, Tracker]
    chats: Sequence[Chat]
    clock: Clock
    new_key: Callable[[], str]
    pace: Pace

    async def __call__(self) -> None:
        for chat in self.chats:
            if isinstance(chat, Digests):
                for channel in sorted(chat.channels):
                    await self._attend(chat, chat.name, channel)

    async def _attend(self, chat: Digests, name: str, channel: str) -> None:
        try:
            await self._release(name, channel)
            await self._list(chat, name, channel)
        except BotError as error:
            # Nothing is lost: what is held stays held, and the next call tries again.
            log.warning("the digest of %s failed: %s", channel, error, extra={"action": "digest_failed"})

    async def _release(self, chat: str, channel: str) -> None:
        """Let those cards come, oldest first, whose turn it is."""
        async with self.store.read() as tx:
            reviews, _ = await tx.held(chat, channel, _LOOKED_AT)
        for review in reviews:
            now = self.clock.now()
            async with self.store.begin() as tx:
                if await must_wait(tx, self.pace, review.issue, chat, channel, now):
                    continue
                for post in await tx.posts(review.id):
                    if (post.chat, post.channel, post.held) == (chat, channel, True):
                        await tx.save_post(replace(post, held=False, due_at=now))
                        await tx.mark_unposted(review.id)
                        await tx.enqueue(Job(kind=JobKind.POST, review_id=review.id, rev=review.rev))

    async def _list(self, chat: Digests, name: str, channel: str) -> None:
        """Bring the list of held cards up to date; during a pause and in quiet hours the channel is left alone."""
        now = self.clock.now()
        async with self.store.read() as tx:
            reviews, total = await tx.held(name, channel, _LISTED)
            digest = await tx.digest(name, channel) or Digest(chat=name, channel=channel, key=self.new_key())
            quiet = self.pace.quiet is not None and self.pace.quiet.covers(now)
            shown = f"{total}: {' '.join(str(review.id) for review in reviews)}" if total else ""
            if quiet or digest.shown == shown or channel_pause(name, channel) in await tx.pauses():
                return
            cards = await cards_of(tx, reviews, self.trackers)
        await self._show(chat, replace(digest, attempt_at=digest.attempt_at or now), cards, total, shown)

    async def _show(self, chat: Digests, digest: Digest, cards: Sequence[Card], total: int, shown: str) -> None:
        async with self.store.begin() as tx:
            await tx.save_digest(digest)  # the key is stored before the request leaves
        try:
            digest = replace(digest, id=await chat.digest(digest, cards, total), shown=shown)
        except Gone:
            digest = Digest(chat=digest.chat, channel=digest.channel, key=self.new_key())
        if not total:
            # The next time it is a new message, at the end of the channel.
            digest = Digest(chat=digest.chat, channel=digest.channel, key=self.new_key())
        async with self.store.begin() as tx:
            await tx.save_digest(digest)
