"""Divisions that an event concerned and that none of its zones touches any more: 更正 took them out, or the zones were drawn smaller."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS

# A drawing touches its county, too: that says where it lies only where nothing below has an outline. In the same way its
# township speaks for a village that has no outline, or houses beyond all outlines; any other one it touches by itself.
_OUT_OF_RANGE = text("""
    WITH asked AS (
        SELECT e.id, c.code FROM hazard_event e CROSS JOIN unnest(CAST(:codes AS text[])) AS c (code)
        WHERE e.id = ANY (CAST(:events AS bigint[])) AND e.revision > 0
          AND (:also_ended OR e.phase NOT IN ('draft', 'closed', 'mistaken'))
    )
    SELECT q.id, q.code FROM asked q
    WHERE NOT EXISTS (
        SELECT FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id
        WHERE z.event_id = q.id AND (starts_with(a.area_code, q.code) OR (starts_with(q.code, a.area_code) AND (
            a.whole OR NOT EXISTS (
                SELECT FROM hazard_zone_area b WHERE b.zone_id = z.id AND length(b.area_code) >= :township)
            OR (length(a.area_code) >= :township AND (
                NOT EXISTS (SELECT FROM area o WHERE o.code = q.code AND o.valid_to IS NULL AND o.geom IS NOT NULL)
                OR EXISTS (
                    SELECT FROM house h WHERE h.scope_code = q.code AND h.village_code IS NULL AND h.tile_key IS NOT NULL
                      AND h.ended_on IS NULL)))))))
    AND (EXISTS (
            SELECT FROM hazard_zone z
            WHERE z.event_id = q.id AND (starts_with(z.chosen_code, q.code) OR starts_with(q.code, z.chosen_code)))
        OR EXISTS (SELECT FROM emergency_inspection i WHERE i.event_id = q.id AND i.scope_code >= q.code AND i.scope_code < q.code || ':'
            AND i.origin = 'zone' AND NOT i.uncertain)
        OR EXISTS (SELECT FROM evacuation v WHERE v.event_id = q.id AND v.scope_code >= q.code AND v.scope_code < q.code || ':'
            AND v.origin = 'rule' AND NOT v.uncertain)
        -- A place that houses of doubtful position alone bring in is called and given tasks without ever having been in a zone.
        OR EXISTS (SELECT FROM call l WHERE l.event_id = q.id AND NOT l.is_void AND l.scope_code = q.code)
            AND NOT EXISTS (
                SELECT FROM house h JOIN hazard_zone_area a ON a.area_code = h.declared_code JOIN hazard_zone z ON z.id = a.zone_id
                WHERE z.event_id = q.id AND h.declared_code <> h.scope_code AND h.ended_on IS NULL AND h.location_state <> 'located'
                  AND h.scope_code >= q.code AND h.scope_code < q.code || ':'))
""")


def out_of_range(
    session: Session, event_ids: Collection[int], codes: Collection[str], *, also_ended: bool = False
) -> frozenset[tuple[int, str]]:
    """Of several events and divisions the pairs (event, code) that no longer belong together; a county never leaves its event.

    Asked of events that go on; ``also_ended``: of ended ones, too.
    """
    asked = sorted({code for code in codes if len(code) >= TOWNSHIP_DIGITS})
    if not asked or not event_ids:
        return frozenset()
    bound = {"events": sorted(event_ids), "codes": asked, "township": TOWNSHIP_DIGITS, "also_ended": also_ended}
    return frozenset((row.id, row.code) for row in session.execute(_OUT_OF_RANGE, bound))
