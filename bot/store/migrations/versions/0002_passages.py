"""Passages, the full-text index over their stems, and in how many passages each stem stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "passages",
        sa.Column("row", _id, primary_key=True, autoincrement=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False, index=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("title_stems", sa.Text, nullable=False),
        sa.Column("body_stems", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "stems",
        sa.Column("stem", sa.Text, primary_key=True),
        sa.Column("passages", sa.Integer, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        # The words come stemmed and folded; the index must only keep identifiers in one piece.
        op.execute(
            "CREATE VIRTUAL TABLE passages_index USING fts5(title, body, "
            "tokenize = \"unicode61 remove_diacritics 2 tokenchars '._'\")"
        )
    else:
        op.execute(
            "CREATE INDEX passages_index ON passages USING gin "
            "((setweight(array_to_tsvector(string_to_array(title_stems, ' ')), 'A') || "
            "array_to_tsvector(string_to_array(body_stems, ' '))))"
        )
