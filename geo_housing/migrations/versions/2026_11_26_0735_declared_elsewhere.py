"""Houses that declare another village than they are counted in: few, and looked up by every ledger without codes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "ix_house_declared_elsewhere",
        "house",
        ["declared_code"],
        postgresql_where=sa.text("declared_code <> scope_code AND ended_on IS NULL"),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
