"""A draft of a report that nobody wants can be dropped: it keeps its number, and counts nowhere."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go up."""
    op.add_column("event_report", sa.Column("dropped_at", sa.DateTime(timezone=True), comment="a draft that nobody wanted"))
    op.add_column("event_report", sa.Column("dropped_by", sa.Text))
    op.add_column("event_report", sa.Column("drop_reason", sa.Text))
    op.create_check_constraint(
        op.f("ck_event_report_dropped_whole"), "event_report", "num_nulls(dropped_at, dropped_by, drop_reason) IN (0, 3)"
    )
    op.create_check_constraint(
        op.f("ck_event_report_sent_or_dropped"), "event_report", "sent_at IS NULL OR dropped_at IS NULL"
    )
    op.execute("GRANT UPDATE (dropped_at, dropped_by, drop_reason) ON event_report TO gh_app")
    op.execute("""
        CREATE OR REPLACE FUNCTION refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            written text[] := '{difficulties,next_steps,sent_at,sent_by,dropped_at,dropped_by,drop_reason,version}';
        BEGIN
            IF OLD.sent_at IS NOT NULL OR OLD.dropped_at IS NOT NULL OR to_jsonb(OLD) - written <> to_jsonb(NEW) - written THEN
                RAISE EXCEPTION 'a report that was sent or dropped, and the figures of any, never change'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END
        $$
    """)


def downgrade() -> None:
    """There is no way down: restore a backup instead, so that nothing is lost."""
    raise NotImplementedError("restore a backup")
