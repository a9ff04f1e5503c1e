"""One index of terms, the same on both databases, and counts that make a large stock as quick as a small one.

Passages are taken apart in another way than before, so the stock is emptied. Learning fills it again: files at the
next start, and every issue and reply of the past anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TABLE passages_index")
    else:
        op.execute("DROP INDEX passages_index")
    op.drop_table("stems")
    op.execute("DELETE FROM passages")
    op.execute("UPDATE history SET stamp = ''")
    op.execute("DELETE FROM lessons")
    op.add_column("passages", sa.Column("length", sa.Integer, nullable=False, server_default="0"))
    op.add_column("passages", sa.Column("kinds", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "terms",
        sa.Column("term", sa.Text, primary_key=True),
        sa.Column("passages", sa.Integer, nullable=False),
    )
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    if sqlite:
        # Only which passage holds which term is asked for; what the terms were can be told from the passage.
        op.execute(
            "CREATE VIRTUAL TABLE passages_index USING fts5(terms, content='', detail=none, columnsize=0, "
            "tokenize = \"ascii tokenchars '._=#~'\")"
        )
    else:
        op.execute("CREATE TABLE passages_index (row BIGINT PRIMARY KEY, terms TEXT[] NOT NULL)")
        op.execute("CREATE INDEX passages_terms ON passages_index USING gin (terms) WITH (fastupdate = off)")
