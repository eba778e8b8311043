"""A community's items can be read from the newest on"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_search_doc_community_id"), table_name="search_doc")
    op.create_index("ix_search_doc_community_id_id", "search_doc", ["community_id", "id"], unique=False)
