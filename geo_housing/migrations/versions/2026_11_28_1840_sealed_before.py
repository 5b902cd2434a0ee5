"""What an import found sealed is kept in columns of its own, so that a change of keys seals it anew."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Values move out of the row's JSON, where no change of keys reached them."""
    op.add_column("import_change", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False))
    comment = "of a household before the import, sealed for row_id"
    op.add_column("import_change", sa.Column("id_number_cipher", sa.LargeBinary(), nullable=True, comment=comment))
    op.add_column("import_change", sa.Column("phone_cipher", sa.LargeBinary(), nullable=True, comment=comment))
    op.create_unique_constraint(op.f("uq_import_change_id"), "import_change", ["id"])
    op.execute("""
        UPDATE import_change SET id_number_cipher = (before ->> 'id_number_cipher')::bytea,
            phone_cipher = (before ->> 'phone_cipher')::bytea,
            before = before - ARRAY['id_number_cipher', 'phone_cipher']
        WHERE kind = 'household'
    """)
    # Otherwise history: added to, never changed.
    op.execute("GRANT UPDATE (id_number_cipher, phone_cipher) ON import_change TO gh_app")
    op.execute("GRANT USAGE ON SEQUENCE import_change_id_seq TO gh_app")
    op.execute("GRANT SELECT ON SEQUENCE import_change_id_seq TO gh_backup")


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
