"""0人, said of a family whose house counts as lived in, is a number that nobody knows."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0028_nobody_at_home.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
