"""Due times run anew with a renewed 灾后排查: when an inspection was overdue before is kept, as reports of then count it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Until now no due time has moved later."""
    op.add_column(
        "emergency_inspection",
        sa.Column(
            "overdue_earlier",
            TSTZMULTIRANGE(),
            nullable=False,
            server_default="{}",
            comment="when it had been overdue by due times of before 灾后排查 began anew",
        ),
    )
    op.alter_column(
        "emergency_inspection",
        "due_at",
        existing_type=sa.DateTime(timezone=True),
        existing_nullable=True,
        comment="moves later only where 灾后排查 begins anew",
        existing_comment="never moves later",
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
