"""A zone keeps the division that it was chosen by: what it meant is known when other zones have taken its place."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up. Of zones that count no more the division is known by their name, their outline, and how they came."""
    comment = "the division that an event's zone was chosen by, kept when it counts no more; NULL: drawn"
    op.add_column("hazard_zone", sa.Column("chosen_code", sa.Text(collation="C"), nullable=True, comment=comment))
    op.execute("""
        UPDATE hazard_zone z SET chosen_code = w.code
        FROM (SELECT zone_id, min(area_code) AS code FROM hazard_zone_area WHERE whole GROUP BY zone_id) w
        WHERE w.zone_id = z.id AND z.event_id IS NOT NULL
    """)
    op.execute("""
        UPDATE hazard_zone z SET chosen_code = f.code
        FROM (
            SELECT o.id, min(a.code) AS code
            FROM hazard_zone o
            JOIN zone_revision r ON r.id = o.revision_id
            JOIN area a ON a.name = o.name AND (o.geom = a.geom OR o.geom IS NULL)
              AND (starts_with(a.code, o.scope_code) OR starts_with(o.scope_code, a.code))
            WHERE o.chosen_code IS NULL AND (o.geom IS NULL OR EXISTS (
                SELECT FROM zone_revision e
                WHERE e.event_id = r.event_id AND e.n <= r.n AND e.source NOT IN ('file', 'drawing', 'buffer')))
            GROUP BY o.id HAVING count(*) = 1
        ) f
        WHERE f.id = z.id
    """)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
