"""A warning that was received as a correction is known as one: what it ended was wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of those received before their text says it, where they took the place of another one."""
    comment = "it puts right another one: that was wrong, not only out of date"
    op.add_column(
        "warning", sa.Column("is_correction", sa.Boolean, nullable=False, server_default="false", comment=comment)
    )
    # U&: 更正.
    op.execute(r"""
        UPDATE warning w SET is_correction = true
        WHERE w.form = 'text' AND w.action <> 'lift' AND w.text LIKE U&'%\66F4\6B63%'
          AND EXISTS (SELECT FROM warning o WHERE o.ended_by = w.id)
    """)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
