"""What does not work and was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "troubles",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("told", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("over", sa.Boolean, nullable=False, server_default=sa.false()),
    )
