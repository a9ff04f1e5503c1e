"""How replies landed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("review_id", _id, sa.ForeignKey("reviews.id"), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
