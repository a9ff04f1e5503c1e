"""The front desk: takes each gesture from a chat, has it carried out, and tells the person the outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from bot.domain.gesture import (
    Ask,
    Bring,
    Decide,
    Fetch,
    Gesture,
    Look,
    Missing,
    Notice,
    Pause,
    Standing,
    Tone,
    View,
)
from bot.domain.issue import Issue, IssueKey, Thread
from bot.domain.review import Review, State
from bot.errors import BotError, Gone, NotAllowed, Refused, UsageError
from bot.ports import Chat, Clock, Stock, Store, Tracker
from bot.services.answering import Answering
from bot.services.cards import card_of, cards_of
from bot.services.channels import Channels
from bot.services.deciding import Deciding
from bot.services.intake import begin, reason_to_leave
from bot.services.phrases import say
from bot.services.status import status

log = logging.getLogger(__name__)

_ENDED = frozenset({State.SENT, State.DISMISSED, State.OBSOLETE})


@dataclass(frozen=True, slots=True)
class Desk:
    """Serves every chat alike; a gesture that fails is answered, recorded, and never stops the next one."""

    store: Store
    stock: Stock
    trackers: Mapping[str, Tracker]
    answering: Answering
    deciding: Deciding
    channels: Channels
    clock: Clock
    new_marker: Callable[[], str]

    async def attend(self, chat: Chat) -> None:
        """Serve one chat until its people leave; gestures of different people do not wait for each other."""
        async with asyncio.TaskGroup() as group:
            async for gesture in chat.gestures():
                group.create_task(self._serve(chat, gesture))

    async def _serve(self, chat: Chat, gesture: Gesture) -> None:
        try:
            notice = await self.handle(chat, gesture)
        except BotError as error:
            notice = Notice(text=str(error), tone=Tone.REFUSED)
        except Exception as error:
            log.exception("a gesture failed", extra={"action": "gesture_failed"})
            await self._record(gesture, error)
            notice = Notice(text=say(gesture.language, "failed"), tone=Tone.REFUSED)
        await chat.acknowledge(gesture, notice)

    async def _record(self, gesture: Gesture, failure: Exception) -> None:
        detail = {"gesture": gesture.id, "error": repr(failure)}
        try:
            async with self.store.begin() as tx:
                await tx.record("gesture_failed", by=gesture.person.id, at=self.clock.now(), detail=detail)
        except BotError as error:  # the log has it, and the next gesture must still be served
            log.warning("a failure could not be recorded: %s", error, extra={"action": "record_failed"})

    async def handle(self, chat: Chat, gesture: Gesture) -> Notice:
        """What the person is told; raises a BotError whose sentence says why it cannot be done."""
        if isinstance(gesture, Decide):
            return await self.deciding.decide(gesture, chat)
        if isinstance(gesture, Missing):
            return await self.channels.missing(gesture)
        if isinstance(gesture, Standing):
            return await self.channels.standing(gesture)
        if not await chat.may_decide(gesture.person):
            raise NotAllowed(say(gesture.language, "not_allowed"))
        if isinstance(gesture, Fetch):
            return await self._fetch(gesture)
        if isinstance(gesture, Ask):
            return await self._ask(gesture)
        if isinstance(gesture, Look):
            return await self._look(gesture)
        if isinstance(gesture, Pause):
            return await self.channels.pause(gesture)
        if isinstance(gesture, Bring):
            return await self.channels.bring(gesture)
        raise TypeError(gesture)

    async def _fetch(self, gesture: Fetch) -> Notice:
        key, thread = await locate(self.trackers, gesture.target)
        if reason := reason_to_leave(thread.issue):
            phrase = "confidential" if reason in {"confidential", "service_desk"} else "closed"
            raise Refused(say(gesture.language, phrase, title=_name(thread.issue)))
        async with self.store.begin() as tx:
            known = await tx.latest(key)
            if known is None or known.state in _ENDED:
                await begin(tx, thread.issue, marker=self.new_marker(), by=gesture.person.id, clock=self.clock)
                return Notice(text=say(gesture.language, "fetched", title=_name(thread.issue)), tone=Tone.DONE)
            cards = (await card_of(tx, known, self.trackers),)
        return Notice(text=say(gesture.language, "fetched_known"), cards=cards)

    async def _ask(self, gesture: Ask) -> Notice:
        if not gesture.question.strip():
            raise UsageError(say(gesture.language, "empty_question"))
        return Notice(text="", answer=await self.answering.ask(gesture.question))

    async def _look(self, gesture: Look) -> Notice:
        match gesture.view:
            case View.WAITING:
                return await self._waiting(gesture)
            case View.NEXT:
                return await self._next(gesture)
            case View.ONE:
                return await self._one(gesture)
            case View.ISSUES:
                return await self._issues(gesture)
            case View.STATUS:
                return await self._status(gesture)
            case _:
                assert_never(gesture.view)

    async def _waiting(self, gesture: Look) -> Notice:
        async with self.store.read() as tx:
            reviews = await tx.waiting()
            cards = await cards_of(tx, reviews, self.trackers)
            counts = await tx.counts()
        waiting = sum(counts.get(state, 0) for state in (State.PENDING, State.STUCK, State.UNSENT))
        text = say(gesture.language, "waiting", count=waiting) if cards else say(gesture.language, "nothing_waits")
        return Notice(text=text, cards=cards, brief=True)

    async def _next(self, gesture: Look) -> Notice:
        async with self.store.read() as tx:
            reviews = await tx.waiting(after=gesture.review_id, limit=1) or await tx.waiting(limit=1)
            if not reviews:
                return Notice(text=say(gesture.language, "nothing_waits"))
            return Notice(text="", cards=(await card_of(tx, reviews[0], self.trackers),))

    async def _one(self, gesture: Look) -> Notice:
        async with self.store.read() as tx:
            try:
                review: Review = await tx.review(gesture.review_id)
            except Gone:
                raise Refused(say(gesture.language, "unknown_review", number=gesture.review_id)) from None
            return Notice(text="", cards=(await card_of(tx, review, self.trackers),))

    async def _issues(self, gesture: Look) -> Notice:
        async with self.store.read() as tx:
            reviews = await tx.unanswered(gesture.text.strip())
            return Notice(text="", cards=await cards_of(tx, reviews, self.trackers), brief=True)

    async def _status(self, gesture: Look) -> Notice:
        return Notice(text=await status(self.store, self.stock, self.trackers, self.clock, gesture.language))


async def locate(trackers: Mapping[str, Tracker], target: str) -> tuple[IssueKey, Thread]:
    """The issue that an address or a file names, asked of the tracker that such a target belongs to."""
    name = "gitlab" if "://" in target or "#" in target else "file"
    if name not in trackers:
        raise UsageError(f"{target!r} is an address, but no GitLab is configured; add a [gitlab] section.")
    key = await trackers[name].locate(target)
    return key, await trackers[key.tracker].thread(key)


def _name(issue: Issue) -> str:
    return f"{issue.project_name}#{issue.key.number} “{issue.title}”"
