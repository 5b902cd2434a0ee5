"""Emergency conclusions of technicians, houses whose families are not safely housed yet, and the reports of an event."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from geo_housing.migrations.scripts import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up."""
    _conclusions()
    _unsafe_homes()
    _reports()
    run_script(op.get_bind(), "0012_conclusions.sql")


def _key() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _moment(name: str, *, needed: bool = False, now: bool = False, comment: str | None = None) -> sa.Column:
    default = sa.text("now()") if now else None
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=not (needed or now), server_default=default, comment=comment
    )


def _conclusions() -> None:
    op.create_table(
        "emergency_conclusion",
        _key(),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("conclusion", CODE, nullable=False),
        sa.Column(
            "items", postgresql.ARRAY(CODE), nullable=False, comment="words.CONCLUSION_ITEM that were found, in order"
        ),
        sa.Column("advice", sa.Text(), nullable=True, comment="what is to be done, what may be used"),
        sa.Column("technician_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_by", sa.Text(), nullable=False, comment="name of the technician as signed"),
        sa.Column("unit", sa.Text(), nullable=True, comment="the technician's unit as signed"),
        _moment("signed_at", needed=True, comment="at the house, as stated"),
        sa.Column(
            "entered_by", sa.Text(), nullable=False, comment="who typed it; another person than the technician: 代录"
        ),
        _moment("entered_at", now=True),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it supersedes another"),
        sa.Column("client_id", CODE, nullable=True),
        sa.CheckConstraint(
            "conclusion IN ('habitable', 'not_habitable', 'restricted')", name=op.f("ck_emergency_conclusion_conclusion")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name="fk_emergency_conclusion_event_id_hazard_event", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["house_id"], ["house.id"], name="fk_emergency_conclusion_house_id_house", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["technician_id"],
            ["technician.id"],
            name="fk_emergency_conclusion_technician_id_technician",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["supersedes"],
            ["emergency_conclusion.id"],
            name="fk_emergency_conclusion_supersedes_emergency_conclusion",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_emergency_conclusion"),
        comment="Emergency conclusions signed by named technicians; the one that none supersedes holds",
    )
    op.create_index(
        "uq_emergency_conclusion_first",
        "emergency_conclusion",
        ["event_id", "house_id"],
        unique=True,
        postgresql_where=sa.text("supersedes IS NULL"),
    )
    op.create_index("uq_emergency_conclusion_supersedes", "emergency_conclusion", ["supersedes"], unique=True)
    op.create_index("ix_emergency_conclusion_event_id", "emergency_conclusion", ["event_id", "house_id", "id"])
    op.create_index("ix_emergency_conclusion_house_id", "emergency_conclusion", ["house_id"])
    op.create_index("ix_emergency_conclusion_scope_code", "emergency_conclusion", ["scope_code", "event_id"])
    op.create_index(
        "ix_emergency_conclusion_technician_id",
        "emergency_conclusion",
        ["technician_id"],
        postgresql_where=sa.text("technician_id IS NOT NULL"),
    )
    op.create_index(
        "uq_emergency_conclusion_client_id",
        "emergency_conclusion",
        ["entered_by", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )


def _unsafe_homes() -> None:
    op.create_table(
        "unsafe_home",
        _key(),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", CODE, nullable=False),
        sa.Column("living_now", sa.Text(), nullable=True, comment="现居住地"),
        sa.Column("measure", CODE, nullable=True, comment="what is done to the house for now"),
        sa.Column("measure_on", sa.Date(), nullable=True),
        sa.Column("assessment_asked_on", sa.Date(), nullable=True, comment="评定/鉴定 asked for"),
        sa.Column("note", sa.Text(), nullable=True),
        _moment("opened_at", now=True),
        _moment("settled_at"),
        sa.Column("settled_how", sa.Text(), nullable=True, comment="how the families are safely housed"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("measure IN ('strengthened', 'sealed', 'demolished')", name=op.f("ck_unsafe_home_measure")),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_how IS NULL)", name=op.f("ck_unsafe_home_settled_whole")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name="fk_unsafe_home_event_id_hazard_event", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["house_id"], ["house.id"], name="fk_unsafe_home_house_id_house", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_unsafe_home"),
        comment="Opened by a conclusion that nobody may live there, open until the families are safely housed",
    )
    op.create_index("uq_unsafe_home_event_id_house_id", "unsafe_home", ["event_id", "house_id"], unique=True)
    op.create_index("ix_unsafe_home_house_id", "unsafe_home", ["house_id"])
    op.create_index("ix_unsafe_home_scope_code", "unsafe_home", ["scope_code", "event_id"])


def _reports() -> None:
    op.create_table(
        "event_report",
        _key(),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", CODE, nullable=False, comment="the area that reports"),
        sa.Column("number", sa.Integer(), nullable=False, comment="第 n 期 of that area and event"),
        sa.Column("kind", CODE, nullable=False),
        _moment("as_of", needed=True, comment="截至"),
        sa.Column(
            "figures",
            postgresql.JSONB(),
            nullable=False,
            comment="frozen, see response/reports/figures.py",
        ),
        sa.Column("difficulties", sa.Text(), nullable=True, comment="存在困难"),
        sa.Column("next_steps", sa.Text(), nullable=True, comment="下一步工作"),
        sa.Column("corrects", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True, comment="of a correction"),
        sa.Column("made_by", sa.Text(), nullable=False),
        _moment("made_at", now=True),
        _moment("sent_at", comment="from here on nothing changes"),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("client_id", CODE, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "kind IN ('flash', 'follow_up', 'morning', 'correction')", name=op.f("ck_event_report_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'correction') = (corrects IS NOT NULL)", name=op.f("ck_event_report_correction_names")
        ),
        sa.CheckConstraint("(sent_at IS NULL) = (sent_by IS NULL)", name=op.f("ck_event_report_sent_whole")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name="fk_event_report_event_id_hazard_event", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["corrects"], ["event_report.id"], name="fk_event_report_corrects_event_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_event_report"),
        comment="Reports of events: figures frozen when made, words until sent",
    )
    op.create_index("uq_event_report_number", "event_report", ["event_id", "scope_code", "number"], unique=True)
    op.create_index("ix_event_report_scope_code", "event_report", ["scope_code", "event_id"])
    op.create_index(
        "ix_event_report_corrects", "event_report", ["corrects"], postgresql_where=sa.text("corrects IS NOT NULL")
    )
    op.create_index(
        "uq_event_report_client_id",
        "event_report",
        ["made_by", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
