"""When an inspection that is looked at again had been done: a report of a moment before counts it as it was counted then."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of what was reopened before nobody knows it: NULL."""
    for name, comment in (
        ("was_done_at", "done_at of before it was last reopened"),
        ("reopened_at", "when it was last reopened: done from was_done_at until then"),
    ):
        op.add_column(
            "emergency_inspection", sa.Column(name, sa.DateTime(timezone=True), nullable=True, comment=comment)
        )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
