"""Lists of risk areas name a 联系人 beside the 责任人."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.drop_constraint(op.f("ck_standing_person_duty"), "standing_person", type_="check")
    op.create_check_constraint(
        op.f("ck_standing_person_duty"),
        "standing_person",
        "duty IN ('responsible', 'monitor', 'warner', 'mover', 'contact')",
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
