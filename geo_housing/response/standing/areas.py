"""Reading standing risk areas (灾害易发地): zones without event, with the houses inside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.area_codes import township_of
from geo_housing.areas.names import short_name
from geo_housing.geometry import SLIVER_M2
from geo_housing.hazards import overlay
from geo_housing.response.standing.fields import label_of
from geo_housing.scope import AreaScope

PAGE_ROWS = 100


@dataclass(frozen=True)
class StandingAreaRow:
    """One standing risk area; ``houses`` 栋 inside it within the reader's area, ``is_own``: the reader may end it.

    ``place`` is where it lies, empty where a neighbour drew it and it reaches into the reader's area.

    ``at`` is where the map shows it (latitude, longitude, zoom), where one is asked for by itself.
    """

    id: int
    name: str | None
    kind: str
    scope_code: str
    place: str
    area_m2: float
    houses: int
    source: str | None
    made_by: str | None
    created_at: datetime
    repaired: bool
    is_demo: bool
    at: str | None
    ended_at: datetime | None
    is_own: bool

    @property
    def kind_label(self) -> str:
        """What such a place is called; a word that the list does not know as it was given."""
        return label_of(self.kind)


# Of the scope, of those above it, and what a neighbour drew that reaches into it.
_SEEN = """(scope_code >= :lo AND scope_code < :hi OR starts_with(:lo, scope_code) OR EXISTS (
            SELECT FROM hazard_zone_area a WHERE a.zone_id = hazard_zone.id AND a.overlap_m2 IS NOT NULL
              AND a.area_code >= :lo AND a.area_code < :hi))"""
# Candidates by ranges of tile_key: the only way to an index under row level security (D6).
_PAGE = f"""
    SELECT z.id, z.name, z.kind, z.scope_code, z.area_m2, z.source, z.made_by, z.created_at, z.repaired, z.is_demo, z.ended_at,
        CASE WHEN CAST(:only AS bigint) IS NOT NULL THEN (
            SELECT round(CAST(ST_Y(p) AS numeric), 5) || ',' || round(CAST(ST_X(p) AS numeric), 5) || ',12'
            FROM ST_PointOnSurface(z.geom) p) END AS at, (
            SELECT count(DISTINCT h.id)
            FROM (SELECT {overlay.PIECE_COLUMNS} FROM hazard_zone_piece p WHERE p.zone_id = z.id OFFSET 0) p
            CROSS JOIN LATERAL (
                SELECT h.id, h.geom FROM house h
                WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.ended_on IS NULL
                  AND h.scope_code >= :lo AND h.scope_code < :hi
                OFFSET 0
            ) h
            WHERE {overlay.IN_PIECE}
        ) AS houses
    FROM (
        SELECT * FROM hazard_zone
        WHERE event_id IS NULL AND (ended_at IS NULL OR CAST(:only AS bigint) IS NOT NULL) AND (CAST(:after AS bigint) IS NULL OR id < CAST(:after AS bigint))
          AND (CAST(:only AS bigint) IS NULL OR id = CAST(:only AS bigint))
          AND {_SEEN}
        ORDER BY id DESC LIMIT :limit
    ) z
    ORDER BY z.id DESC
"""


# The villages in which areas really lie: a border line that is common, or a sliver of the drawing, is no second village.
_VILLAGES = text("""
    SELECT o.zone_id, o.code, o.name FROM (
        SELECT t.*, row_number() OVER (PARTITION BY t.zone_id ORDER BY t.overlap_m2 DESC, t.code) AS n FROM (
            SELECT a.zone_id, v.code, v.name, z.area_m2,
                CASE WHEN count(*) OVER (PARTITION BY a.zone_id) = 1 THEN z.area_m2
                     ELSE ST_Area(ST_Intersection(v.geom, z.geom)) / nullif(ST_Area(z.geom), 0) * z.area_m2 END AS overlap_m2
            FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id JOIN area v ON v.code = a.area_code
            WHERE a.zone_id = ANY (:zones) AND v.level = 'village' AND v.geom IS NOT NULL
        ) t
    ) o WHERE o.n = 1 OR o.overlap_m2 >= least(:least, o.area_m2 / 100)
    ORDER BY o.zone_id, o.code
""")
_NAMES = text("SELECT code, name FROM area WHERE code = ANY (:codes)")


def _places(session: Session, zones: Mapping[int, str]) -> dict[int, str]:
    """Where each area (number, division that drew it) lies: its village, its township and how many villages, or what drew it."""
    villages: dict[int, dict[str, str]] = {}
    for row in session.execute(_VILLAGES, {"zones": list(zones), "least": SLIVER_M2}):
        villages.setdefault(row.zone_id, {})[row.code] = row.name
    townships = {township_of(code) for found in villages.values() for code in found}
    codes = sorted(townships | set(zones.values()) | {township_of(code) for code in zones.values()})
    names = {row.code: row.name for row in session.execute(_NAMES, {"codes": codes})}
    return {zone: _place(villages.get(zone, {}), drawn_by, names) for zone, drawn_by in zones.items()}


def _place(villages: Mapping[str, str], drawn_by: str, names: Mapping[str, str]) -> str:
    if not villages:
        parts = dict.fromkeys((township_of(drawn_by), drawn_by))
        return " · ".join(names[code] for code in parts if code in names) or drawn_by
    townships = {township_of(code) for code in villages}
    above = names.get(townships.pop(), "") if len(townships) == 1 else ""
    below = short_name(next(iter(villages.values()))) if len(villages) == 1 else f"跨 {len(villages)} 个村"
    return " · ".join(filter(None, (above, below)))


def standing_areas(
    session: Session,
    scope: AreaScope,
    *,
    after: int | None = None,
    only: int | None = None,
    limit: int = PAGE_ROWS,
) -> list[StandingAreaRow]:
    """Those of the scope, above it and reaching into it, the newest first; ``only`` one, ended or not."""
    values = {"lo": scope.lo, "hi": scope.hi, "after": after, "only": only, "limit": limit}
    rows = session.execute(text(_PAGE), values).all()
    places = _places(session, {row.id: row.scope_code for row in rows if _is_of(scope, row.scope_code)})
    return [
        StandingAreaRow(**row._mapping, place=places.get(row.id, ""), is_own=scope.covers(row.scope_code))
        for row in rows
    ]


def _is_of(scope: AreaScope, code: str) -> bool:
    """Whether it is of the scope or of what is above it; of a neighbour's divisions nothing is told."""
    return scope.covers(code) or scope.lo.startswith(code)


def count_standing_areas(session: Session, scope: AreaScope) -> int:
    """How many hold."""
    counted = text(f"SELECT count(*) FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL AND {_SEEN}")
    return int(session.execute(counted, {"lo": scope.lo, "hi": scope.hi}).scalar_one())
