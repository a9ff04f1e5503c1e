"""A person's verdict: allowed, on what they saw, once; then the row moves and the next job is enqueued."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import unified_diff
from typing import Any

from bot.domain.card import Post
from bot.domain.gesture import Decide, Notice, Tone
from bot.domain.outgoing import hosts_in, make_safe
from bot.domain.review import Decision, Draft, DraftStatus, Review, State, Verdict
from bot.errors import Gone, NotAllowed, Overtaken, Refused, StaleDraft
from bot.ports import Chat, Clock, Job, JobKind, Store, Tracker, Transaction
from bot.services.answering import Policy, text_warnings
from bot.services.cards import card_of
from bot.services.phrases import say

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Never calls a tracker: the person is answered at once, the engine does the rest.

    The leases say how long a delivery or a draft may take before another job looks after the row.
    """

    store: Store
    trackers: Mapping[str, Tracker]
    clock: Clock
    policy: Policy
    lease: timedelta
    drafting_lease: timedelta

    async def decide(self, gesture: Decide, chat: Chat) -> Notice:
        """Carry out one verdict. Refused and its kin say why nothing was done."""
        if not await chat.may_decide(gesture.person):
            await self._record_refusal(gesture)
            raise NotAllowed(say(gesture.language, "not_allowed"))
        try:
            gesture = await self._named(gesture)
            async with self.store.begin() as tx:
                return await self._carry_out(tx, gesture)
        except Gone:
            raise Refused(say(gesture.language, "unknown_review", number=gesture.review_id)) from None
        except Overtaken:
            async with self.store.read() as tx:
                raise Refused(await self._too_late(tx, await tx.review(gesture.review_id), gesture)) from None

    async def _named(self, gesture: Decide) -> Decide:
        """What a reaction or a reply is about: the review and the draft that stand on its card."""
        if gesture.review_id:
            return gesture
        async with self.store.read() as tx:
            post = await tx.post_at(gesture.chat, gesture.post)
        if post is None:
            raise Refused(say(gesture.language, "no_card_there"))
        return replace(gesture, review_id=post.review_id, draft=post.draft)

    async def _carry_out(self, tx: Transaction, gesture: Decide) -> Notice:
        review = await tx.review(gesture.review_id)
        if gesture.post and not _stands_there(gesture, await tx.posts(review.id)):
            raise Refused(say(gesture.language, "other_card"))
        if not review.allows(gesture.verdict):
            raise Refused(await self._too_late(tx, review, gesture))
        if review.draft != gesture.draft:
            raise StaleDraft(say(gesture.language, "stale_draft", seen=gesture.draft, current=review.draft))
        if not await tx.add_decision(self._decision(gesture)):
            return Notice(text="", tone=Tone.INFO)  # the same event delivered again: already answered
        match gesture.verdict:
            case Verdict.APPROVE:
                return await self._approve(tx, review, gesture)
            case Verdict.EDIT:
                return await self._edit(tx, review, gesture)
            case Verdict.REGENERATE:
                due = self.clock.now() + self.drafting_lease
                await self._move(tx, review, State.DRAFTING, gesture, JobKind.DRAFT, due_at=due)
                return _done(gesture, "regenerating")
            case Verdict.DISMISS:
                await self._move(tx, review, State.DISMISSED, gesture)
                return _done(gesture, "dismissed")
            case Verdict.UNDO:
                await self._move(tx, review, State.PENDING, gesture, JobKind.REVISIT)
                return _done(gesture, "undone", draft=review.draft)

    async def _approve(self, tx: Transaction, review: Review, gesture: Decide) -> Notice:
        card = await card_of(tx, review, self.trackers)
        if card.no_replies:
            raise Refused(card.no_replies)
        if Verdict.APPROVE not in card.verdicts or card.draft is None:
            raise Refused(say(gesture.language, "nothing_to_send"))
        due = self.clock.now() + self.lease
        detail = {"draft": card.draft.number, "sha256": card.draft.sha256}
        await self._move(tx, review, State.APPROVED, gesture, JobKind.DELIVER, due_at=due, detail=detail)
        return _done(gesture, "approved", draft=review.draft)

    async def _edit(self, tx: Transaction, review: Review, gesture: Decide) -> Notice:
        before = await tx.draft(review.id, review.draft) if review.draft else None
        draft = self._edited(review, before, gesture)
        if not draft.body:
            raise Refused(say(gesture.language, "empty_edit"))
        if before is not None and draft.body == before.body:
            raise Refused(say(gesture.language, "unchanged", draft=before.number))
        await tx.add_draft(draft)
        detail = {"sha256": draft.sha256, **_changed_lines(before.body if before else "", draft.body)}
        await self._move(tx, review, State.PENDING, gesture, draft=draft.number, detail=detail)
        return _done(gesture, "edited", draft=draft.number)

    def _edited(self, review: Review, before: Draft | None, gesture: Decide) -> Draft:
        """The person's text through the same exit filter; hosts they typed themselves may be linked."""
        base = before or Draft(
            review_id=review.id, number=0, body="", status=DraftStatus.ANSWER, author="", at=self.clock.now()
        )
        typed = hosts_in(gesture.text) - hosts_in(base.text)
        allowed = replace(base.allowed, hosts=base.allowed.hosts | typed)
        footer = self.policy.footer(base.language or gesture.language)
        outgoing = make_safe(gesture.text, allowed=allowed, footer=footer, marker=review.marker)
        return replace(
            base,
            number=base.number + 1,
            since=0,
            differences=(),
            body=outgoing.body,
            text=gesture.text,
            status=DraftStatus.ANSWER,
            author=gesture.person.name,
            by_person=True,
            at=self.clock.now(),
            warnings=text_warnings(outgoing),
            usage=None,
        )

    async def _move(
        self,
        tx: Transaction,
        review: Review,
        to: State,
        gesture: Decide,
        then: JobKind | None = None,
        *,
        draft: int | None = None,
        due_at: datetime | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        by, at = gesture.person.id, self.clock.now()
        decided = {"verdict": gesture.verdict, "decided_on": review.draft, "chat": gesture.chat}
        moved = await tx.move(review, to, by=by, at=at, draft=draft, due_at=due_at, detail=decided | (detail or {}))
        for kind in (then, JobKind.POST):
            if kind is not None:
                await tx.enqueue(Job(kind=kind, review_id=moved.id, rev=moved.rev))
        log.info("%s by %s", gesture.verdict, by, extra={"action": f"decision_{gesture.verdict}"})

    def _decision(self, gesture: Decide) -> Decision:
        return Decision(
            gesture=gesture.id,
            review_id=gesture.review_id,
            draft=gesture.draft,
            verdict=gesture.verdict,
            reviewer=gesture.person.id,
            reviewer_name=gesture.person.name,
            chat=gesture.chat,
            at=self.clock.now(),
            text=gesture.text,
        )

    async def _too_late(self, tx: Transaction, review: Review, gesture: Decide) -> str:
        last = await tx.last_decision(review.id)
        name, verdict = (last.reviewer_name, last.verdict) if last else ("", "")
        who = say(gesture.language, "decided_by", name=name, verdict=verdict) if last else ""
        return say(gesture.language, "too_late", state=review.state, who=who)

    async def _record_refusal(self, gesture: Decide) -> None:
        with suppress(Refused):
            gesture = await self._named(gesture)
        detail = {"verdict": gesture.verdict, "draft": gesture.draft, "gesture": gesture.id}
        async with self.store.begin() as tx:
            try:
                await tx.review(gesture.review_id)
            except Gone:
                return
            at = self.clock.now()
            await tx.record("refused", by=gesture.person.id, at=at, review_id=gesture.review_id, detail=detail)


def _stands_there(gesture: Decide, posts: Sequence[Post]) -> bool:
    """Whether the card that was clicked is one of this review's; one that was just posted has no id here yet."""
    here = [post for post in posts if post.chat == gesture.chat]
    return any(post.id in {gesture.post, ""} and not post.held for post in here)


def _changed_lines(before: str, after: str) -> dict[str, int]:
    """How much an edit changed, for the audit trail."""
    changed = list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    return {f"lines_{word}": sum(line[:1] == sign for line in changed) for word, sign in (("gone", "-"), ("new", "+"))}


def _done(gesture: Decide, phrase: str, **fields: object) -> Notice:
    return Notice(text=say(gesture.language, phrase, **fields), tone=Tone.DONE)
