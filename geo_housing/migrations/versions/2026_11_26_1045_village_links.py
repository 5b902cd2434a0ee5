"""Links that open one village of one event, what was seen item by item, and who told it to the township (代录)."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    code = sa.Text(collation="C")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "village_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", code, nullable=False, comment="the village"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True, comment="for whom"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("withdrawn_at", moment, nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("last_used_at", moment, nullable=True),
        sa.Column("client_id", code, nullable=True, comment="of the press that made it: twice is once"),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name=op.f("fk_village_link_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_village_link_token_hash")),
        comment="Links that open one village of one event until it ends; SHA-256 of a 256-bit token",
    )
    op.create_index("ix_village_link_event_id", "village_link", ["event_id", "scope_code"])
    op.create_index(
        "uq_village_link_client_id",
        "village_link",
        ["made_by", "client_id", "scope_code"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    for column in (
        sa.Column(
            "finding_items",
            sa.ARRAY(code),
            server_default="{}",
            nullable=False,
            comment="what was seen, by item",
        ),
        sa.Column("reported_by", sa.Text(), nullable=True, comment="代录: who told it to the township"),
        sa.Column("reported_how", code, nullable=True),
        sa.Column("reported_at", moment, nullable=True),
        sa.Column(
            "saved_ids",
            sa.ARRAY(code),
            server_default="{}",
            nullable=False,
            comment="of all saves before it: a phone may send one again long after",
        ),
    ):
        op.add_column("emergency_inspection", column)
    op.alter_column("emergency_inspection", "findings", comment="the same in free words")
    op.alter_column("emergency_inspection", "client_id", comment="of the last save")
    op.create_check_constraint(
        op.f("ck_emergency_inspection_reported_how"),
        "emergency_inspection",
        "reported_how IN ('phone', 'chat', 'in_person')",
    )
    run_script(op.get_bind(), "0009_village_links.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
