"""A standing risk area is seen by the neighbour where it overlaps, not where it only touches his border."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0027_standing_areas_that_overlap.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
