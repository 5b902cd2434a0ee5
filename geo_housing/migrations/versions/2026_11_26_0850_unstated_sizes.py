"""How many families of a house are of unstated size: nobody is counted for them, which must be told beside the people."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "house",
        sa.Column(
            "households_without_size",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="户 living here whose people nobody has counted",
        ),
    )
    run_script(op.get_bind(), "0006_unstated_sizes.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
