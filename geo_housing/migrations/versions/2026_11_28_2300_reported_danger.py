"""When somebody last named a house in 表外新增: whoever found it harmless before has not seen what was named."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. What was named so far was named when its family joined the list."""
    comment = "when somebody last named the house off the lists: seen harmless before, it is looked at again"
    op.add_column(
        "emergency_inspection",
        sa.Column("danger_reported_at", sa.DateTime(timezone=True), nullable=True, comment=comment),
    )
    # 第三方机构 sees which of its houses wait for a conclusion.
    op.execute("GRANT SELECT (danger_reported_at) ON emergency_inspection TO gh_third_party")
    op.execute("""
        UPDATE emergency_inspection i SET danger_reported_at = e.at, origin = 'extra'
        FROM (
            SELECT event_id, house_id, max(entered_at) AS at FROM evacuation
            WHERE origin = 'extra' AND house_id IS NOT NULL AND withdrawn_at IS NULL GROUP BY 1, 2
        ) e
        WHERE e.event_id = i.event_id AND e.house_id = i.house_id
    """)
    op.create_index(
        "ix_emergency_inspection_danger_reported",
        "emergency_inspection",
        ["event_id"],
        postgresql_where=sa.text("danger_reported_at IS NOT NULL"),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
