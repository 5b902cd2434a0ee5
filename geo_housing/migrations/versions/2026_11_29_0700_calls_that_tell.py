"""A call says whether it was made to tell a place that it has left the zones: that is no answer to a warning."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Calls of before count as calls of the warning, so that a place which has left is told once more rather than never."""
    op.add_column(
        "call",
        sa.Column(
            "tells_left",
            sa.Boolean,
            nullable=False,
            server_default="false",
            comment="made to tell that the division has left the zones; no answer to a warning",
        ),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
