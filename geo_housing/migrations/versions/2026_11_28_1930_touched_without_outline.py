"""A drawn zone touches divisions that have no outline, nor any around them: their houses without a point may stand in it."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0041_touched_without_outline.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
