"""What webhooks delivered: which issue is to be looked at, and since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.String(27)


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", _id, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(255), nullable=False, unique=True),
        sa.Column("received_at", _moment, nullable=False, index=True),
        sa.Column("tracker", sa.String(64), nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("done_at", _moment),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "deliveries_open",
        "deliveries",
        ["id"],
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
