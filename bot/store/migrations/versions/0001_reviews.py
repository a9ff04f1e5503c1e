"""Reviews with all that belongs to them, cursors, and the append-only events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.String(27)


def _of_review() -> sa.Column[int]:
    return sa.Column("review_id", _id, sa.ForeignKey("reviews.id"), primary_key=True)


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("tracker", sa.String(64), nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rev", sa.Integer, nullable=False),
        sa.Column("draft", sa.Integer, nullable=False, server_default="0"),
        sa.Column("marker", sa.String(64), nullable=False, unique=True),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("posted_rev", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("updated_at", _moment, nullable=False),
        sa.Column("due_at", _moment),
        sa.Column("issue", sa.Text, nullable=False),
        sa.UniqueConstraint("tracker", "project", "number", "round", name="one_review_a_round"),
        sqlite_autoincrement=True,
    )
    op.create_index("reviews_by_state", "reviews", ["state", "id"])
    _partial_index("reviews_due", "due_at", "due_at IS NOT NULL")
    _partial_index("reviews_unposted", "updated_at", "posted_rev < rev")
    op.create_table(
        "drafts",
        _of_review(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("gesture", sa.String(255), nullable=False, unique=True),
        sa.Column("review_id", _id, sa.ForeignKey("reviews.id"), nullable=False, index=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "attempts",
        _of_review(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", _moment, nullable=False),
    )
    op.create_table("replies", _of_review(), sa.Column("value", sa.Text, nullable=False))
    op.create_table(
        "posts",
        _of_review(),
        sa.Column("chat", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(255), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("id", sa.String(255), nullable=False, server_default=""),
        sa.Column("rev", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempt_at", _moment),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("at", _moment, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("review_id", _id, sa.ForeignKey("reviews.id"), index=True),
        sa.Column("at", _moment, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default="{}"),
        sqlite_autoincrement=True,
    )
    _append_only("events")


def _partial_index(name: str, column: str, where: str) -> None:
    op.create_index(name, "reviews", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} are append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
    )
