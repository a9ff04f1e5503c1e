"""Cards that wait for their turn, digests of them, pauses, and when the posting of a review was tried last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_moment = sa.String(27)


def upgrade() -> None:
    op.add_column("reviews", sa.Column("tried_at", _moment))
    for column in (
        sa.Column("draft", sa.Integer, nullable=False, server_default="0"),
        sa.Column("held", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("losses", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", _moment),
    ):
        op.add_column("posts", column)
    # The cards that stand already show the current draft.
    op.execute(
        "UPDATE posts SET draft = (SELECT reviews.draft FROM reviews WHERE reviews.id = posts.review_id) WHERE id <> ''"
    )
    op.create_index("posts_by_id", "posts", ["chat", "id"])
    op.create_index("posts_by_turn", "posts", ["chat", "channel", "due_at"])
    op.create_table(
        "digests",
        sa.Column("chat", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(255), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("id", sa.String(255), nullable=False, server_default=""),
        sa.Column("shown", sa.Text, nullable=False, server_default=""),
        sa.Column("attempt_at", _moment),
    )
    op.create_table(
        "pauses",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", _moment, nullable=False),
    )
