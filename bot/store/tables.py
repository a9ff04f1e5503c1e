"""The tables of the truth, the same on SQLite and PostgreSQL. Migrations create them; a test compares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC, kept as fixed-width text: it sorts, and both databases give back what was stored."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


metadata = MetaData()

# SQLite counts up by itself only for the type INTEGER.
_Id = BigInteger().with_variant(Integer(), "sqlite")

reviews = Table(
    "reviews",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("tracker", String(64), nullable=False),
    Column("project", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("round", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("rev", Integer, nullable=False),
    Column("draft", Integer, nullable=False, server_default="0"),
    Column("marker", String(64), nullable=False, unique=True),
    Column("problem", Text, nullable=False, server_default=""),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("posted_rev", Integer, nullable=False, server_default="0"),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("tried_at", Moment),
    Column("issue", Text, nullable=False),
    Column("author", String(64), nullable=False, server_default=""),
    UniqueConstraint("tracker", "project", "number", "round", name="one_review_a_round"),
    Index("reviews_by_state", "state", "id"),
    Index("reviews_by_time", "tracker", "created_at"),
    Index(
        "reviews_due", "due_at", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")
    ),
    Index(
        "reviews_unposted",
        "updated_at",
        sqlite_where=text("posted_rev < rev"),
        postgresql_where=text("posted_rev < rev"),
    ),
    sqlite_autoincrement=True,
)

drafts = Table(
    "drafts",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("value", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("gesture", String(255), nullable=False, unique=True),
    Column("review_id", _Id, ForeignKey("reviews.id"), nullable=False, index=True),
    Column("verdict", String(16), nullable=False),
    Column("value", Text, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
)

revisits = Table(
    "revisits",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("due_at", Moment, nullable=False),
    Column("missing_since", Moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Index("revisits_due", "due_at"),
)

replies = Table(
    "replies",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("value", Text, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("value", Text, nullable=False),
)

posts = Table(
    "posts",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("chat", String(64), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("id", String(255), nullable=False, server_default=""),
    Column("rev", Integer, nullable=False, server_default="0"),
    Column("draft", Integer, nullable=False, server_default="0"),
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("due_at", Moment),
    Column("attempt_at", Moment),
    Index("posts_by_id", "chat", "id"),
    Index("posts_by_turn", "chat", "channel", "due_at"),
)

digests = Table(
    "digests",
    metadata,
    Column("chat", String(64), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("id", String(255), nullable=False, server_default=""),
    Column("shown", Text, nullable=False, server_default=""),
    Column("attempt_at", Moment),
)

pauses = Table(
    "pauses",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

troubles = Table(
    "troubles",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("sentence", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("told", Boolean, nullable=False, server_default=false()),
    Column("over", Boolean, nullable=False, server_default=false()),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("received_at", Moment, nullable=False, index=True),
    Column("tracker", String(64), nullable=False),
    Column("project", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("done_at", Moment),
    Index("deliveries_open", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("review_id", _Id, ForeignKey("reviews.id"), index=True),
    Column("at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("detail", Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)

history = Table(
    "history",
    metadata,
    Column("tracker", String(64), primary_key=True),
    Column("project", String(64), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False, unique=True),
    Column("stamp", Text, nullable=False),
    Column("value", Text, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("author", Text, nullable=False),
    Column("digest", String(32), nullable=False, index=True),
)

phrasings = Table(
    "phrasings",
    metadata,
    Column("passage", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Index("phrasings_by_source", "source"),
)

lessons = Table(
    "lessons",
    metadata,
    Column("review_id", _Id, ForeignKey("reviews.id"), primary_key=True),
    Column("at", Moment, nullable=False),
)

trainings = Table(
    "trainings",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("value", Text, nullable=False),
)
