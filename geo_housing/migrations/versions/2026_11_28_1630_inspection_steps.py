"""How inspections stood before every correction, so that a report of an earlier moment counts what was known then."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE

from geo_housing.migrations.scripts import run_script

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _code(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.Text(collation="C"), **options)


def _at(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _rooms(name: str) -> sa.Column:
    return sa.Column(name, sa.SmallInteger(), nullable=True)


def upgrade() -> None:
    """Go up. Steps say when an inspection had been done before it was reopened: the columns for it go."""
    op.create_table(
        "emergency_inspection_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False, comment="hazard_event"),
        _code("scope_code", nullable=False),
        _at("at", nullable=False, comment="until when it stood so"),
        sa.Column(
            "is_known",
            sa.Boolean(),
            server_default="true",
            nullable=False,
            comment="false: of before steps were kept, with what was corrected until then",
        ),
        _code("state", nullable=False),
        _at("opened_at", nullable=False),
        _at("withdrawn_at", nullable=True),
        _at("due_at", nullable=True),
        sa.Column("overdue_earlier", TSTZMULTIRANGE(), nullable=False),
        _at("begun_at", nullable=True),
        _at("done_at", nullable=True),
        _at("visited_at", nullable=True),
        _code("result", nullable=True),
        _code("damage", nullable=True),
        _rooms("rooms_collapsed"),
        _rooms("rooms_severe"),
        _rooms("rooms_slight"),
        _at("worsened_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["emergency_inspection.id"],
            name=op.f("fk_emergency_inspection_step_inspection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_inspection_step")),
        comment="Append-only: how an inspection stood before each change that overwrote it",
    )
    op.create_index(
        "ix_emergency_inspection_step_inspection_id", "emergency_inspection_step", ["inspection_id", "id"]
    )
    op.create_index("ix_emergency_inspection_step_event_id", "emergency_inspection_step", ["event_id", "at"])
    run_script(op.get_bind(), "0036_inspection_steps.sql")
    for column in ("was_done_at", "reopened_at", "done_earlier"):
        op.drop_column("emergency_inspection", column)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
