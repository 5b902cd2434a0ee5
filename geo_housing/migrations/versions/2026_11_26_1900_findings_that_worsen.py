"""When what was found at a house last became worse: a conclusion that was signed before it holds no more."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of what was entered before nobody knows it: NULL."""
    op.add_column(
        "emergency_inspection",
        sa.Column(
            "worsened_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when what was found last became worse: a permission that was signed before holds no more",
        ),
    )
    # 第三方机构 sees which of its houses wait for a conclusion.
    op.execute("GRANT SELECT (worsened_at) ON emergency_inspection TO gh_third_party")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
