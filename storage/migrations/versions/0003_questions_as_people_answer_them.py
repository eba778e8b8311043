"""Questions as people answer them: without a name, edited, tried, followed; and what finding can be narrowed by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default="")


def _number(name: str, default: int) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=str(default))


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def upgrade() -> None:
    for column in (
        _flag("anonymous"),
        _number("rev", 1),
        sa.Column("edited_at", types.UTCDateTime(), nullable=True),
        _number("rounds", 0),
        _text("closed_because"),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
    ):
        op.add_column("question", column)
    for column in (
        _text("setting"),
        _text("consent"),
        _number("rev", 1),
        sa.Column("edited_at", types.UTCDateTime(), nullable=True),
    ):
        op.add_column("answer", column)
    op.add_column("replier", _text("first_message"))
    op.add_column("invitation", sa.Column("reminded_at", types.UTCDateTime(), nullable=True))
    op.add_column("place", _flag("readable"))
    op.add_column("community", sa.Column("asking", types.JSONValue, nullable=True))
    op.add_column("community", sa.Column("alike_enough", sa.Double(), nullable=False, server_default="0.6"))
    op.add_column("search_doc", sa.Column("author_id", sa.Integer(), nullable=True))
    op.add_column("search_doc", sa.Column("created_at", types.UTCDateTime(), nullable=True))
    op.add_column("search_doc", sa.Column("outcome", sa.Double(), nullable=False, server_default="0"))
    op.create_table(
        "search_tag",
        sa.Column("doc_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["doc_id"], ["search_doc.id"], name=op.f("fk_search_tag_doc_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("doc_id", "tag", name=op.f("pk_search_tag")),
    )
    op.create_index(op.f("ix_search_tag_tag"), "search_tag", ["tag"], unique=False)
    op.create_table(
        "question_link",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_link_question_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["question.id"], name=op.f("fk_question_link_target_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_question_link_member_id")),
        sa.PrimaryKeyConstraint("question_id", "target_id", name=op.f("pk_question_link")),
    )
    op.create_index(op.f("ix_question_link_target_id"), "question_link", ["target_id"], unique=False)
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_remark_question_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_remark_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_remark_question_id"), "remark", ["question_id"], unique=False)
    op.create_table(
        "trial",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("setting", sa.String(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_trial_member_id")),
        sa.PrimaryKeyConstraint("kind", "subject", "member_id", name=op.f("pk_trial")),
    )
    op.create_table(
        "follow",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_follow_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", "kind", "subject", name=op.f("pk_follow")),
    )
    op.create_index(op.f("ix_follow_kind_subject"), "follow", ["kind", "subject"], unique=False)
