"""Where cards stand, and how far trackers were read."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.card import Post
from bot.store.tables import cursors, posts


class PostRows:
    """The part of a transaction that deals with posts and cursors."""

    conn: AsyncConnection

    async def posts(self, review_id: int) -> list[Post]:
        rows = await self.conn.execute(select(posts).where(posts.c.review_id == review_id))
        return [Post(**row._mapping) for row in rows]

    async def save_post(self, post: Post) -> None:
        same = (
            posts.c.review_id == post.review_id,
            posts.c.chat == post.chat,
            posts.c.channel == post.channel,
        )
        await self.conn.execute(delete(posts).where(*same))
        await self.conn.execute(insert(posts).values(asdict(post)))

    async def cursor(self, name: str) -> str | None:
        return (await self.conn.execute(select(cursors.c.value).where(cursors.c.name == name))).scalar_one_or_none()

    async def save_cursor(self, name: str, value: str, at: datetime) -> None:
        await self.conn.execute(delete(cursors).where(cursors.c.name == name))
        await self.conn.execute(insert(cursors).values(name=name, value=value, at=at))
