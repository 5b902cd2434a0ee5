"""A standing risk area is seen in every division that it reaches."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0026_standing_areas_over_borders.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
