"""What reviewers approved becomes knowledge; what they dismissed does not.

A reply is learned once, after it was sent, from the thread as it is then: an issue that has become confidential
teaches nothing. Its title becomes another phrasing of every passage the reply cites.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.history import Home, Lesson
from bot.domain.issue import Thread
from bot.domain.review import Review
from bot.errors import Gone, Permanent, Temporary
from bot.knowledge.history import past_reply, why_not
from bot.ports import Archive, Clock, Store, Tracker

log = logging.getLogger(__name__)

_PAGE = 50


@dataclass(frozen=True, slots=True)
class Lessons:
    """Learns from every sent reply that was not learned from yet."""

    store: Store
    trackers: Mapping[str, Tracker]
    archive: Archive
    clock: Clock

    async def __call__(self) -> int:
        """How many were learned. A thread that cannot be read now is left for the next time."""
        learned = after = 0
        while True:
            async with self.store.read() as tx:
                reviews = await tx.unlearned(after=after, limit=_PAGE)
            for review in reviews:
                learned += await self._learn(review)
                after = review.id
            if len(reviews) < _PAGE:
                return learned

    async def _learn(self, review: Review) -> bool:
        tracker = self.trackers.get(review.key.tracker)
        if tracker is None:
            return False
        try:
            thread: Thread | None = await tracker.thread(review.key)
        except Gone:
            thread = None
        except (Temporary, Permanent) as error:
            log.info("review %d is learned from later: %s", review.id, error)
            return False
        return await self.archive.teach(await self._lesson(review, thread))

    async def _lesson(self, review: Review, thread: Thread | None) -> Lesson:
        async with self.store.read() as tx:
            draft, reply = await tx.draft(review.id, review.draft), await tx.reply(review.id)
        if thread is None or why_not(thread.issue) or draft is None or reply is None:
            return Lesson(review_id=review.id, at=self.clock.now(), past=None)
        home = Home(project=review.key.project, visibility=thread.visibility)
        past = past_reply(thread, home, reply.note_id, draft.body, reply.at)
        cited = tuple(citation.id for citation in draft.citations)
        return Lesson(review_id=review.id, at=self.clock.now(), past=past, cited=cited)
