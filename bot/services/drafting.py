"""NEW or DRAFTING becomes PENDING with a draft, or STUCK, or OBSOLETE."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.changes import seen_of, since_our_reply
from bot.domain.issue import Thread
from bot.domain.review import Draft, Review, State
from bot.errors import Gone, Limited, Overtaken, Permanent, Temporary
from bot.ports import Clock, Job, JobKind, Store, Tracker
from bot.services.alerts import Troubles
from bot.services.answering import Answering, Composed
from bot.services.hiding import hide
from bot.services.intake import reason_to_leave
from bot.services.retry import Patience
from bot.services.timetable import revisit_later

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Drafting:
    """`lease` is longer than any draft may take: a row still DRAFTING after it is looked at again."""

    store: Store
    trackers: Mapping[str, Tracker]
    answering: Answering
    clock: Clock
    lease: timedelta
    patience: Patience

    async def __call__(self, review_id: int) -> None:
        review = await self._take_up(review_id)
        if review is None:
            return
        try:
            thread = await self.trackers[review.key.tracker].thread(review.key)
            if reason := reason_to_leave(thread.issue):
                await self._end(review, State.OBSOLETE, reason, thread)
            else:
                composed = await self._compose(review, thread)
                await self._propose(review, thread, composed)
                await self._judge_model(composed)
        except Gone:
            await self._end(review, State.OBSOLETE, "gone")
        except Permanent as error:
            await self._end(review, State.STUCK, str(error))
        except Temporary as error:
            await self._later(review, error)
        except Overtaken:
            log.info("the review moved on while its draft was written", extra={"action": "draft_dropped"})

    async def _take_up(self, review_id: int) -> Review | None:
        now = self.clock.now()
        async with self.store.begin() as tx:
            review = await tx.review(review_id)
            if review.state is State.DRAFTING:
                return review
            if review.state is State.NEW:
                return await tx.move(review, State.DRAFTING, by="drafting", at=now, due_at=now + self.lease)
        return None

    async def _compose(self, review: Review, thread: Thread) -> Composed:
        async with self.store.read() as tx:
            previous = await tx.draft(review.id, review.draft) if review.draft else None
            instructions = await tx.instructions(review.id)
        return await self.answering.compose(
            thread,
            marker=review.marker,
            instructions=instructions,
            previous=previous.text if previous and instructions else "",
        )

    async def _propose(self, review: Review, thread: Thread, composed: Composed) -> None:
        now = self.clock.now()
        draft = Draft(
            review_id=review.id,
            number=review.draft + 1,
            body=composed.outgoing.body,
            status=composed.draft.status,
            author=composed.draft.drafter,
            at=now,
            text=composed.draft.text,
            match=composed.match,
            confidence=composed.confidence,
            citations=composed.citations,
            related=composed.related,
            language=composed.language,
            model=composed.draft.model,
            usage=composed.draft.usage,
            note_to_team=composed.draft.note_to_team,
            warnings=composed.warnings,
            fingerprint=thread.fingerprint(),
            seen=seen_of(thread),
            differences=since_our_reply(thread),
            allowed=composed.allowed,
        )
        async with self.store.begin() as tx:
            await tx.add_draft(draft)
            moved = await tx.move(
                review, State.PENDING, by=draft.author, at=now, draft=draft.number, issue=thread.issue,
                detail={
                    "sha256": draft.sha256,
                    "prompt_sha256": composed.prompt_sha256,
                    "model": draft.model,
                    "sources": [citation.id for citation in draft.citations],
                    "warnings": list(draft.warnings),
                },
            )  # fmt: skip
            await revisit_later(tx, moved, self.clock)
            await tx.enqueue(Job(kind=JobKind.POST, review_id=moved.id, rev=moved.rev))

    async def _judge_model(self, composed: Composed) -> None:
        """Whether people must be told that the model is down, or that it is back."""
        troubles = Troubles(self.store, self.clock)
        if "model_down" in composed.warnings:
            await troubles.began("model")
        elif composed.draft.model:
            await troubles.over("model")

    async def _end(self, review: Review, to: State, problem: str, thread: Thread | None = None) -> None:
        async with self.store.begin() as tx:
            issue = thread.issue if thread else None
            moved = await tx.move(review, to, by="drafting", at=self.clock.now(), problem=problem, issue=issue)
            if to is State.STUCK:
                await revisit_later(tx, moved, self.clock)
            await tx.enqueue(Job(kind=JobKind.POST, review_id=moved.id, rev=moved.rev))
            if moved.issue.confidential:
                await hide(tx, moved.key, by="drafting", at=self.clock.now())

    async def _later(self, review: Review, error: Temporary) -> None:
        wait = self.patience.wait(review.failures, error.retry_after if isinstance(error, Limited) else None)
        if wait is None:
            await self._end(review, State.STUCK, str(error))
            return
        async with self.store.begin() as tx:
            due = self.clock.now() + wait
            await tx.postpone(review, due, failures=review.failures + 1, problem=str(error))
