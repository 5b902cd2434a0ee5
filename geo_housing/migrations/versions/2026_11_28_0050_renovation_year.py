"""Of which year the annual ledger is that a house to be renovated is or was in: this year's renovation can be counted."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "house",
        sa.Column(
            "renovation_year",
            sa.SmallInteger(),
            nullable=True,
            comment="year of the annual ledger it is or was in; null: not told",
        ),
    )
    for name, rule in (
        ("renovation_year", "renovation_year BETWEEN 2008 AND 2100"),
        (
            "year_of_annual_ledger",
            "renovation_year IS NULL OR renovation IN ('listed', 'started', 'completed', 'accepted', 'moved_in')",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_house_{name}"), "house", rule)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
