"""In the index of words each term begins with its community; what very large communities keep is counted now and then"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_size",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_search_size_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_search_size")),
    )
    op.create_table(
        "search_common",
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_search_common_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", "term", name=op.f("pk_search_common")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _index_words_on_sqlite()
    else:
        op.execute("ALTER TABLE search_doc DROP COLUMN words")
        op.execute(
            "ALTER TABLE search_doc ADD COLUMN words tsvector "
            f"GENERATED ALWAYS AS (to_tsvector('simple', {_words('')})) STORED"
        )
        op.execute("CREATE INDEX ix_search_doc_words ON search_doc USING gin (words) WITH (fastupdate = off)")


def _words(row: str) -> str:
    """The terms of a row, each beginning with "c", its community and "x"."""
    prefix = f"'c' || CAST({row}community_id AS text) || 'x'"
    return f"{prefix} || replace({row}terms, ' ', ' ' || {prefix})"


def _index_words_on_sqlite() -> None:
    """Only a change of the words is one for the index: what came of an item changes more often."""
    for trigger in ("search_doc_added", "search_doc_removed", "search_doc_changed"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE search_fts")
    op.execute(f"CREATE VIEW search_words AS SELECT id, {_words('')} AS terms FROM search_doc")
    op.execute(
        "CREATE VIRTUAL TABLE search_fts USING fts5 (terms, content='search_words', content_rowid='id', tokenize='unicode61')"
    )
    op.execute("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")
    adds = f"INSERT INTO search_fts (rowid, terms) VALUES (new.id, {_words('new.')});"
    removes = f"INSERT INTO search_fts (search_fts, rowid, terms) VALUES ('delete', old.id, {_words('old.')});"
    op.execute(f"CREATE TRIGGER search_doc_added AFTER INSERT ON search_doc BEGIN {adds} END")
    op.execute(f"CREATE TRIGGER search_doc_removed AFTER DELETE ON search_doc BEGIN {removes} END")
    op.execute(
        "CREATE TRIGGER search_doc_changed AFTER UPDATE OF id, community_id, terms ON search_doc "
        f"BEGIN {removes} {adds} END"
    )
