"""All spans in which an inspection had been done, not the last one alone: rain may come three times."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of what was reopened twice before, the first span is not known."""
    op.add_column(
        "emergency_inspection",
        sa.Column(
            "done_earlier",
            TSTZMULTIRANGE(),
            nullable=False,
            server_default="{}",
            comment="when it had been done before the span from was_done_at to reopened_at",
        ),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
