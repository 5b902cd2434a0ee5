"""Warnings: every text and message received for an event, in a table of their own; zones say which one they come from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from geo_housing.migrations.scripts import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up."""
    op.create_table(
        "warning",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", _CODE, nullable=False, comment="that of its event"),
        sa.Column("form", _CODE, nullable=False, comment="text as pasted, or cap"),
        sa.Column("identifier", _CODE, nullable=True, comment="of a CAP message"),
        sa.Column("refers_to", postgresql.ARRAY(_CODE), nullable=True, comment="identifiers that a CAP message names"),
        sa.Column("text", sa.Text(), nullable=True, comment="the paste, whole, as it was received"),
        sa.Column("digest", _CODE, nullable=True, comment="of the paste in one spelling: known again when it comes twice"),
        sa.Column("part", sa.SmallInteger(), server_default="0", nullable=False, comment="which warning of the paste"),
        sa.Column(
            "message",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="fields of a CAP message as received",
        ),
        sa.Column(
            "status", _CODE, server_default="Actual", nullable=False, comment="Actual, Exercise, Test, Draft, or as received"
        ),
        sa.Column("action", _CODE, nullable=False),
        sa.Column("kind", _CODE, nullable=False, comment="words.EVENT_KIND, or the unknown word as received"),
        sa.Column("kind_text", sa.Text(), nullable=True, comment="the sender's own word"),
        sa.Column("level", _CODE, nullable=True, comment="NULL: it states none"),
        sa.Column("former_level", _CODE, nullable=True),
        sa.Column("response_level", _CODE, nullable=True, comment="I to IV: apart from the level"),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True, comment="when what it replaces was issued"),
        sa.Column(
            "areas",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="[{code, name, text, extent, level}] as confirmed",
        ),
        sa.Column(
            "unread",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="[{text, sentence}] that could not be used",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True, comment="the warning that replaced or lifted it"),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("client_id", _CODE, nullable=True, comment="id the form gave itself: twice is once"),
        sa.CheckConstraint("form IN ('text', 'cap')", name=op.f("ck_warning_form")),
        sa.CheckConstraint(
            "action IN ('issue', 'continue', 'upgrade', 'downgrade', 'change', 'lift', 'response')",
            name=op.f("ck_warning_action"),
        ),
        sa.CheckConstraint("level IN ('red', 'orange', 'yellow', 'blue')", name=op.f("ck_warning_level")),
        sa.CheckConstraint("response_level IN ('I', 'II', 'III', 'IV')", name=op.f("ck_warning_response_level")),
        sa.CheckConstraint(
            "CASE form WHEN 'text' THEN text IS NOT NULL AND digest IS NOT NULL ELSE identifier IS NOT NULL END",
            name=op.f("ck_warning_is_whole"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_warning_end")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name=op.f("fk_warning_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["warning.id"], name=op.f("fk_warning_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning")),
        sa.UniqueConstraint("client_id", name=op.f("uq_warning_client_id")),
        sa.UniqueConstraint("event_id", "identifier", name=op.f("uq_warning_event_id_identifier")),
        sa.UniqueConstraint("event_id", "digest", "part", name=op.f("uq_warning_event_id_digest_part")),
        comment="Warnings received for events, as confirmed; append-only but for their end",
    )
    op.create_index("ix_warning_digest", "warning", ["digest"])
    op.create_index("ix_warning_identifier", "warning", ["identifier"])
    op.add_column(
        "hazard_zone",
        sa.Column("warning_id", sa.BigInteger(), nullable=True, comment="the warning that names it; NULL: drawn or from a file"),
    )
    op.create_foreign_key(op.f("fk_hazard_zone_warning_id"), "hazard_zone", "warning", ["warning_id"], ["id"])
    run_script(op.get_bind(), "0008_warnings.sql")
    op.alter_column(
        "hazard_event",
        "source",
        existing_type=_CODE,
        existing_nullable=False,
        existing_comment="file, drawing, areas, buffer, cap",
        comment="file, drawing, areas, buffer, cap, text",
    )
    op.drop_index("ix_hazard_event_message_id", table_name="hazard_event")
    op.drop_column("hazard_event", "message_id")
    op.drop_column("hazard_event", "message")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
