"""The foundation: every table of the first release, its rights, policies and triggers."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

from geo_housing.migrations.scripts import make_queue, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "app_user",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "name", sa.Text(collation="C"), nullable=False, comment="sign-in name"
        ),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_sign_ins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("name", name=op.f("uq_app_user_name")),
        comment="Accounts; a password is argon2, no account has a default one",
    )
    op.create_geospatial_table(
        "area",
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "match_name",
            sa.Text(collation="C"),
            nullable=False,
            comment="normalised name for matching ledgers, see areas/names.py",
        ),
        sa.Column("parent_code", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "source_code",
            sa.Text(collation="C"),
            nullable=True,
            comment="code of the source file when it is not hierarchical",
        ),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "source",
            sa.Text(),
            nullable=True,
            comment="file name and CRS the outline came from",
        ),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(code) = CASE level WHEN 'county' THEN 6 WHEN 'township' THEN 9 ELSE 12 END",
            name=op.f("ck_area_code_length"),
        ),
        sa.CheckConstraint(
            "level IN ('county', 'township', 'village')", name=op.f("ck_area_level")
        ),
        sa.CheckConstraint(
            "geom IS NULL OR ST_IsValid(geom)", name=op.f("ck_area_geom_valid")
        ),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["area.code"], name=op.f("fk_area_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area")),
    )
    op.create_geospatial_index(
        "ix_area_geom",
        "area",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_area_parent_code", "area", ["parent_code", "name"], unique=False
    )
    op.create_index(
        "ix_area_source_code", "area", ["parent_code", "source_code"], unique=False
    )
    op.create_table(
        "hazard_event",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Text(collation="C"),
            nullable=False,
            comment="words.EVENT_KIND, or the unknown word as received",
        ),
        sa.Column(
            "kind_text", sa.Text(), nullable=True, comment="the sender's own word"
        ),
        sa.Column(
            "level", sa.Text(collation="C"), server_default="ungraded", nullable=False
        ),
        sa.Column("response_level", sa.Integer(), nullable=True),
        sa.Column(
            "mode", sa.Text(collation="C"), server_default="actual", nullable=False
        ),
        sa.Column(
            "phase", sa.Text(collation="C"), server_default="warning", nullable=False
        ),
        sa.Column(
            "source",
            sa.Text(collation="C"),
            nullable=False,
            comment="file, drawing, areas, buffer, cap",
        ),
        sa.Column(
            "message_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="identifier of the CAP message",
        ),
        sa.Column(
            "message",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of the message as received",
        ),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "responded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="first respond",
        ),
        sa.Column(
            "responded_areas",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="areas for which tasks were given ('0': all): only there a new revision opens added houses",
        ),
        sa.Column(
            "aftermath_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="due times count from here",
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "revision",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="n of the current zone_revision",
        ),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "client_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="id the form gave itself: twice is once",
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "level IN ('red', 'orange', 'yellow', 'blue', 'ungraded')",
            name=op.f("ck_hazard_event_level"),
        ),
        sa.CheckConstraint(
            "mode IN ('actual', 'drill')", name=op.f("ck_hazard_event_mode")
        ),
        sa.CheckConstraint(
            "phase IN ('draft', 'warning', 'ongoing', 'aftermath', 'closed', 'mistaken')",
            name=op.f("ck_hazard_event_phase"),
        ),
        sa.CheckConstraint(
            "response_level BETWEEN 1 AND 4",
            name=op.f("ck_hazard_event_response_level"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_event")),
        sa.UniqueConstraint("client_id", name=op.f("uq_hazard_event_client_id")),
        comment="Disaster events; scope_code is the county (or township) that leads it",
    )
    op.create_index(
        "ix_hazard_event_message_id", "hazard_event", ["message_id"], unique=False
    )
    op.create_index(
        "ix_hazard_event_scope_code",
        "hazard_event",
        ["scope_code", "created_at"],
        unique=False,
    )
    op.create_geospatial_table(
        "house",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "code",
            sa.Text(collation="C"),
            nullable=False,
            comment="NFKC, trimmed, upper case; never changes by moving",
        ),
        sa.Column(
            "scope_code",
            sa.Text(collation="C"),
            nullable=False,
            comment="computed village, else declared, else township or county",
        ),
        sa.Column(
            "village_code",
            sa.Text(collation="C"),
            nullable=True,
            comment="village whose outline holds the point",
        ),
        sa.Column(
            "declared_code",
            sa.Text(collation="C"),
            nullable=True,
            comment="village (or township) that the ledger names",
        ),
        sa.Column("settlement", sa.Text(), nullable=True, comment="自然屯/组"),
        sa.Column(
            "location_state",
            sa.Text(collation="C"),
            server_default="unlocated",
            nullable=False,
        ),
        sa.Column(
            "location_note",
            sa.Text(collation="C"),
            nullable=True,
            comment="misplaced, outside, border, shared_point, shifted, proposed, confirmed",
        ),
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
        sa.Column("tile_key", sa.BigInteger(), nullable=True),
        sa.Column("source_crs", sa.Text(collation="C"), nullable=True),
        sa.Column("structure", sa.Text(collation="C"), nullable=True),
        sa.Column("built_year", sa.SmallInteger(), nullable=True),
        sa.Column("storeys", sa.SmallInteger(), nullable=True),
        sa.Column("rooms", sa.SmallInteger(), nullable=True, comment="间"),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("building_kind", sa.Text(collation="C"), nullable=True),
        sa.Column("occupancy", sa.Text(collation="C"), nullable=True),
        sa.Column("occupancy_checked_on", sa.Date(), nullable=True),
        sa.Column("occupancy_checked_by", sa.Text(), nullable=True),
        sa.Column(
            "grade",
            sa.Text(collation="C"),
            nullable=True,
            comment="cache of grade_record: signed beats ledger, then latest",
        ),
        sa.Column("grade_basis", sa.Text(collation="C"), nullable=True),
        sa.Column("graded_on", sa.Date(), nullable=True),
        sa.Column(
            "suspected_on", sa.Date(), nullable=True, comment="day of an open suspicion"
        ),
        sa.Column(
            "risk",
            sa.Text(collation="C"),
            sa.Computed(
                "CASE WHEN grade IN ('C', 'D') THEN grade WHEN suspected_on IS NOT NULL AND (graded_on IS NULL OR suspected_on > graded_on) THEN 'suspected' WHEN grade IS NOT NULL THEN grade ELSE 'none' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "renovation",
            sa.Text(collation="C"),
            server_default="not_needed",
            nullable=False,
        ),
        sa.Column("measure", sa.Text(collation="C"), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column(
            "extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="ledger columns without a field of their own",
        ),
        sa.Column(
            "households",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="户 living here",
        ),
        sa.Column(
            "people",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="人 living here",
        ),
        sa.Column(
            "key_groups",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="K1-K6 of those households, repeated per 户",
        ),
        sa.Column(
            "traits",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="避险特征 of those households, repeated per 户",
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column(
            "ended_reason",
            sa.Text(collation="C"),
            nullable=True,
            comment="demolished, duplicate, mistaken",
        ),
        sa.Column("duplicate_of", sa.BigInteger(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            nullable=True,
            comment="import that created or last changed the row",
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "building_kind IN ('dwelling', 'ancillary', 'disused')",
            name=op.f("ck_house_building_kind"),
        ),
        sa.CheckConstraint(
            "grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_house_grade")
        ),
        sa.CheckConstraint(
            "grade_basis IN ('assessment', 'appraisal', 'field_judgement', 'legacy')",
            name=op.f("ck_house_grade_basis"),
        ),
        sa.CheckConstraint(
            "location_state IN ('located', 'unlocated', 'disputed')",
            name=op.f("ck_house_location_state"),
        ),
        sa.CheckConstraint(
            "measure IN ('subsidised', 'self_funded', 'placement', 'rental', 'sealed', 'demolished', 'declined')",
            name=op.f("ck_house_measure"),
        ),
        sa.CheckConstraint(
            "occupancy IN ('resident', 'seasonal', 'away', 'let', 'empty')",
            name=op.f("ck_house_occupancy"),
        ),
        sa.CheckConstraint(
            "renovation IN ('not_needed', 'unplanned', 'listed', 'started', 'completed', 'accepted', 'moved_in')",
            name=op.f("ck_house_renovation"),
        ),
        sa.CheckConstraint(
            "(geom IS NULL) = (tile_key IS NULL)",
            name=op.f("ck_house_tile_key_of_point"),
        ),
        sa.CheckConstraint(
            "(grade IS NULL) = (grade_basis IS NULL)",
            name=op.f("ck_house_grade_has_basis"),
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["house.id"], name=op.f("fk_house_duplicate_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house")),
        sa.UniqueConstraint("code", name=op.f("uq_house_code")),
    )
    op.create_index("ix_house_batch_id", "house", ["batch_id"], unique=False)
    op.create_index(
        "ix_house_duplicate_of",
        "house",
        ["duplicate_of"],
        unique=False,
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.create_index(
        "ix_house_declared_code",
        "house",
        ["declared_code"],
        unique=False,
        postgresql_where=sa.text("location_state <> 'located'"),
    )
    op.create_index("ix_house_scope_code", "house", ["scope_code"], unique=False)
    op.create_index(
        "ix_house_tile_key", "house", ["tile_key", "scope_code"], unique=False
    )
    op.create_index(
        "ix_house_unsettled",
        "house",
        ["scope_code", "id"],
        unique=False,
        postgresql_where=sa.text(
            "(location_state <> 'located' OR location_note IN ('shared_point', 'shifted', 'border'))"
            " AND ended_on IS NULL"
        ),
    )
    op.create_index(
        "ix_house_urgency",
        "house",
        [
            sa.text(
                "(CASE risk WHEN 'D' THEN 1 WHEN 'C' THEN 2 WHEN 'suspected' THEN 3"
                " WHEN 'none' THEN 4 WHEN 'B' THEN 5 ELSE 6 END)"
            ),
            "scope_code",
            "id",
        ],
        unique=False,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "house_grid",
        sa.Column("cell", sa.BigInteger(), nullable=False, comment="tile_key >> 16"),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("risk", sa.Text(collation="C"), nullable=False),
        sa.Column("renovation", sa.Text(collation="C"), nullable=False),
        sa.Column("houses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "cell", "scope_code", "risk", "renovation", name=op.f("pk_house_grid")
        ),
        comment="Counts by z16 cell; true together with house_grid_delta, doctor compares with house",
    )
    op.create_table(
        "house_grid_delta",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("risk", sa.Text(collation="C"), nullable=False),
        sa.Column("renovation", sa.Text(collation="C"), nullable=False),
        sa.Column("houses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_grid_delta")),
        comment="Appended by statement triggers on house, folded into house_grid by a job",
    )
    op.create_index(
        "ix_house_grid_delta_cell", "house_grid_delta", ["cell"], unique=False
    )
    op.create_table(
        "register_set_aside",
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("removal", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="1 unique, 2 indexes, 3 foreign keys"),
        sa.PrimaryKeyConstraint("definition", name=op.f("pk_register_set_aside")),
        comment="Indexes and keys that a first load has set aside; empty outside its transaction",
    )
    op.create_table(
        "household",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("head", sa.Text(collation="C"), nullable=True, comment="户主姓名"),
        sa.Column("id_number_cipher", sa.LargeBinary(), nullable=True),
        sa.Column(
            "id_number_key",
            sa.Uuid(),
            nullable=True,
            comment="first 128 bits of HMAC-SHA256",
        ),
        sa.Column("id_number_masked", sa.Text(collation="C"), nullable=True),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_key", sa.Uuid(), nullable=True),
        sa.Column("phone_masked", sa.Text(collation="C"), nullable=True),
        sa.Column("persons", sa.SmallInteger(), nullable=True),
        sa.Column(
            "categories",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="保障类别",
        ),
        sa.Column(
            "monitoring",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="监测身份",
        ),
        sa.Column(
            "traits",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=True,
            comment="避险特征",
        ),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        comment="Households; ID number and phone only encrypted, found by keyed hash (D9)",
    )
    op.create_index("ix_household_head", "household", ["head", "scope_code"], unique=False)
    op.create_index(
        "ix_household_id_number_key", "household", ["id_number_key"], unique=False
    )
    op.create_index(
        "ix_household_scope_code", "household", ["scope_code"], unique=False
    )
    op.create_table(
        "journal_digest",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_journal_digest")),
        comment="SHA-256 over a day's journal and the previous digest",
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "action",
            sa.Text(collation="C"),
            nullable=False,
            comment="room.verb, e.g. houses.load",
        ),
        sa.Column("subject_kind", sa.Text(collation="C"), nullable=True),
        sa.Column("subject_id", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "scope_code",
            sa.Text(collation="C"),
            nullable=False,
            comment="whose area the act concerns; 0 for the whole service",
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "source",
            sa.Text(collation="C"),
            nullable=False,
            comment="page, api, cli, job",
        ),
        sa.Column("address", postgresql.INET(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "diff",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="{field: [before, after]}, personal data masked",
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        comment="Append-only: who did what, when, from where; set operations are one row with counts",
    )
    op.create_index("ix_journal_entry_at", "journal_entry", ["at"], unique=False)
    op.create_index(
        "ix_journal_entry_scope_code",
        "journal_entry",
        ["scope_code", "at"],
        unique=False,
    )
    op.create_index(
        "ix_journal_entry_subject",
        "journal_entry",
        ["subject_kind", "subject_id", "at"],
        unique=False,
    )
    op.create_table(
        "policy_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "area_code",
            sa.Text(collation="C"),
            nullable=False,
            comment="0 for every area",
        ),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column(
            "basis",
            sa.Text(),
            nullable=False,
            comment="document number, or 系统建议值（待县局确认）",
        ),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_setting")),
        comment="Rules as data: value with area, effect date and basis; never edited, only followed by a newer one",
    )
    op.create_index(
        "ix_policy_setting_key",
        "policy_setting",
        ["key", "area_code", "effective_from"],
        unique=False,
    )
    op.create_table(
        "stored_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "sha256",
            sa.Text(collation="C"),
            nullable=False,
            comment="of the bytes on disk, which are named by it",
        ),
        sa.Column(
            "content_sha256",
            sa.Text(collation="C"),
            nullable=False,
            comment="of the content; another one when it lies encrypted",
        ),
        sa.Column(
            "bytes",
            sa.BigInteger(),
            nullable=False,
            comment="size of the content",
        ),
        sa.Column("media_type", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "name",
            sa.Text(),
            nullable=False,
            comment="name shown for download, without personal data",
        ),
        sa.Column(
            "kind",
            sa.Text(collation="C"),
            nullable=False,
            comment="photo, upload, report, document",
        ),
        sa.Column("encrypted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "keep_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="deleted by a job after this",
        ),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        comment="Rows of the files kept outside the database; served only through the scope check",
    )
    op.create_index(
        "ix_stored_file_scope_code",
        "stored_file",
        ["scope_code", "content_sha256"],
        unique=False,
    )
    op.create_index("ix_stored_file_sha256", "stored_file", ["sha256"], unique=False)
    op.create_table(
        "workday",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_workday")),
        comment="Only the exceptions from Monday to Friday",
    )
    op.create_table(
        "area_alias",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match_name", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_code"],
            ["area.code"],
            name=op.f("fk_area_alias_area_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_alias")),
        comment="Other and former names under which ledgers and warnings know a division",
    )
    op.create_index(
        "ix_area_alias_match_name", "area_alias", ["match_name"], unique=False
    )
    op.create_geospatial_table(
        "area_cell",
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False, comment="tile_key >> 20"),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="NULL: the whole cell is inside",
        ),
        sa.ForeignKeyConstraint(
            ["area_code"],
            ["area.code"],
            name=op.f("fk_area_cell_area_code"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("area_code", "cell", name=op.f("pk_area_cell")),
    )
    op.create_index("ix_area_cell_cell", "area_cell", ["cell"], unique=False)
    op.create_table(
        "area_grant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(collation="C"), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('village', 'township', 'county', 'emergency', 'planner', 'leader', 'technician', 'admin')",
            name=op.f("ck_area_grant_role"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["app_user.id"],
            name=op.f("fk_area_grant_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_grant")),
        comment="Who may do what where and when; area 0 is the whole database",
    )
    op.create_index(
        "ix_area_grant_area_code", "area_grant", ["area_code"], unique=False
    )
    op.create_index("ix_area_grant_user_id", "area_grant", ["user_id"], unique=False)
    op.create_table(
        "category_certificate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.Text(collation="C"), nullable=False),
        sa.Column("certified_on", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("certifier", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_category_certificate_household_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category_certificate")),
        comment="Certified protection categories with certifier and document",
    )
    op.create_index(
        "ix_category_certificate_household_id",
        "category_certificate",
        ["household_id"],
        unique=False,
    )
    op.create_table(
        "emergency_inspection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "state",
            sa.Text(collation="C"),
            nullable=False,
            comment="prepared until 灾后排查 begins",
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False, comment="1 first"),
        sa.Column(
            "reasons",
            postgresql.ARRAY(sa.Text(collation="C")),
            nullable=False,
            comment="why this priority, see inspections/priority.py",
        ),
        sa.Column(
            "uncertain",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="no or disputed point, village touched",
        ),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="never moves later",
        ),
        sa.Column(
            "assignee_area",
            sa.Text(collation="C"),
            nullable=False,
            comment="village with inspectors, else the township's desk",
        ),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="zone revision that (re)opened it",
        ),
        sa.Column(
            "batch_id",
            sa.BigInteger(),
            nullable=False,
            comment="journal id of the respond that (re)opened it",
        ),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="first saved content",
        ),
        sa.Column("result", sa.Text(collation="C"), nullable=True),
        sa.Column("damage", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "rooms_collapsed", sa.SmallInteger(), nullable=True, comment="倒塌 间"
        ),
        sa.Column(
            "rooms_severe", sa.SmallInteger(), nullable=True, comment="严重损坏 间"
        ),
        sa.Column(
            "rooms_slight", sa.SmallInteger(), nullable=True, comment="一般损坏 间"
        ),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "visitor",
            sa.Text(),
            nullable=True,
            comment="who looked; may differ from who typed (代录)",
        ),
        sa.Column("entered_by", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("client_id", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "damage IN ('none', 'slight', 'severe', 'collapsed')",
            name=op.f("ck_emergency_inspection_damage"),
        ),
        sa.CheckConstraint(
            "result IN ('no_visible_hazard', 'suspected', 'collapsed', 'locked', 'uninhabited', 'refused', 'demolished')",
            name=op.f("ck_emergency_inspection_result"),
        ),
        sa.CheckConstraint(
            "state IN ('prepared', 'open', 'in_progress', 'done', 'withdrawn')",
            name=op.f("ck_emergency_inspection_state"),
        ),
        sa.CheckConstraint(
            "priority BETWEEN 1 AND 3", name=op.f("ck_emergency_inspection_priority")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["hazard_event.id"],
            name=op.f("fk_emergency_inspection_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["house_id"], ["house.id"], name=op.f("fk_emergency_inspection_house_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_inspection")),
        comment="Emergency inspections, one per event and house; reopened, not repeated, when a house re-enters",
    )
    op.create_index(
        "ix_emergency_inspection_due_at",
        "emergency_inspection",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'in_progress')"),
    )
    op.create_index(
        "ix_emergency_inspection_house_id",
        "emergency_inspection",
        ["house_id"],
        unique=False,
    )
    op.create_index(
        "ix_emergency_inspection_scope_code",
        "emergency_inspection",
        ["scope_code", "event_id", "state"],
        unique=False,
    )
    op.create_index(
        "uq_emergency_inspection_event_id_house_id",
        "emergency_inspection",
        ["event_id", "house_id"],
        unique=True,
    )
    op.create_table(
        "first_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["app_user.id"],
            name=op.f("fk_first_link_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_first_link")),
        comment="One-time links to set a password; stored as SHA-256",
    )
    op.create_table(
        "grade_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("grade", sa.Text(collation="C"), nullable=False),
        sa.Column("basis", sa.Text(collation="C"), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "source", sa.Text(), nullable=False, comment="import file, form, assessment"
        ),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("supersedes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "basis IN ('assessment', 'appraisal', 'field_judgement', 'legacy')",
            name=op.f("ck_grade_record_basis"),
        ),
        sa.CheckConstraint(
            "grade IN ('A', 'B', 'C', 'D')", name=op.f("ck_grade_record_grade")
        ),
        sa.ForeignKeyConstraint(
            ["house_id"], ["house.id"], name=op.f("fk_grade_record_house_id")
        ),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["grade_record.id"], name=op.f("fk_grade_record_supersedes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_record")),
        comment="History of grades; house.grade is its cache: signed beats ledger, then the latest; undone imports do not count",
    )
    op.create_index(
        "ix_grade_record_house_id",
        "grade_record",
        ["house_id", "decided_on"],
        unique=False,
    )
    op.create_index(
        "ix_grade_record_supersedes",
        "grade_record",
        ["supersedes"],
        unique=False,
        postgresql_where=sa.text("supersedes IS NOT NULL"),
    )
    op.create_table(
        "house_alias",
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["house_id"], ["house.id"], name=op.f("fk_house_alias_house_id")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_house_alias")),
        comment="Former codes, so that an old ledger still finds its house",
    )
    op.create_index(
        "ix_house_alias_house_id", "house_alias", ["house_id"], unique=False
    )
    op.create_table(
        "house_household",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "relation", sa.Text(collation="C"), server_default="lives", nullable=False
        ),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "relation IN ('lives', 'owns')", name=op.f("ck_house_household_relation")
        ),
        sa.ForeignKeyConstraint(
            ["house_id"], ["house.id"], name=op.f("fk_house_household_house_id")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_house_household_household_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_house_household")),
        comment="Who lives in and who owns which house, with period",
    )
    op.create_index(
        "ix_house_household_house_id", "house_household", ["house_id"], unique=False
    )
    op.create_index(
        "ix_house_household_household_id",
        "house_household",
        ["household_id"],
        unique=False,
    )
    op.create_index(
        "uq_house_household_lives_once",
        "house_household",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("relation = 'lives' AND to_on IS NULL"),
    )
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(collation="C"), nullable=True),
        sa.Column("source_crs", sa.Text(collation="C"), nullable=False),
        sa.Column("recognised", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "layout",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="how to write the same form again",
        ),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="what the person said about the file",
        ),
        sa.Column(
            "preview",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="dry run, then result, row by row, masked",
        ),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "job_id",
            sa.BigInteger(),
            nullable=True,
            comment="job that does it, when it is large",
        ),
        sa.Column(
            "client_id",
            sa.Text(collation="C"),
            nullable=True,
            comment="of the form that sent it, so that it counts once",
        ),
        sa.Column("raw_file_id", sa.BigInteger(), nullable=True),
        sa.Column("report_file_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["raw_file_id"],
            ["stored_file.id"],
            name=op.f("fk_import_batch_raw_file_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["report_file_id"],
            ["stored_file.id"],
            name=op.f("fk_import_batch_report_file_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        comment="Loads of ledgers; rows carry the batch id, raw rows lie masked in a stored file",
    )
    op.create_index(
        "uq_import_batch_client_id",
        "import_batch",
        ["actor", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )
    op.create_index(
        "ix_import_batch_scope_code",
        "import_batch",
        ["scope_code", "started_at"],
        unique=False,
    )
    op.create_table(
        "zone_revision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name=op.f("fk_zone_revision_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone_revision")),
        sa.UniqueConstraint("event_id", "n", name=op.f("uq_zone_revision_event_id_n")),
        comment="Append-only: every change of an event's zones",
    )
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["area_grant.id"],
            name=op.f("fk_api_token_grant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["app_user.id"],
            name=op.f("fk_api_token_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
        sa.UniqueConstraint("id", name=op.f("uq_api_token_id")),
        comment="API tokens, acting under one grant of their user",
    )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"], unique=False)
    op.create_geospatial_table(
        "hazard_zone",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("revision_id", sa.BigInteger(), nullable=True),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="NULL: a division without outline, chosen by code",
        ),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("repaired", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="standing areas only",
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="standing areas only: the file, or that it was drawn"),
        sa.Column("made_by", sa.Text(), nullable=True, comment="standing areas only"),
        sa.Column("is_demo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(event_id IS NULL) = (revision_id IS NULL)",
            name=op.f("ck_hazard_zone_event_has_revision"),
        ),
        sa.CheckConstraint(
            "geom IS NULL OR (ST_IsValid(geom) AND NOT ST_IsEmpty(geom))",
            name=op.f("ck_hazard_zone_geom_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name=op.f("fk_hazard_zone_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["zone_revision.id"],
            name=op.f("fk_hazard_zone_revision_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_zone")),
    )
    op.create_index(
        "ix_hazard_zone_event_id",
        "hazard_zone",
        ["event_id", "revision_id"],
        unique=False,
    )
    op.create_geospatial_index(
        "ix_hazard_zone_geom",
        "hazard_zone",
        ["geom"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index(
        "ix_hazard_zone_scope_code", "hazard_zone", ["scope_code"], unique=False
    )
    op.create_table(
        "import_rows",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("lines", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("house_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("household_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_import_rows_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_import_rows")),
        comment="Lines of a ledger with their houses and households; not kept for very large files",
    )
    op.create_table(
        "import_change",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version_after", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('house', 'household')", name=op.f("ck_import_change_kind")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_import_change_batch_id")
        ),
        sa.PrimaryKeyConstraint(
            "batch_id", "kind", "row_id", name=op.f("pk_import_change")
        ),
        comment="Values before an import changed them, and the version it left",
    )
    op.create_index(
        "ix_import_change_row_id", "import_change", ["row_id", "kind"], unique=False
    )
    op.create_table(
        "inspection_photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("inspection_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_inspection_photo_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["inspection_id"],
            ["emergency_inspection.id"],
            name=op.f("fk_inspection_photo_inspection_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_photo")),
        comment="Photos of emergency inspections",
    )
    op.create_index(
        "ix_inspection_photo_inspection_id",
        "inspection_photo",
        ["inspection_id"],
        unique=False,
    )
    op.create_table(
        "ledger_difference",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("house_id", sa.BigInteger(), nullable=False),
        sa.Column("scope_code", sa.Text(collation="C"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("field", sa.Text(collation="C"), nullable=False),
        sa.Column("stored", sa.Text(), nullable=True),
        sa.Column("stated", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_ledger_difference_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["house_id"], ["house.id"], name=op.f("fk_ledger_difference_house_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_difference")),
        comment="What a ledger says against a signed fact, until somebody settles it",
    )
    op.create_index(
        "ix_ledger_difference_house_id", "ledger_difference", ["house_id"], unique=False
    )
    op.create_table(
        "sign_in_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", postgresql.INET(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["area_grant.id"],
            name=op.f("fk_sign_in_session_grant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["app_user.id"],
            name=op.f("fk_sign_in_session_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_session")),
        comment="Server-side sessions: ended by sign-out, expiry, disabling the user",
    )
    op.create_index(
        "ix_sign_in_session_user_id", "sign_in_session", ["user_id"], unique=False
    )
    op.create_table(
        "hazard_zone_area",
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "whole",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="chosen by code: every house declared there is meant, with or without a point",
        ),
        sa.Column("overlap_m2", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["zone_id"],
            ["hazard_zone.id"],
            name=op.f("fk_hazard_zone_area_zone_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "zone_id", "area_code", name=op.f("pk_hazard_zone_area")
        ),
        comment="Villages (else townships, counties) that a zone touches, or that it was chosen by",
    )
    op.create_index(
        "ix_hazard_zone_area_area_code", "hazard_zone_area", ["area_code"], unique=False
    )
    op.create_table(
        "layer_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "layer",
            sa.Text(collation="C"),
            nullable=False,
            comment="houses, areas, zones, inspections",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_change")),
        comment="Appended by statement triggers, folded by a job; versions of tiles (ETag)",
    )
    op.create_geospatial_table(
        "hazard_zone_piece",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.Column("lo", sa.BigInteger(), nullable=False),
        sa.Column("hi", sa.BigInteger(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4490,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
            comment="NULL: the whole cell is inside",
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"],
            ["hazard_zone.id"],
            name=op.f("fk_hazard_zone_piece_zone_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hazard_zone_piece")),
    )
    op.create_index(
        "ix_hazard_zone_piece_zone_id",
        "hazard_zone_piece",
        ["zone_id", "lo"],
        unique=False,
    )

    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "scope_code",
            sa.Text(collation="C"),
            nullable=False,
            comment="the area the actor had; 0 for the whole database",
        ),
        sa.Column("actor", sa.Text(collation="C"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("grant_id", sa.BigInteger(), nullable=True),
        sa.Column("address", postgresql.INET(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column(
            "task",
            sa.Text(collation="C"),
            nullable=False,
            comment="name in geo_housing/tasks.py",
        ),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "key",
            sa.Text(collation="C"),
            nullable=False,
            comment="the same person defers the same open work once",
        ),
        sa.Column(
            "state", sa.Text(collation="C"), server_default="waiting", nullable=False
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "step",
            sa.Text(),
            nullable=True,
            comment="what is being done, for people",
        ),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "error",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="{title, detail, errors}",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'refused')",
            name=op.f("ck_job_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        comment="Work for the worker: actor and area it acts with, progress, result; ids only, no personal data",
    )
    op.create_index("ix_job_scope_code", "job", ["scope_code"], unique=False)
    op.create_index("ix_job_user_id", "job", ["user_id", "id"], unique=False)
    op.create_index(
        "uq_job_open",
        "job",
        ["actor", "task", "key"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    make_queue(op.get_bind())

    # Alembic's helper for tables with geometry leaves their comments out.
    for table, comment in (
        ("area", "Divisions; code is hierarchical by prefix: county 6, township 9, village 12 digits"),
        ("area_cell", "Outlines cut along the z14 tile grid, so that a point finds its village by equality"),
        ("hazard_zone", "Zones of events by revision, and standing risk areas (event_id IS NULL)"),
        ("hazard_zone_piece", "Zones cut along the tile quadtree (geo_housing/cells.py), so that overlay goes by B-tree"),
        ("house", "Houses; tile_key (quadkey of the point at z24) is the spatial index, see D11 and D15"),
    ):
        op.create_table_comment(table, comment)

    for part in (
        "0001_rights.sql",
        "0001_policies.sql",
        "0001_functions.sql",
        "0001_triggers.sql",
        "0001_register.sql",
        "0001_first_load.sql",
        "0001_layer_changes.sql",
        "0001_queue.sql",
        "0001_demo.sql",
    ):
        run_script(op.get_bind(), part)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
