"""Photos that were sent later and wait for a house; a photo of an inspection may be taken back."""

import sqlalchemy as sa
from alembic import op

from geo_housing.migrations.scripts import run_script

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CODE = sa.Text(collation="C")


def upgrade() -> None:
    """Go up."""
    op.add_column(
        "inspection_photo",
        sa.Column(
            "taken_back_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="it was another house's; it is shown nowhere any more",
        ),
    )
    op.create_table(
        "loose_photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("scope_code", CODE, nullable=False, comment="township or village whose photos they are"),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True, comment="as the camera says"),
        sa.Column("taken_lon", sa.Double(), nullable=True, comment="as the camera says; a hint, shown to nobody"),
        sa.Column("taken_lat", sa.Double(), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("inspection_id", sa.BigInteger(), nullable=True, comment="NULL: waits for a house"),
        sa.Column("photo_id", sa.BigInteger(), nullable=True, comment="the photo of the inspection that it became"),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_by", sa.Text(), nullable=True),
        sa.Column("set_aside_at", sa.DateTime(timezone=True), nullable=True, comment="不归户: of no house, kept"),
        sa.Column("set_aside_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "(inspection_id IS NULL) = (photo_id IS NULL) AND (inspection_id IS NULL) = (assigned_at IS NULL)"
            " AND (inspection_id IS NULL OR set_aside_at IS NULL)",
            name=op.f("ck_loose_photo_one_place"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["hazard_event.id"], name="fk_loose_photo_event_id_hazard_event", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name="fk_loose_photo_file_id_stored_file"),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["emergency_inspection.id"], name="fk_loose_photo_inspection_id_emergency_inspection"
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["inspection_photo.id"], name="fk_loose_photo_photo_id_inspection_photo"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_loose_photo"),
        comment="照片归户: photos that were sent later, until somebody says of which house they are",
    )
    op.create_index("uq_loose_photo_file_id", "loose_photo", ["file_id", "event_id", "scope_code"], unique=True)
    op.create_index("ix_loose_photo_scope_code", "loose_photo", ["scope_code", "event_id"])
    op.create_index("ix_loose_photo_event_id", "loose_photo", ["event_id"])
    for name in ("inspection_id", "photo_id"):
        op.create_index(
            f"ix_loose_photo_{name}", "loose_photo", [name], postgresql_where=sa.text(f"{name} IS NOT NULL")
        )
    run_script(op.get_bind(), "0017_loose_photos.sql")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
