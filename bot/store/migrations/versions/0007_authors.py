"""Who opened the issue of a review, so that drafts a day can be counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reviews", sa.Column("author", sa.String(64), nullable=False, server_default=""))
    op.create_index("reviews_by_time", "reviews", ["tracker", "created_at"])
