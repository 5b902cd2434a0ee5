"""What the areas above have written is not written from below: policies, a trigger, rights."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0002_written_from_above.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
