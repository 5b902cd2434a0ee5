"""Townships enter 灾后排查 one by one; who answers for standing risk areas; rivers and roads; tasks beside the zones."""

import geoalchemy2
import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "event_ground",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", _CODE, nullable=False),
        sa.Column("phase", _CODE, nullable=False),
        sa.Column("at", moment, nullable=False, comment="due times of what waits there count from here"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("warning_id", sa.BigInteger(), nullable=True, comment="that warned it again"),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True, comment="journal id of what was done at once"),
        sa.CheckConstraint("phase IN ('warning', 'aftermath')", name=op.f("ck_event_ground_phase")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name=op.f("fk_event_ground_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["warning_id"], ["warning.id"], name=op.f("fk_event_ground_warning_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_ground")),
        comment="Append-only: when each township entered 灾后排查 for its own ground, or was warned again",
    )
    op.create_index("ix_event_ground_event_id", "event_ground", ["event_id", "scope_code", "id"])
    _standing(moment)
    _lines(moment)
    op.add_column(
        "emergency_inspection",
        sa.Column(
            "origin",
            _CODE,
            server_default="zone",
            nullable=False,
            comment="zone, or extra (表外新增): outside the zones, stays without them",
        ),
    )
    op.create_check_constraint(op.f("ck_emergency_inspection_origin"), "emergency_inspection", "origin IN ('zone', 'extra')")
    op.add_column(
        "evacuation",
        sa.Column(
            "standing_id",
            sa.BigInteger(),
            nullable=True,
            comment="hazard_zone: the standing risk area in which a weak house stands; those come first",
        ),
    )
    op.alter_column(
        "layer_change",
        "layer",
        existing_type=_CODE,
        existing_nullable=False,
        existing_comment="houses, areas, zones, inspections",
        comment="houses, areas, zones, inspections, lines",
    )
    run_script(op.get_bind(), "0019_grounds.sql")


def _standing(moment: sa.DateTime) -> None:
    op.create_table(
        "standing_area",
        sa.Column("zone_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope_code", _CODE, nullable=False, comment="that of its zone"),
        sa.Column("number", _CODE, nullable=True, comment="编号, by which a list that comes again is known"),
        sa.Column("place", sa.Text(), nullable=True, comment="位置"),
        sa.Column(
            "stated_households", sa.Integer(), nullable=True, comment="威胁户数 as the list says; never a figure of ours"
        ),
        sa.Column(
            "stated_people", sa.Integer(), nullable=True, comment="威胁人数 as the list says; never a figure of ours"
        ),
        sa.Column("measures", sa.Text(), nullable=True, comment="措施"),
        sa.Column("signal", sa.Text(), nullable=True, comment="预警信号"),
        sa.Column("route", sa.Text(), nullable=True, comment="转移路线"),
        sa.Column("shelter", sa.Text(), nullable=True, comment="安置点"),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["hazard_zone.id"], name=op.f("fk_standing_area_zone_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("zone_id", name=op.f("pk_standing_area")),
        comment="灾害易发地: measures, routes and shelters as the list has them, beside hazard_zone",
    )
    op.create_index("ix_standing_area_scope_code", "standing_area", ["scope_code"])
    op.create_index("ix_standing_area_number", "standing_area", ["number"])
    op.create_table(
        "standing_person",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", _CODE, nullable=False, comment="that of its zone"),
        sa.Column("duty", _CODE, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False, comment="order of the list"),
        sa.Column("name", _CODE, nullable=False),
        sa.Column("post", sa.Text(), nullable=True, comment="职务"),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_key", sa.Uuid(), nullable=True, comment="of the whole text"),
        sa.Column("phone_masked", _CODE, nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", moment, nullable=True, comment="replaced by a later list"),
        sa.CheckConstraint(
            "duty IN ('responsible', 'monitor', 'warner', 'mover')", name=op.f("ck_standing_person_duty")
        ),
        sa.CheckConstraint(
            "num_nulls(phone_cipher, phone_key, phone_masked) IN (0, 3)", name=op.f("ck_standing_person_phone_whole")
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["hazard_zone.id"], name=op.f("fk_standing_person_zone_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_person")),
        comment="责任人, 监测人 of standing risk areas; who is replaced stays as history (ended_at)",
    )
    op.create_index("ix_standing_person_zone_id", "standing_person", ["zone_id"])
    op.create_index("ix_standing_person_scope_code", "standing_person", ["scope_code"])


def _lines(moment: sa.DateTime) -> None:
    op.create_table(
        "map_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("area_code", _CODE, nullable=False, comment="the county that loaded it; goes with it"),
        sa.Column("kind", _CODE, nullable=False),
        sa.Column("key", _CODE, nullable=False, comment="number of the source, else name and place: known again by it"),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), server_default="2", nullable=False, comment="1 seen from far, 3 from near"),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(
                geometry_type="MULTILINESTRING", srid=4490, dimension=2, spatial_index=False, nullable=False
            ),
            nullable=False,
        ),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("repaired", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("source", sa.Text(), nullable=True, comment="the file"),
        sa.Column("loaded_by", sa.Text(), nullable=False),
        sa.Column("loaded_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", moment, nullable=True, comment="taken off the map"),
        sa.CheckConstraint("kind IN ('river', 'road')", name=op.f("ck_map_line_kind")),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_map_line_geom_valid")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_map_line_area_code"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_line")),
        comment="Rivers and roads for orientation; read by everybody who is signed in",
    )
    op.create_index("ix_map_line_area_code", "map_line", ["area_code", "kind"])
    op.create_index("ix_map_line_geom", "map_line", ["geom"], postgresql_using="gist")
    op.create_index("uq_map_line_key", "map_line", ["area_code", "kind", "key"], unique=True)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
