"""Sums of 避险明白卡 are kept with the state of the register that they were made of."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up. No sum is kept yet: whoever asks first makes them."""
    op.create_table(
        "family_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_change")),
        comment="Appended by statement triggers on house, household, house_household; folded by a job",
    )
    op.create_index("ix_family_change_scope_code", "family_change", ["scope_code"])
    op.create_table(
        "card_sum",
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("asked", CODE, nullable=False, comment="hash of the statement, the rules and the kind of print"),
        sa.Column("changes", sa.BigInteger(), nullable=False, comment="sum over family_change"),
        sa.Column("standing", sa.Numeric(), nullable=False, comment="sum over the houses in standing risk areas"),
        sa.Column("since", sa.Date(), nullable=False, comment="true for stale_before from this day"),
        sa.Column("until", sa.Date(), nullable=True, comment="and up to this one: an empty house counts as lived in after it"),
        sa.Column("sum", sa.Numeric(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("scope_code", "asked", name=op.f("pk_card_sum")),
        comment="Kept by whoever had to make it; made again when anything it names is no longer so",
    )
    run_script(op.get_bind(), "0035_card_sums.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
