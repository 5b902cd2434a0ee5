"""A photo of an inspection keeps where its camera says it was taken, as a photo that waits does: to ask about a wrong house."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of photos that came before nobody knows it."""
    comment = "as the camera says; a hint, shown to nobody"
    op.add_column("inspection_photo", sa.Column("taken_lon", sa.Double(), nullable=True, comment=comment))
    op.add_column("inspection_photo", sa.Column("taken_lat", sa.Double(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("inspection_photo", "taken_lat")
    op.drop_column("inspection_photo", "taken_lon")
