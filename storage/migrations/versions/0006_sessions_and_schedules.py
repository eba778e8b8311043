"""What recurs and when it happened; sessions, who comes, what was left of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("item", sa.Column("shown_at", types.UTCDateTime(), nullable=True))
    op.drop_table("occurrence")  # nothing ever wrote to it
    op.create_table(
        "rhythm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("recurrence", types.JSONValue, nullable=False),
        sa.Column("more", types.JSONValue, nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ended_at", types.UTCDateTime(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("watermark", types.UTCDateTime(), nullable=False),
        sa.Column("next_due", types.UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_rhythm_community_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_rhythm_space_id")),
        sa.ForeignKeyConstraint(["made_by"], ["member.id"], name=op.f("fk_rhythm_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rhythm")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_rhythm_community_id"), "rhythm", ["community_id"], unique=False)
    op.create_index(op.f("ix_rhythm_next_due"), "rhythm", ["next_due"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rhythm_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("due", types.UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["rhythm_id"], ["rhythm.id"], name=op.f("fk_occurrence_rhythm_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("rhythm_id", "slot", name=op.f("uq_occurrence_rhythm_id_slot")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("rhythm_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", types.UTCDateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("more", types.JSONValue, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_session_community_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_session_space_id")),
        sa.ForeignKeyConstraint(["rhythm_id"], ["rhythm.id"], name=op.f("fk_session_rhythm_id")),
        sa.ForeignKeyConstraint(["host_id"], ["member.id"], name=op.f("fk_session_host_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("rhythm_id", "slot", name=op.f("uq_session_rhythm_id_slot")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_session_community_id_starts_at", "session", ["community_id", "starts_at"], unique=False)
    op.create_table(
        "rsvp",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("since", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_rsvp_session_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_rsvp_member_id")),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_rsvp")),
    )
    op.create_table(
        "session_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_session_note_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_session_note_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_note")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_session_note_session_id"), "session_note", ["session_id"], unique=False)
    op.create_table(
        "attendance",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("at", types.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_attendance_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_attendance_member_id")),
        sa.PrimaryKeyConstraint("session_id", "member_id", name=op.f("pk_attendance")),
    )
