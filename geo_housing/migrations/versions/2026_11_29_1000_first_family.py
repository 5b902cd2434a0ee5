"""A house knows the family that was recorded first of those living in it, as it knows how many they are."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "house",
        sa.Column("first_household_id", sa.BigInteger, comment="of the 户 living here the one that was recorded first"),
    )
    run_script(op.get_bind(), "0050_first_family.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
