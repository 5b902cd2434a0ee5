"""What is seen from below is not removed and not taken from there: policies per command for areas and zones."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0003_kept_from_below.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
