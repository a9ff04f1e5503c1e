"""Issues of the past with their answers, other phrasings of passages, which reviews were learned, training jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("tracker", sa.String(64), primary_key=True),
        sa.Column("project", sa.String(64), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text, nullable=False, unique=True),
        sa.Column("stamp", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False, index=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("digest", sa.String(32), nullable=False, index=True),
    )
    op.create_table(
        "phrasings",
        sa.Column("passage", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Index("phrasings_by_source", "source"),
    )
    op.create_table(
        "lessons",
        sa.Column("review_id", _id, sa.ForeignKey("reviews.id"), primary_key=True),
        sa.Column("at", _moment, nullable=False),
    )
    op.create_table(
        "trainings",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("value", sa.Text, nullable=False),
    )
