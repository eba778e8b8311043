"""What a shared item was saved from, who asked its author to share it more widely, and which tags members follow"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("origin", sa.String(), nullable=True))
    op.create_index(op.f("ix_item_space_id_origin"), "item", ["space_id", "origin"], unique=True)
    op.create_table(
        "widening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("answered_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_widening_item_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_widening_place_id")),
        sa.ForeignKeyConstraint(["asked_by"], ["member.id"], name=op.f("fk_widening_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_widening")),
        sa.UniqueConstraint("item_id", "place_id", name=op.f("uq_widening_item_id_place_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tag_follow",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_tag_follow_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "tag", name=op.f("pk_tag_follow")),
    )
    op.create_index(op.f("ix_tag_follow_tag"), "tag_follow", ["tag"], unique=False)
    op.add_column("community", sa.Column("clinical", sa.Boolean(), server_default=sa.false(), nullable=False))
