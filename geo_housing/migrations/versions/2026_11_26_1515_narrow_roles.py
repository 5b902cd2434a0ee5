"""Grants for one shift, for one department's list and for one organisation's orders; handovers, departments, orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from geo_housing.migrations.scripts import run_script

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up."""
    _departments()
    _grants()
    _handovers()
    _orders()
    run_script(op.get_bind(), "0018_narrow_roles.sql")


def _key() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _moment(name: str, *, now: bool = False, needed: bool = False, comment: str | None = None) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=not (needed or now), server_default=default, comment=comment
    )


def _departments() -> None:
    op.create_table(
        "department",
        _key(),
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("name", CODE, nullable=False),
        sa.Column(
            "categories",
            postgresql.ARRAY(CODE),
            nullable=False,
            comment="words.CATEGORY that it certifies (认定部门)",
        ),
        _moment("ended_at"),
        sa.Column("created_by", sa.Text(), nullable=False),
        _moment("created_at", now=True),
        sa.Column("client_id", CODE, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("cardinality(categories) > 0", name=op.f("ck_department_categories")),
        sa.PrimaryKeyConstraint("id", name="pk_department"),
        comment="认定部门: which protection categories a department certifies, and so which households it sees",
    )
    op.create_index(
        "uq_department_name",
        "department",
        ["scope_code", "name"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_department_client_id",
        "department",
        ["created_by", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )


def _grants() -> None:
    for column in (
        _moment("shift_from", comment="值班: from when it holds"),
        _moment("shift_to", comment="until when it is planned"),
        _moment("shift_cap", comment="until when it holds as long as nobody has taken over"),
        _moment("shift_ended_at", comment="taken over, or ended by the office"),
        sa.Column("organisation", CODE, nullable=True, comment="第三方机构: technician.unit whose orders it opens"),
        sa.Column("department_id", sa.BigInteger(), nullable=True, comment="部门: whose list it opens"),
    ):
        op.add_column("area_grant", column)
    op.create_foreign_key("fk_area_grant_department_id", "area_grant", "department", ["department_id"], ["id"])
    op.create_index(
        "ix_area_grant_department_id",
        "area_grant",
        ["department_id"],
        postgresql_where=sa.text("department_id IS NOT NULL"),
    )
    op.create_index(
        "ix_area_grant_shift",
        "area_grant",
        ["shift_from"],
        postgresql_where=sa.text("shift_from IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_area_grant_role"), "area_grant")
    for name, rule in (
        (
            "role",
            "role IN ('village', 'township', 'county', 'emergency', 'planner', 'leader', 'technician', 'admin',"
            " 'duty', 'department', 'third_party')",
        ),
        ("shift_whole", "num_nulls(shift_from, shift_to, shift_cap) = CASE role WHEN 'duty' THEN 0 ELSE 3 END"),
        ("shift_order", "shift_from < shift_to AND shift_to <= shift_cap"),
        ("shift_ended", "shift_ended_at IS NULL OR shift_from IS NOT NULL"),
        ("organisation", "(role = 'third_party') = (organisation IS NOT NULL)"),
        ("department", "(role = 'department') = (department_id IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_area_grant_{name}"), "area_grant", rule)


def _handovers() -> None:
    op.create_table(
        "duty_handover",
        _key(),
        sa.Column("scope_code", CODE, nullable=False, comment="area of the shift"),
        sa.Column("grant_id", sa.BigInteger(), nullable=False, comment="the shift that is handed over"),
        sa.Column("user_id", sa.BigInteger(), nullable=False, comment="whose it is"),
        sa.Column("to_user_id", sa.BigInteger(), nullable=True, comment="who is to come; any other may come instead"),
        sa.Column("figures", postgresql.JSONB(), nullable=False, comment="open matters as counted when handed over"),
        sa.Column("note", sa.Text(), nullable=True, comment="what figures do not say"),
        _moment("given_at", now=True),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("client_id", CODE, nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["area_grant.id"], name="fk_duty_handover_grant_id"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_duty_handover_user_id"),
        sa.ForeignKeyConstraint(["to_user_id"], ["app_user.id"], name="fk_duty_handover_to_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_handover"),
        comment="交班: what an officer leaves to the next one; append-only, the last of a shift counts",
    )
    op.create_index("ix_duty_handover_scope_code", "duty_handover", ["scope_code", "given_at"])
    op.create_index("ix_duty_handover_grant_id", "duty_handover", ["grant_id", "id"])
    op.create_index("ix_duty_handover_user_id", "duty_handover", ["user_id"])
    op.create_index("ix_duty_handover_to_user_id", "duty_handover", ["to_user_id"])
    op.create_index(
        "uq_duty_handover_client_id",
        "duty_handover",
        ["given_by", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_table(
        "duty_takeover",
        _key(),
        sa.Column("scope_code", CODE, nullable=False, comment="area of the shift that ends with it"),
        sa.Column("grant_id", sa.BigInteger(), nullable=False, comment="the shift that ends with it"),
        sa.Column("handover_id", sa.BigInteger(), nullable=True, comment="none: the officer had not handed over"),
        sa.Column("user_id", sa.BigInteger(), nullable=False, comment="who goes on"),
        sa.Column("by_grant_id", sa.BigInteger(), nullable=False, comment="under which grant"),
        sa.Column("figures", postgresql.JSONB(), nullable=False, comment="open matters as counted when taken over"),
        _moment("taken_at", now=True),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["area_grant.id"], name="fk_duty_takeover_grant_id"),
        sa.ForeignKeyConstraint(["by_grant_id"], ["area_grant.id"], name="fk_duty_takeover_by_grant_id"),
        sa.ForeignKeyConstraint(["handover_id"], ["duty_handover.id"], name="fk_duty_takeover_handover_id"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_duty_takeover_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_takeover"),
        comment="接班: who went on from a shift, when; append-only, once for each shift",
    )
    op.create_index("uq_duty_takeover_grant_id", "duty_takeover", ["grant_id"], unique=True)
    op.create_index("ix_duty_takeover_scope_code", "duty_takeover", ["scope_code", "taken_at"])
    op.create_index("ix_duty_takeover_by_grant_id", "duty_takeover", ["by_grant_id"])
    op.create_index("ix_duty_takeover_handover_id", "duty_takeover", ["handover_id"])
    op.create_index("ix_duty_takeover_user_id", "duty_takeover", ["user_id"])


def _orders() -> None:
    op.create_table(
        "work_order",
        _key(),
        sa.Column("scope_code", CODE, nullable=False, comment="whose order it is"),
        sa.Column("organisation", CODE, nullable=False, comment="technician.unit, as the roster has it"),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="of an order without event, or more about it"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        _moment("made_at", now=True),
        _moment("ended_at", comment="withdrawn, or done with: the organisation sees its houses no more"),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.Column("client_id", CODE, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("event_id IS NOT NULL OR reason IS NOT NULL", name=op.f("ck_work_order_why")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_work_order_ended_whole")),
        sa.ForeignKeyConstraint(["event_id"], ["hazard_event.id"], name="fk_work_order_event_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_work_order"),
        comment="委托: houses that a third party (第三方机构) looks at, and sees as long as the order stands",
    )
    op.create_index("ix_work_order_scope_code", "work_order", ["scope_code", "id"])
    op.create_index("ix_work_order_event_id", "work_order", ["event_id"])
    op.create_index(
        "ix_work_order_organisation", "work_order", ["organisation"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index(
        "uq_work_order_client_id",
        "work_order",
        ["made_by", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_table(
        "work_order_house",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", CODE, nullable=False, comment="of the order, wherever the house is placed later"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["work_order.id"], name="fk_work_order_house_order_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["house_id"], ["house.id"], name="fk_work_order_house_house_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", "house_id", name="pk_work_order_house"),
        comment="The houses of an order; added to and never changed",
    )
    op.create_index("ix_work_order_house_house_id", "work_order_house", ["house_id"])
    op.create_index("ix_work_order_house_scope_code", "work_order_house", ["scope_code"])


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
