"""Sums of an event are counted as its rows change: progress of 600,000 inspections is read from some thousand rows."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")
INSPECTIONS = "Appended by statement triggers on emergency_inspection, folded by a job; an event's progress is their sum"
MOVES = "Appended by statement triggers on evacuation, folded by a job; 应转, 已转, 未转 are their sums"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "inspection_count",
        *_common(),
        sa.Column("result", CODE, nullable=True),
        sa.Column("damage", CODE, nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("houses", sa.Integer(), nullable=False, comment="栋, less than 0 for those that are no longer so"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_count")),
        comment=INSPECTIONS,
    )
    op.create_index("ix_inspection_count_event_id", "inspection_count", ["event_id", "scope_code"])
    op.create_table(
        "evacuation_count",
        *_common(),
        sa.Column("households", sa.Integer(), nullable=False, comment="户, less than 0 for those that are no longer so"),
        sa.Column("people", sa.Integer(), nullable=False, comment="人 of those that are counted"),
        sa.Column("unsized", sa.Integer(), nullable=False, comment="户 whose people nobody counted"),
        sa.Column("without_family", sa.Integer(), nullable=False, comment="户 that are houses without a family in the register"),
        sa.Column("extra", sa.Integer(), nullable=False, comment="户 表外新增"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation_count")),
        comment=MOVES,
    )
    op.create_index("ix_evacuation_count_event_id", "evacuation_count", ["event_id", "scope_code"])
    run_script(op.get_bind(), "0020_event_counts.sql")


def _common() -> tuple[sa.Column, ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False, comment="hazard_event"),
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("is_folded", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
