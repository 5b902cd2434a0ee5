"""What a list of the roster made and changed is kept beside it, so that a load can be taken back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from geo_housing.migrations.scripts import run_script

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up. Of the loads before nothing is kept; they are not taken back."""
    op.add_column("roster_load", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("roster_load", sa.Column("undone_by", sa.Text(), nullable=True))
    op.create_table(
        "roster_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("before", JSONB(), nullable=True, comment="the changed fields; none: the load made the row"),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True, comment="the telephone before, where it was changed"),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.Column("is_undone", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "kind IN ('contacts', 'shelters', 'technicians')", name=op.f("ck_roster_change_kind")
        ),
        sa.ForeignKeyConstraint(
            ["load_id"], ["roster_load.id"], name=op.f("fk_roster_change_load_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_change")),
        comment="What a load of the roster made and changed, and how it was before",
    )
    op.create_index("ix_roster_change_load_id", "roster_change", ["load_id"])
    op.create_index("ix_roster_change_row_id", "roster_change", ["row_id", "kind"])
    run_script(op.get_bind(), "0038_roster_undo.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
