"""Where cards stand, what holds them back, and how far trackers were read."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.card import Digest, Post
from bot.domain.review import Review
from bot.errors import Overtaken
from bot.store.reviews import WAITING, review_of
from bot.store.tables import cursors, digests, pauses, posts, reviews


class PostRows:
    """The part of a transaction that deals with posts and cursors."""

    conn: AsyncConnection

    async def posts(self, review_id: int) -> list[Post]:
        rows = await self.conn.execute(select(posts).where(posts.c.review_id == review_id))
        return [Post(**row._mapping) for row in rows]

    async def add_post(self, post: Post) -> None:
        try:
            await self.conn.execute(insert(posts).values(asdict(post)))
        except IntegrityError as error:
            raise Overtaken(f"The card of review {post.review_id} is being posted by somebody else.") from error

    async def save_post(self, post: Post, *, key: str | None = None) -> None:
        same = (
            posts.c.review_id == post.review_id,
            posts.c.chat == post.chat,
            posts.c.channel == post.channel,
            posts.c.key == (key or post.key),
        )
        found = await self.conn.execute(update(posts).where(*same).values(asdict(post)))
        if not found.rowcount:
            raise Overtaken(f"The card of review {post.review_id} was deleted in {post.channel} meanwhile.")

    async def post_at(self, chat: str, post_id: str) -> Post | None:
        query = select(posts).where(posts.c.chat == chat, posts.c.id == post_id)
        row = (await self.conn.execute(query)).one_or_none() if post_id else None
        return None if row is None else Post(**row._mapping)

    async def held(self, chat: str, channel: str, limit: int) -> tuple[list[Review], int]:
        here = (posts.c.chat == chat, posts.c.channel == channel, posts.c.held, reviews.c.state.in_(WAITING))
        both = posts.join(reviews, posts.c.review_id == reviews.c.id)
        rows = await self.conn.execute(
            select(reviews).select_from(both).where(*here).order_by(reviews.c.id).limit(limit)
        )
        total = await self.conn.execute(select(func.count()).select_from(both).where(*here))
        return [review_of(row) for row in rows], total.scalar_one()

    async def turns_since(self, chat: str, channel: str, since: datetime) -> int:
        here = (posts.c.chat == chat, posts.c.channel == channel, posts.c.due_at >= since)
        return (await self.conn.execute(select(func.count()).select_from(posts).where(*here))).scalar_one()

    async def digest(self, chat: str, channel: str) -> Digest | None:
        query = select(digests).where(digests.c.chat == chat, digests.c.channel == channel)
        row = (await self.conn.execute(query)).one_or_none()
        return None if row is None else Digest(**row._mapping)

    async def save_digest(self, digest: Digest) -> None:
        here = (digests.c.chat == digest.chat, digests.c.channel == digest.channel)
        await self.conn.execute(delete(digests).where(*here))
        await self.conn.execute(insert(digests).values(asdict(digest)))

    async def pauses(self) -> frozenset[str]:
        return frozenset(await self.conn.scalars(select(pauses.c.name)))

    async def save_pause(self, name: str, *, on: bool, by: str, at: datetime) -> bool:
        if on == (name in await self.pauses()):
            return False
        await self.conn.execute(
            insert(pauses).values(name=name, by=by, at=at) if on else delete(pauses).where(pauses.c.name == name)
        )
        return True

    async def cursor(self, name: str) -> str | None:
        return (await self.conn.execute(select(cursors.c.value).where(cursors.c.name == name))).scalar_one_or_none()

    async def save_cursor(self, name: str, value: str, at: datetime) -> None:
        await self.conn.execute(delete(cursors).where(cursors.c.name == name))
        await self.conn.execute(insert(cursors).values(name=name, value=value, at=at))
