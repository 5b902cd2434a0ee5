"""Links to a house that has ended are closed and say why, so that its families are not lost with it."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "house_household",
        sa.Column(
            "closed_with",
            sa.Text(collation="C"),
            nullable=True,
            comment="the house ended: ended (the family waits for a home), moved (to the house chosen), same (is known there)",
        ),
    )
    op.create_check_constraint(
        op.f("ck_house_household_closed_with"), "house_household", "closed_with IN ('ended', 'moved', 'same')"
    )
    op.create_index(
        "ix_house_household_waiting", "house_household", ["household_id"], postgresql_where=sa.text("closed_with = 'ended'")
    )
    run_script(op.get_bind(), "0014_families_without_home.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
