"""转移避险: households to be moved, every change of them, figures told by telephone before the names."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from geo_housing.migrations.scripts import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATES = (
    "state IN ('pending', 'moved_to_shelter', 'moved_to_kin', 'away', 'refused', 'unreachable', 'returned')"
)


def _code(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.Text(collation="C"), **options)


def _text(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.Text(), **options)


def _at(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _number(name: str = "id") -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "evacuation",
        _number(),
        sa.Column("event_id", sa.Integer(), nullable=False),
        _code("scope_code", nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=True, comment="NULL: not in the register"),
        sa.Column(
            "household_id",
            sa.BigInteger(),
            nullable=True,
            comment="household; NULL: no family of the house is in the register",
        ),
        _code("origin", server_default="rule", nullable=False, comment="rule, or extra (表外新增)"),
        sa.Column(
            "reasons",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=False,
            comment="why, see evacuation/rule.py",
        ),
        sa.Column(
            "place",
            sa.SmallInteger(),
            nullable=False,
            comment="who is fetched first within a village, 1 before 2",
        ),
        sa.Column(
            "uncertain",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="no or disputed point, village touched",
        ),
        _text(
            "named",
            nullable=True,
            comment="head as entered, where no family of the register is meant",
        ),
        _text("what", nullable=True, comment="表外新增: what the matter is"),
        _code("state", server_default="pending", nullable=False),
        sa.Column(
            "people",
            sa.SmallInteger(),
            nullable=True,
            comment="人 as counted; NULL: nobody counted them",
        ),
        _text("organiser", nullable=True, comment="who fetches them"),
        _text("departure", nullable=True, comment="from where, if not from the house"),
        sa.Column("shelter_id", sa.BigInteger(), nullable=True),
        _text("destination", nullable=True, comment="to where, if not to a shelter of the roster"),
        _at("moved_at", nullable=True, comment="when, as told"),
        _text("reported_by", nullable=True),
        _code("reported_how", nullable=True, comment="words.REPORTED_HOW"),
        _text("note", nullable=True),
        _text("entered_by", nullable=True),
        _at("entered_at", nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False, comment="zone revision that opened it"),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            nullable=True,
            comment="journal id of what opened it",
        ),
        _at("opened_at", nullable=False, comment="never changes"),
        _at("begun_at", nullable=True, comment="first saved content"),
        _at("withdrawn_at", nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _code("client_id", nullable=True, comment="of the form that made it: twice is once"),
        sa.CheckConstraint(_STATES, name=op.f("ck_evacuation_state")),
        sa.CheckConstraint("origin IN ('rule', 'extra')", name=op.f("ck_evacuation_origin")),
        sa.CheckConstraint(
            "house_id IS NOT NULL OR named IS NOT NULL",
            name=op.f("ck_evacuation_somebody"),
        ),
        sa.CheckConstraint("people >= 0", name=op.f("ck_evacuation_people")),
        sa.ForeignKeyConstraint(["event_id"], ["hazard_event.id"], name=op.f("fk_evacuation_event_id")),
        sa.ForeignKeyConstraint(["house_id"], ["house.id"], name=op.f("fk_evacuation_house_id")),
        sa.ForeignKeyConstraint(["shelter_id"], ["shelter.id"], name=op.f("fk_evacuation_shelter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation")),
        comment="转移避险, one row per event and household; 应转 are all that are not withdrawn",
    )
    op.create_index(
        "uq_evacuation_household_id",
        "evacuation",
        ["household_id", "event_id"],
        unique=True,
        postgresql_where=sa.text("household_id IS NOT NULL AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_evacuation_house_without_family",
        "evacuation",
        ["house_id", "event_id"],
        unique=True,
        postgresql_where=sa.text("household_id IS NULL AND house_id IS NOT NULL AND withdrawn_at IS NULL"),
    )
    op.create_index("ix_evacuation_house_id", "evacuation", ["house_id"])
    op.create_index("ix_evacuation_event_id", "evacuation", ["event_id", "scope_code", "state"])
    op.create_index(
        "ix_evacuation_shelter_id",
        "evacuation",
        ["shelter_id"],
        postgresql_where=sa.text("shelter_id IS NOT NULL"),
    )
    op.create_index(
        "uq_evacuation_client_id",
        "evacuation",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )

    op.create_table(
        "evacuation_step",
        _number(),
        sa.Column("evacuation_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        _code("scope_code", nullable=False),
        _at("at", nullable=False, comment="when it was entered"),
        _code("act", nullable=False, comment="enter, undo, withdraw, renew"),
        _code("state_before", nullable=False),
        _code("state_after", nullable=False),
        sa.Column("people_before", sa.SmallInteger(), nullable=True),
        sa.Column("people_after", sa.SmallInteger(), nullable=True),
        sa.Column(
            "counts_before",
            sa.Boolean(),
            nullable=False,
            comment="whether it was on the list (not withdrawn)",
        ),
        sa.Column("counts_after", sa.Boolean(), nullable=False),
        sa.Column(
            "changes",
            postgresql.JSONB(),
            nullable=True,
            comment="{field: [before, after]} of everything else",
        ),
        _text("reported_by", nullable=True),
        _code("reported_how", nullable=True),
        _text("entered_by", nullable=False),
        sa.Column("undoes", sa.BigInteger(), nullable=True, comment="step that it takes back"),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the row after it"),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            nullable=True,
            comment="journal id of what was done at once",
        ),
        _code("client_id", nullable=True),
        sa.ForeignKeyConstraint(
            ["evacuation_id"],
            ["evacuation.id"],
            name=op.f("fk_evacuation_step_evacuation_id"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["hazard_event.id"], name=op.f("fk_evacuation_step_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation_step")),
        comment="Append-only: changes of evacuation, as known from the moment at which they were entered",
    )
    op.create_index("ix_evacuation_step_evacuation_id", "evacuation_step", ["evacuation_id", "id"])
    op.create_index("ix_evacuation_step_event_id", "evacuation_step", ["event_id", "at"])

    op.create_table(
        "evacuation_figure",
        _number(),
        sa.Column("event_id", sa.Integer(), nullable=False),
        _code("scope_code", nullable=False, comment="the area that was told of"),
        sa.Column("households", sa.Integer(), nullable=False, comment="户 moved so far"),
        sa.Column("people", sa.Integer(), nullable=True, comment="人 moved so far"),
        _at("said_at", nullable=False, comment="as of when it was told"),
        _text("reported_by", nullable=True),
        _code("reported_how", server_default="phone", nullable=False),
        _text("note", nullable=True),
        _text("entered_by", nullable=False),
        _at("entered_at", server_default=sa.text("now()"), nullable=False),
        _at("settled_at", nullable=True, comment="it no longer stands"),
        _text("settled_by", nullable=True),
        _text("settled_note", nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _code("client_id", nullable=True),
        sa.CheckConstraint("households >= 0 AND people >= 0", name=op.f("ck_evacuation_figure_counts")),
        sa.ForeignKeyConstraint(["event_id"], ["hazard_event.id"], name=op.f("fk_evacuation_figure_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evacuation_figure")),
        comment="电话报数: moved so far in an area as told; never added to what the names say",
    )
    op.create_index(
        "ix_evacuation_figure_event_id",
        "evacuation_figure",
        ["event_id", "scope_code", "id"],
    )
    op.create_index(
        "uq_evacuation_figure_client_id",
        "evacuation_figure",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    run_script(op.get_bind(), "0011_evacuation.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
