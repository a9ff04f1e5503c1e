"""Where cards stand, and how far trackers were read."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.card import Post
from bot.errors import Overtaken
from bot.store.tables import cursors, posts


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

    async def save_post(self, post: Post) -> None:
        same = (
            posts.c.review_id == post.review_id,
            posts.c.chat == post.chat,
            posts.c.channel == post.channel,
        )
        values = {"key": post.key, "id": post.id, "rev": post.rev, "attempt_at": post.attempt_at}
        await self.conn.execute(update(posts).where(*same).values(values))

    async def cursor(self, name: str) -> str | None:
        return (await self.conn.execute(select(cursors.c.value).where(cursors.c.name == name))).scalar_one_or_none()

    async def save_cursor(self, name: str, value: str, at: datetime) -> None:
        await self.conn.execute(delete(cursors).where(cursors.c.name == name))
        await self.conn.execute(insert(cursors).values(name=name, value=value, at=at))
