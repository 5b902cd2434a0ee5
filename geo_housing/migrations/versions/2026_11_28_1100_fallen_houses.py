"""Houses that fell are looked for in all events at once, among hundreds of thousands of inspections."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_index(
        "ix_emergency_inspection_collapsed",
        "emergency_inspection",
        ["scope_code", "event_id"],
        postgresql_where=sa.text("result = 'collapsed'"),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
