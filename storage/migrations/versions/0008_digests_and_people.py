"""Digests, what is put forward for them and what is counted; profiles, linked accounts; who looks after a channel, who is blocked
or erased"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erased_account",
        sa.Column("account_hash", sa.String(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_hash", name=op.f("pk_erased_account")),
    )
    op.create_table(
        "digest_channel",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_digest_channel_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_digest_channel_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "space_id", name=op.f("pk_digest_channel")),
    )
    op.create_table(
        "digest_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_digest_issue_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_issue")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_digest_issue_member_id"), "digest_issue", ["member_id"], unique=False)
    op.create_table(
        "digest_plan",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("every", sa.String(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("kinds", types.JSONValue, nullable=False),
        sa.Column("tags", types.JSONValue, nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("made_at", types.UTCDateTime(), nullable=False),
        sa.Column("built_at", types.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_digest_plan_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_digest_plan")),
    )
    op.create_table(
        "digest_taste",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("feature", sa.String(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_digest_taste_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "feature", name=op.f("pk_digest_taste")),
    )
    op.create_table(
        "link_code",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("expires_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_link_code_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_link_code_code_hash")),
    )
    op.create_table(
        "link_tries",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("since", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_link_tries_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_link_tries")),
    )
    op.create_table(
        "profile",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("profession", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("cohort", sa.String(), nullable=False),
        sa.Column("hidden", types.JSONValue, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_profile_member_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "busy_thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_busy_thread_place_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_thread")),
        sa.UniqueConstraint("place_id", "thread", name=op.f("uq_busy_thread_place_id_thread")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "counted_place",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("since", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_counted_place_place_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_counted_place")),
    )
    op.create_table(
        "digest_line",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["digest_issue.id"], name=op.f("fk_digest_line_issue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_digest_line_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_digest_line_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", "number", name=op.f("pk_digest_line")),
    )
    op.create_index(
        "ix_digest_line_member_id_kind_subject", "digest_line", ["member_id", "kind", "subject"], unique=False
    )
    op.create_table(
        "forwarded",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_forwarded_author_id")),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name=op.f("fk_forwarded_by_id")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_forwarded_community_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_forwarded_place_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_forwarded_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forwarded")),
        sa.UniqueConstraint("place_id", "message", name=op.f("uq_forwarded_place_id_message")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_forwarded_author_id"), "forwarded", ["author_id"], unique=False)
    op.create_index(op.f("ix_forwarded_by_id"), "forwarded", ["by_id"], unique=False)
    op.create_index("ix_forwarded_community_id_at", "forwarded", ["community_id", "at"], unique=False)
    op.create_table(
        "left_out",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_left_out_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_left_out_place_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("place_id", "member_id", name=op.f("pk_left_out")),
    )
    op.create_table(
        "space_role",
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("given_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_space_role_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_space_role_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("space_id", "member_id", name=op.f("pk_space_role")),
    )
    op.create_table(
        "voice",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("last_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_voice_member_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["thread_id"], ["busy_thread.id"], name=op.f("fk_voice_thread_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("thread_id", "member_id", name=op.f("pk_voice")),
    )
    op.create_index(op.f("ix_voice_last_at"), "voice", ["last_at"], unique=False)
    op.add_column("member", sa.Column("blocked_at", types.UTCDateTime(), nullable=True))
    op.create_index("ix_search_doc_community_id_created_at", "search_doc", ["community_id", "created_at"], unique=False)
    op.create_index(op.f("ix_rsvp_member_id"), "rsvp", ["member_id"], unique=False)
    op.create_table(
        "round_up_line",
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_round_up_line_occurrence_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_round_up_line_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("occurrence_id", "number", name=op.f("pk_round_up_line")),
    )
