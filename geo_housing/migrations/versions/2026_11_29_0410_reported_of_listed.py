"""Whether a rule had listed a family before somebody reported it: such a row stays by a person's word and is no 表外新增."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of a row whose first reason is a rule's the rule was first; the triggers take it out of the sums."""
    comment = "a rule had listed it before a person reported it: not counted as added"
    op.add_column("evacuation", sa.Column("was_listed", sa.Boolean, nullable=False, server_default="false", comment=comment))
    run_script(op.get_bind(), "0046_reported_of_listed.sql")
    op.execute("""
        UPDATE evacuation SET was_listed = true, reasons = array_replace(reasons, 'extra', 'reported')
        WHERE origin = 'extra' AND reasons[1] IS DISTINCT FROM 'extra'
    """)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
