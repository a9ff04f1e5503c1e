"""Review rows: the one UPDATE that changes a state, and the questions asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.audience import LEFT_OUT
from bot.domain.issue import Issue, IssueKey
from bot.domain.review import IN_MOTION, Review, State
from bot.errors import Gone, Overtaken
from bot.store.events import append
from bot.store.rows import pack, storable, unpack
from bot.store.tables import lessons, posts, reviews

WAITING = (State.PENDING, State.STUCK, State.UNSENT)
_UNANSWERED = tuple(state for state in State if state not in {State.SENT, State.OBSOLETE})
_TO_SEND = (State.APPROVED, State.SENDING)
_LOOKED_THROUGH = 500


class ReviewRows:
    """The part of a transaction that deals with reviews."""

    conn: AsyncConnection

    async def add_review(
        self, issue: Issue, *, marker: str, by: str, at: datetime, due_at: datetime | None = None
    ) -> Review:
        last = await self.latest(issue.key)
        values = {
            "tracker": issue.key.tracker,
            "project": issue.key.project,
            "number": issue.key.number,
            "round": last.round + 1 if last else 1,
            "state": State.NEW,
            "rev": 1,
            "marker": marker,
            "created_at": at,
            "updated_at": at,
            "due_at": due_at,
            "issue": pack(issue),
            "author": issue.author.id[:64],
        }
        try:
            result = await self.conn.execute(insert(reviews).values(values).returning(reviews))
        except IntegrityError as error:
            raise Overtaken(f"Somebody else began a review of {issue.key} at the same moment.") from error
        review = review_of(result.one())
        await append(self.conn, "new", by=by, at=at, review_id=review.id, detail={"round": review.round})
        return review

    async def review(self, review_id: int) -> Review:
        found = await self._all(select(reviews).where(reviews.c.id == review_id))
        if not found:
            raise Gone(f"There is no review {review_id}.")
        return found[0]

    async def latest(self, key: IssueKey) -> Review | None:
        query = (
            select(reviews)
            .where(reviews.c.tracker == key.tracker, reviews.c.project == key.project, reviews.c.number == key.number)
            .order_by(reviews.c.round.desc())
            .limit(1)
        )
        found = await self._all(query)
        return found[0] if found else None

    async def begun_since(self, tracker: str, since: datetime, author: str = "") -> int:
        here = [reviews.c.tracker == tracker, reviews.c.created_at > since, reviews.c.problem.not_in(LEFT_OUT)]
        if author:
            here.append(reviews.c.author == author[:64])
        return (await self.conn.execute(select(func.count()).select_from(reviews).where(*here))).scalar_one()

    async def waiting(self, *, after: int = 0, limit: int = 50) -> list[Review]:
        query = select(reviews).where(reviews.c.state.in_(WAITING), reviews.c.id > after)
        return await self._all(query.order_by(reviews.c.id).limit(limit))

    async def due(self, now: datetime, limit: int = 100) -> list[Review]:
        query = select(reviews).where(reviews.c.due_at <= now, reviews.c.state.in_(tuple(IN_MOTION)))
        return await self._all(query.order_by(reviews.c.due_at).limit(limit))

    async def is_behind(self, review: Review) -> bool:
        older = (*_same_project(review), reviews.c.id < review.id, reviews.c.failures > 0)
        query = select(reviews.c.id).where(*older, reviews.c.state.in_(_TO_SEND)).limit(1)
        return (await self.conn.execute(query)).first() is not None

    async def next_to_send(self, review: Review) -> Review | None:
        others = (*_same_project(review), reviews.c.id != review.id, reviews.c.state.in_(_TO_SEND))
        found = await self._all(select(reviews).where(*others).order_by(reviews.c.id).limit(1))
        return found[0] if found else None

    async def unposted(self, before: datetime, limit: int = 100) -> list[Review]:
        last = func.coalesce(reviews.c.tried_at, reviews.c.updated_at)
        query = select(reviews).where(reviews.c.posted_rev < reviews.c.rev, last < before)
        return await self._all(query.order_by(last).limit(limit))

    async def unanswered(self, text: str, limit: int = 25) -> list[Review]:
        """The database looks through the packed issue; what it finds elsewhere than in the name is dropped here."""
        query = select(reviews).where(reviews.c.state.in_(_UNANSWERED))
        number = text.rpartition("#")[2]
        if number.isdigit():
            query = query.where(cast(reviews.c.number, Text).startswith(number))
        elif text:
            query = query.where(reviews.c.issue.icontains(text, autoescape=True))
        found = await self._all(query.order_by(reviews.c.id.desc()).limit(_LOOKED_THROUGH))
        return [review for review in found if text.casefold() in _name(review).casefold()][:limit]

    async def unlearned(self, *, after: int = 0, limit: int = 50) -> list[Review]:
        learned = select(lessons.c.review_id)
        query = select(reviews).where(reviews.c.state == State.SENT, reviews.c.id > after, reviews.c.id.not_in(learned))
        return await self._all(query.order_by(reviews.c.id).limit(limit))

    async def counts(self) -> dict[State, int]:
        rows = await self.conn.execute(select(reviews.c.state, func.count()).group_by(reviews.c.state))
        return {State(state): count for state, count in rows}

    async def move(
        self,
        review: Review,
        to: State,
        *,
        by: str,
        at: datetime,
        draft: int | None = None,
        problem: str = "",
        due_at: datetime | None = None,
        failures: int = 0,
        issue: Issue | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Review:
        moved = review.moved(to, at=at)
        values: dict[str, Any] = {
            "state": to,
            "rev": moved.rev,
            "updated_at": at,
            "due_at": due_at,
            "problem": storable(problem),
            "failures": failures,
            "draft": review.draft if draft is None else draft,
            "tried_at": None,
        }
        if issue is not None:
            values["issue"] = pack(issue)
        after = await self._swap(review, values)
        known = {"from": review.state, "to": to, "rev": moved.rev, "draft": after.draft, "problem": problem}
        await append(self.conn, "moved", by=by, at=at, review_id=review.id, detail={**known, **(detail or {})})
        return after

    async def postpone(self, review: Review, due_at: datetime, *, failures: int, problem: str = "") -> None:
        await self._swap(review, {"due_at": due_at, "failures": failures, "problem": storable(problem)})

    async def refresh(self, review: Review, issue: Issue) -> None:
        await self._swap(review, {"issue": pack(issue)})

    async def renew(self, review: Review) -> Review:
        return await self._swap(review, {"rev": review.rev + 1, "tried_at": None})

    async def mark_posted(self, review_id: int, rev: int) -> None:
        where = (reviews.c.id == review_id, reviews.c.posted_rev < rev)
        await self.conn.execute(update(reviews).where(*where).values(posted_rev=rev))

    async def mark_unposted(self, review_id: int) -> None:
        await self.conn.execute(update(reviews).where(reviews.c.id == review_id).values(posted_rev=0))
        await self.conn.execute(update(posts).where(posts.c.review_id == review_id).values(rev=0))

    async def mark_tried(self, review_id: int, at: datetime) -> None:
        await self.conn.execute(update(reviews).where(reviews.c.id == review_id).values(tried_at=at))

    async def _swap(self, review: Review, values: dict[str, Any]) -> Review:
        same: tuple[ColumnElement[bool], ...] = (reviews.c.id == review.id, reviews.c.rev == review.rev)
        row = (await self.conn.execute(update(reviews).where(*same).values(values).returning(reviews))).one_or_none()
        if row is None:
            raise Overtaken(f"Review {review.id} has moved on since it was read.")
        return review_of(row)

    async def _all(self, query: Select[Any]) -> list[Review]:
        return [review_of(row) for row in await self.conn.execute(query)]


def _same_project(review: Review) -> tuple[ColumnElement[bool], ...]:
    return (reviews.c.tracker == review.key.tracker, reviews.c.project == review.key.project)


def _name(review: Review) -> str:
    return f"{review.issue.project_name}#{review.key.number} {review.issue.title}"


def review_of(row: Row[Any]) -> Review:
    """A row of the table `reviews` as a value."""
    return Review(
        id=row.id,
        issue=unpack(Issue, row.issue),
        round=row.round,
        state=State(row.state),
        rev=row.rev,
        draft=row.draft,
        marker=row.marker,
        created_at=row.created_at,
        updated_at=row.updated_at,
        due_at=row.due_at,
        problem=row.problem,
        failures=row.failures,
    )
