"""The first list of a warning: lived-in weak houses that stand both in its zones and in a standing risk area (灾害易发地).

Counted as those to be moved are: a house without a family in the register is one household, because somebody may live there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely import MultiPolygon
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards import overlay
from geo_housing.hazards.facts import COMES_FIRST_SQL
from geo_housing.hazards.queries import PLAN
from geo_housing.houses.living import stale_before, unsized_sql
from geo_housing.scope import EVERYWHERE, AreaScope


@dataclass(frozen=True)
class FirstArea:
    """Those of one standing area: 栋, 户, and the 人 of those who are counted; ``unsized`` 户 are not."""

    zone_id: int
    name: str | None
    kind: str
    houses: int
    households: int
    people: int
    unsized: int


@dataclass(frozen=True)
class FirstList:
    """By standing area, the most people first; the sums."""

    areas: tuple[FirstArea, ...]

    @property
    def houses(self) -> int:
        """栋 of all areas: each house counts for one of them."""
        return sum(area.houses for area in self.areas)

    @property
    def households(self) -> int:
        """户."""
        return sum(area.households for area in self.areas)

    @property
    def people(self) -> int:
        """人 who are counted."""
        return sum(area.people for area in self.areas)

    @property
    def unsized(self) -> int:
        """户 whose people nobody counted."""
        return sum(area.unsized for area in self.areas)


# Standing areas are small beside a county: their houses are looked at, not all that a warning concerns. Houses of a chosen
# division are found by their code, as overlay.INSIDE; only cells in which somebody else stands are compared with those of the
# standing areas.
_BY_CODE = f"""(
                EXISTS (SELECT FROM whole w WHERE h.scope_code >= w.lo AND h.scope_code < w.hi)
                AND (h.location_state = 'located' OR ({overlay.DECLARED_SQL} IN (SELECT code FROM touched)) IS NOT TRUE))"""
_MET = f"""risky AS (
        SELECT p.zone_id, {overlay.PIECE_COLUMNS}
        FROM hazard_zone z JOIN hazard_zone_piece p ON p.zone_id = z.id
        WHERE z.event_id IS NULL AND z.ended_at IS NULL
        OFFSET 0
    ), foreign_piece AS MATERIALIZED (
        SELECT p.* FROM piece p
        WHERE EXISTS (
            SELECT FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
              AND NOT EXISTS (SELECT FROM whole w WHERE h.scope_code >= w.lo AND h.scope_code < w.hi))
          OR EXISTS (SELECT FROM candidate c WHERE c.tile_key >= p.lo AND c.tile_key < p.hi)
    ), met AS (
        SELECT h.id, s.zone_id
        FROM risky s
        JOIN foreign_piece p ON s.lo < p.hi AND p.lo < s.hi
        CROSS JOIN LATERAL (
            SELECT h.id, h.geom FROM house h
            WHERE h.tile_key >= greatest(s.lo, p.lo) AND h.tile_key < least(s.hi, p.hi) AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi AND NOT {_BY_CODE}
            OFFSET 0
        ) h
        WHERE {overlay.IN_PIECE} AND {overlay.IN_STANDING_PIECE}
        UNION ALL
        SELECT h.id, s.zone_id
        FROM risky s
        CROSS JOIN LATERAL (
            SELECT h.id, h.geom FROM house h
            WHERE h.tile_key >= s.lo AND h.tile_key < s.hi AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi AND {_BY_CODE}
            OFFSET 0
        ) h
        WHERE {overlay.IN_STANDING_PIECE}
    )"""
_COUNTED = f"""
    SELECT z.id AS zone_id, z.name, z.kind, count(*)::int AS houses,
        sum(greatest(t.households, 1))::int AS households, sum(t.people)::int AS people,
        sum({unsized_sql("t")})::int AS unsized
    FROM (
        SELECT {overlay.HOUSE_COLUMNS}, m.zone_id
        FROM (SELECT id, min(zone_id) AS zone_id FROM met GROUP BY id) m JOIN house h ON h.id = m.id
    ) t
    JOIN hazard_zone z ON z.id = t.zone_id
    WHERE {COMES_FIRST_SQL}
    GROUP BY z.id ORDER BY people DESC, households DESC, z.id
"""


def first_of_event(session: Session, event_id: int, scope: AreaScope = EVERYWHERE) -> FirstList:
    """The first list of an event's present zones."""
    return _counted(session, (overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT), {"event": event_id}, scope)


def first_of_plan(session: Session, plan: Mapping[str, Any], scope: AreaScope = EVERYWHERE) -> FirstList:
    """The same for an event as it would be."""
    return _counted(session, PLAN, plan, scope)


def first_of_geometry(session: Session, zone: MultiPolygon, scope: AreaScope = EVERYWHERE) -> FirstList:
    """The same for what is being drawn."""
    bound = overlay.values_of_drawing(zone)
    return _counted(session, (overlay.PIECES_OF_DRAWING, overlay.TOUCHED_BY_DRAWING), bound, scope)


def _counted(session: Session, parts: tuple[str, ...], values: Mapping[str, Any], scope: AreaScope) -> FirstList:
    if not session.scalar(text("SELECT EXISTS (SELECT FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL)")):
        return FirstList(())
    statement = f"WITH {', '.join((*parts, overlay.CANDIDATES, _MET))} {_COUNTED}"
    bound = {**values, "scope_lo": scope.lo, "scope_hi": scope.hi, "stale_before": stale_before(session, scope)}
    return FirstList(tuple(FirstArea(**row._mapping) for row in session.execute(text(statement), bound)))
