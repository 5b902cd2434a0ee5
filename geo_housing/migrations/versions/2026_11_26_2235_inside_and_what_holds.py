"""Who is in a shelter is counted whoever brought them; a third party sees whether what was signed still holds."""

from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    run_script(op.get_bind(), "0024_inside_and_what_holds.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
