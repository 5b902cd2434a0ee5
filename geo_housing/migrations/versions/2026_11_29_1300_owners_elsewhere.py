"""A house bears the name of an owner who lives in another one, also where that family's record is kept elsewhere."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "house",
        sa.Column(
            "owner", sa.Text(collation="C"), comment="head of the 户 recorded first of those owning it and living elsewhere"
        ),
    )
    run_script(op.get_bind(), "0051_owners_elsewhere.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
