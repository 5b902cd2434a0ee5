"""A further family of a house keeps the cells of its own row of a ledger that no field takes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. What rows said that came before was not kept: NULL, they go out with the cells of their house, as until now."""
    op.add_column(
        "house_household",
        sa.Column(
            "extra",
            postgresql.JSONB(),
            nullable=True,
            comment="columns without a field of ours, as this family's row has them; null: as the house's",
        ),
    )
    op.drop_constraint(op.f("ck_import_change_kind"), "import_change")
    op.create_check_constraint(
        op.f("ck_import_change_kind"), "import_change", "kind IN ('house', 'household', 'link')"
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
