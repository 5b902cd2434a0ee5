"""Zones that count today follow changed outlines: which divisions they touch, and where a standing area reaches beyond its own.

Without it a house whose place nobody knows, declared in a village that got its outline during the event, would be looked for
by nobody. Zones of events that are over stay as they were.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.areas.announcements import OutlinesChanged
from geo_housing.db import Actor
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.storing import measure_overlaps, store_areas

# Whoever draws zones anew holds their event: they come before or after, not between.
_GOING_ON = text("SELECT id FROM hazard_event WHERE phase <> ALL (CAST(:ended AS text[])) ORDER BY id FOR UPDATE")
# Those that lie in a changed outline, those that lay in it, and those chosen by a division around it.
_CONCERNED = text("""
    SELECT z.id, z.scope_code, z.event_id IS NULL AS stands, (
        SELECT min(a.area_code) FROM hazard_zone_area a WHERE a.zone_id = z.id AND a.whole) AS chosen
    FROM hazard_zone z
    WHERE (CASE WHEN z.event_id IS NULL THEN z.ended_at IS NULL ELSE EXISTS (
            SELECT FROM hazard_event e JOIN zone_revision r ON r.event_id = e.id AND r.n = e.revision
            WHERE e.id = ANY (CAST(:events AS bigint[])) AND e.id = z.event_id AND r.id = z.revision_id) END)
      AND (EXISTS (
            SELECT FROM area c JOIN area a ON starts_with(c.code, a.code)
            WHERE c.code = ANY (CAST(:codes AS text[])) AND a.geom && z.geom)
        OR EXISTS (SELECT FROM hazard_zone_area a WHERE a.zone_id = z.id AND a.area_code = ANY (CAST(:codes AS text[]))))
    ORDER BY z.id FOR UPDATE OF z
""")
_FORGET = text("DELETE FROM hazard_zone_area WHERE zone_id = ANY (CAST(:zones AS bigint[]))")


def follow_outlines(session: Session, actor: Actor, change: OutlinesChanged) -> int:
    """Find anew which divisions the zones that count today touch; no house moves here."""
    del actor
    events = list(session.scalars(_GOING_ON, {"ended": list(ENDED_PHASES)}))
    zones = session.execute(_CONCERNED, {"codes": list(change.codes), "events": events}).all()
    if not zones:
        return 0
    session.execute(_FORGET, {"zones": [zone.id for zone in zones]})
    store_areas(
        session,
        chosen=[(zone.id, zone.chosen) for zone in zones if zone.chosen is not None],
        drawn=[zone.id for zone in zones if zone.chosen is None],
    )
    measure_overlaps(session, [(zone.id, zone.scope_code) for zone in zones if zone.stands])
    return 0
