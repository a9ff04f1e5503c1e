"""When the threads of reviews are read again though nobody asks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "revisits",
        sa.Column("review_id", _id, sa.ForeignKey("reviews.id"), primary_key=True),
        sa.Column("due_at", _moment, nullable=False),
        sa.Column("missing_since", _moment),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index("revisits_due", "revisits", ["due_at"])
    # What waited before this version is looked at once, at the first sweep.
    op.execute(
        "INSERT INTO revisits (review_id, due_at) SELECT id, updated_at FROM reviews "
        "WHERE state IN ('pending', 'stuck', 'unsent')"
    )
