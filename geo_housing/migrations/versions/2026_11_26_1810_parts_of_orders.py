"""Orders end by themselves after a day, give back single houses, and are read by the townships whose houses they hold."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "work_order",
        sa.Column("ends_on", sa.Date(), nullable=True, comment="last day on which the organisation sees its houses"),
    )
    for column in (
        sa.Column(
            "withdrawn_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="given back before anybody signed for it: the organisation sees the house no more",
        ),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
    ):
        op.add_column("work_order_house", column)
    op.create_check_constraint(
        op.f("ck_work_order_house_withdrawn_whole"),
        "work_order_house",
        "(withdrawn_at IS NULL) = (withdrawn_by IS NULL)",
    )
    op.execute("COMMENT ON TABLE work_order_house IS 'The houses of an order; added to, and given back one by one'")
    run_script(op.get_bind(), "0021_parts_of_orders.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
