"""What people and platforms say about the cards in a channel: hold them back, bring one, one was deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.domain.card import Post
from bot.domain.gesture import Bring, Missing, Notice, Pause, Standing, Tone
from bot.domain.review import Review
from bot.domain.routing import channel_pause, project_pause
from bot.errors import Gone, Refused
from bot.ports import Clock, Job, JobKind, Store, Tracker, Transaction
from bot.services.cards import cards_of
from bot.services.phrases import say
from bot.services.posting import lost


@dataclass(frozen=True, slots=True)
class Channels:
    """`new_key` draws idempotency keys of posts."""

    store: Store
    trackers: Mapping[str, Tracker]
    clock: Clock
    new_key: Callable[[], str]

    async def pause(self, gesture: Pause) -> Notice:
        """Hold new cards of a project, or of the channel the person is in, back; or let them come again."""
        name = project_pause(gesture.project) if gesture.project else channel_pause(gesture.chat, gesture.channel)
        by, at = gesture.person.id, self.clock.now()
        async with self.store.begin() as tx:
            if not await tx.save_pause(name, on=gesture.on, by=by, at=at):
                return Notice(text=say(gesture.language, "paused_already" if gesture.on else "not_paused"))
            await tx.record("paused" if gesture.on else "resumed", by=by, at=at, detail={"what": name})
        what = gesture.project.strip() or say(gesture.language, "this_channel")
        return Notice(text=say(gesture.language, "paused" if gesture.on else "resumed", what=what), tone=Tone.DONE)

    async def bring(self, gesture: Bring) -> Notice:
        """The card comes now: nothing holds it back any more, and earlier deletions are forgotten."""
        async with self.store.begin() as tx:
            try:
                review = await tx.review(gesture.review_id)
            except Gone:
                raise Refused(say(gesture.language, "unknown_review", number=gesture.review_id)) from None
            absent = [post for post in await tx.posts(review.id) if post.chat == gesture.chat and not post.id]
            for post in absent:
                await self._show_anew(
                    tx, review, replace(post, held=False, losses=0, due_at=self.clock.now()), post.key
                )
        return Notice(text=say(gesture.language, "brought" if absent else "stands_already"), tone=Tone.DONE)

    async def missing(self, gesture: Missing) -> Notice:
        """A card was deleted: it comes again while it waits, though not for ever."""
        async with self.store.begin() as tx:
            post = await tx.post_at(gesture.chat, gesture.post)
            if post is not None:
                review = await tx.review(post.review_id)
                await self._show_anew(tx, review, lost(post, self.new_key()), post.key)
                detail = {"chat": post.chat, "channel": post.channel, "post": post.id}
                await tx.record(
                    "card_lost", by=gesture.person.id, at=self.clock.now(), review_id=review.id, detail=detail
                )
        return Notice(text="")

    async def _show_anew(self, tx: Transaction, review: Review, post: Post, key: str) -> None:
        await tx.save_post(post, key=key)
        await tx.mark_unposted(review.id)
        await tx.enqueue(Job(kind=JobKind.POST, review_id=review.id, rev=review.rev))

    async def standing(self, gesture: Standing) -> Notice:
        """Which reviews wait, with where their cards stand: a page of them."""
        async with self.store.read() as tx:
            reviews = await tx.waiting(after=gesture.after)
            return Notice(text="", cards=await cards_of(tx, reviews, self.trackers), brief=True)
