"""The roster: contacts of the divisions, shelters, technicians, and the files they came from."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from geo_housing.migrations.scripts import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PHONE_IS_WHOLE = "num_nulls(phone_cipher, phone_key, phone_masked) IN (0, 3)"


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "contact",
        *_first(),
        sa.Column(
            "role",
            sa.Text(collation="C"),
            nullable=False,
            comment="words.CONTACT_ROLE, or the word as the county writes it",
        ),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("post", sa.Text(), nullable=True, comment="职务"),
        sa.Column(
            "turn",
            sa.Text(collation="C"),
            server_default="A",
            nullable=False,
            comment="A 主责, B 备岗",
        ),
        sa.Column(
            "rank",
            sa.SmallInteger(),
            nullable=True,
            comment="place in the order of calling; none: by role",
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="last day on which he answers",
        ),
        *_last(),
        sa.CheckConstraint("turn IN ('A', 'B')", name=op.f("ck_contact_turn")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_contact_period")),
        *_keys("contact"),
        comment="责任人通讯录; scope_code is the division that the person answers for, phones only encrypted (D9)",
    )
    op.create_index("ix_contact_scope_code", "contact", ["scope_code", "role"])
    op.create_geospatial_table(
        "shelter",
        *_first(),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POINT",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("capacity", sa.Integer(), nullable=True, comment="人"),
        sa.Column("contact_name", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "state",
            sa.Text(collation="C"),
            server_default="open",
            nullable=False,
            comment="open 可用, closed 停用",
        ),
        sa.Column(
            "safe_from",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="words.EVENT_KIND that it is safe from; NULL: not stated",
        ),
        *_last(),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_shelter_capacity")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_shelter_state")),
        *_keys("shelter"),
    )
    # A table with a point is made without its comment.
    op.create_table_comment(
        "shelter",
        "安置点; scope_code is the village or township it serves, the telephone is the contact's",
    )
    op.create_index("ix_shelter_scope_code", "shelter", ["scope_code"])
    op.create_table(
        "technician",
        *_first(),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("specialty", sa.Text(), nullable=True, comment="专业"),
        sa.Column("certificate", sa.Text(), nullable=True, comment="证书名称、编号"),
        sa.Column("team", sa.Text(collation="C"), nullable=True, comment="技术组"),
        sa.Column(
            "areas",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="divisions that he works in; NULL: all of scope_code",
        ),
        sa.Column("app_user_id", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="last day on which he works",
        ),
        *_last(),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_technician_period")),
        *_keys("technician"),
        sa.ForeignKeyConstraint(
            ["app_user_id"], ["app_user.id"], name=op.f("fk_technician_app_user_id")
        ),
        comment="专业技术人员 and their teams; scope_code is the county (or township) that sends them",
    )
    op.create_index("ix_technician_scope_code", "technician", ["scope_code"])
    op.create_index(
        "ix_technician_app_user_id",
        "technician",
        ["app_user_id"],
        postgresql_where=sa.text("app_user_id IS NOT NULL"),
    )
    op.create_table(
        "roster_load",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column(
            "preview",
            postgresql.JSONB(),
            nullable=True,
            comment="dry run, then result, row by row, masked",
        ),
        sa.Column("counts", postgresql.JSONB(), nullable=True),
        sa.Column("client_id", sa.Text(collation="C"), nullable=True),
        sa.Column("raw_file_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('contacts', 'shelters', 'technicians')",
            name=op.f("ck_roster_load_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["raw_file_id"],
            ["stored_file.id"],
            name=op.f("fk_roster_load_raw_file_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_load")),
        comment="Files of the roster; the preview is masked, the file itself is kept sealed until it is loaded",
    )
    op.create_index("ix_roster_load_scope_code", "roster_load", ["scope_code", "started_at"])
    op.create_index(
        "uq_roster_load_client_id",
        "roster_load",
        ["actor", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    for table in ("contact", "shelter", "technician"):
        op.create_index(
            f"uq_{table}_client_id",
            table,
            ["created_by", "client_id"],
            unique=True,
            postgresql_where=sa.text("client_id IS NOT NULL"),
        )
    run_script(op.get_bind(), "0007_roster.sql")


def _first() -> list[sa.Column]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
    ]


def _last() -> list[sa.Column]:
    moment = {"server_default": sa.text("now()"), "nullable": False}
    return [
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_key", sa.Uuid(), nullable=True, comment="of the whole text"),
        sa.Column("phone_masked", sa.Text(collation="C"), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column(
            "scope_before",
            sa.Text(collation="C"),
            nullable=True,
            comment="abolished division that handed the row on to scope_code",
        ),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            nullable=True,
            comment="roster_load that created or last changed the row",
        ),
        sa.Column(
            "client_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="of the form that made it: twice is once",
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), **moment),
        sa.Column("updated_at", sa.DateTime(timezone=True), **moment),
    ]


def _keys(table: str) -> list[sa.Constraint]:
    return [
        sa.CheckConstraint(_PHONE_IS_WHOLE, name=op.f(f"ck_{table}_phone_whole")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
