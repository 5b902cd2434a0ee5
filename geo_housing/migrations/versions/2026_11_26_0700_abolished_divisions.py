"""A house remembers the abolished division it came from, so that an abolition can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "house",
        sa.Column(
            "declared_before",
            sa.Text(collation="C"),
            nullable=True,
            comment="abolished division that handed the house on to declared_code",
        ),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
