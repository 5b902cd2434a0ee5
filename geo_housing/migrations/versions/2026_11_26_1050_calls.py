"""The night's calls (叫应): whom, when, what came of it, and each press upon a call."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    code = sa.Text(collation="C")
    op.create_table(
        "call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", code, nullable=False),
        sa.Column("way", code, server_default="phone", nullable=False),
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            nullable=True,
            comment="of the roster; what it said of him then stands here",
        ),
        sa.Column("name", code, nullable=False),
        sa.Column("role", sa.Text(), nullable=True, comment="as people read it"),
        sa.Column("number_masked", code, nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_by", sa.Text(), nullable=False),
        sa.Column("state", code, server_default="calling", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", sa.Text(), nullable=True, comment="what the called one said"),
        sa.Column(
            "reply_by",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="回报时限, as read out",
        ),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column(
            "is_void",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="pressed by mistake: nobody was called",
        ),
        sa.Column(
            "client_id",
            code,
            nullable=True,
            comment="of the press that made it: twice is once",
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('calling', 'answered', 'handed_on')", name=op.f("ck_call_state")),
        sa.CheckConstraint("way IN ('phone', 'message')", name=op.f("ck_call_way")),
        sa.CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name=op.f("ck_call_answered")),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["hazard_event.id"],
            name=op.f("fk_call_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("client_id", name=op.f("uq_call_client_id")),
        comment="Calls of an event; scope_code is the division that is called, by somebody above it",
    )
    op.create_index("ix_call_event_id", "call", ["event_id", "scope_code"])
    op.create_index("ix_call_scope_code", "call", ["scope_code"])
    op.create_index(
        "uq_call_under_way",
        "call",
        ["event_id", "scope_code"],
        unique=True,
        postgresql_where=sa.text("state = 'calling' AND NOT is_void"),
    )
    op.create_table(
        "call_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", code, nullable=False),
        sa.Column("act", code, nullable=False, comment="start, answer, hand_on, reply, undo"),
        sa.Column(
            "state",
            code,
            nullable=False,
            comment="as the call stood behind it, and so on below",
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("reply_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it reached us",
        ),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client_id", code, nullable=True, comment="of the press: twice is once"),
        sa.ForeignKeyConstraint(
            ["call_id"],
            ["call.id"],
            name=op.f("fk_call_change_call_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_change")),
        sa.UniqueConstraint("client_id", name=op.f("uq_call_change_client_id")),
        comment="Append-only: every press upon a call",
    )
    op.create_index("ix_call_change_call_id", "call_change", ["call_id"])
    op.create_index("ix_call_change_scope_code", "call_change", ["scope_code"])
    run_script(op.get_bind(), "0010_calls.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
