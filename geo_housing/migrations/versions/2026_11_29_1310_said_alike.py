"""Differences that several ledgers state alike are asked about once, also those of before."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0052_said_alike.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
