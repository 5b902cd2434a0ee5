"""A family that waits for a home follows the house that it left; whose villages a ledger speaks of can be told."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0022_waiting_families_follow.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
