"""The zones of an earlier revision as parts of the overlay (overlay.py).

Their cells and the divisions that they touched are dropped when they count no more. Both are made again of the zone's own
row: its shape, and the division that it was chosen by.
"""

from typing import Any

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.cells import cut_adaptively, wkb_of
from geo_housing.geometry import SLIVER_M2

_ZONES = """
    SELECT z.id, ST_AsBinary(z.geom) AS geom, z.chosen_code
    FROM zone_revision r JOIN hazard_zone z ON z.revision_id = r.id
    WHERE r.event_id = :event AND r.n = :revision ORDER BY z.id
"""

# Levels say nothing about how many there are: all are the same one.
PIECES_OF_REVISION = """piece AS (
        SELECT c.lo, c.hi, ST_GeomFromWKB(c.wkb, 4490) AS geom, 1 AS level
        FROM unnest(CAST(:lo AS bigint[]), CAST(:hi AS bigint[]), CAST(:geoms AS bytea[])) AS c (lo, hi, wkb)
        OFFSET 0
    ), whole AS (
        SELECT DISTINCT c.code COLLATE "C" AS lo, c.code || ':' COLLATE "C" AS hi, 1 AS level
        FROM unnest(CAST(:chosen AS text[])) AS c (code)
    )"""
# As storing.py says it of zones that are stored. A township is not shown the divisions of its neighbours: their names it is.
TOUCHED_BY_REVISION = """touched AS (
        SELECT a.code
        FROM (SELECT code FROM area UNION SELECT code COLLATE "C" FROM divisions_beyond()) a
        JOIN unnest(CAST(:chosen AS text[])) AS c (prefix) ON starts_with(a.code, c.prefix)
        UNION
        SELECT o.code
        FROM (
            SELECT array_agg(z.geom ORDER BY z.id) AS shapes, array_agg(z.chosen_code ORDER BY z.id) AS chosen
            FROM hazard_zone z WHERE z.id = ANY (CAST(:zones AS bigint[])) AND z.chosen_code IS NOT NULL) z
        CROSS JOIN LATERAL divisions_overlapped(z.shapes, z.chosen, :least_overlap) o
        UNION
        SELECT t.code
        FROM (
            SELECT array_agg(z.geom ORDER BY z.id) AS shapes
            FROM hazard_zone z WHERE z.id = ANY (CAST(:zones AS bigint[])) AND z.chosen_code IS NULL) z
        CROSS JOIN LATERAL divisions_touched(z.shapes) t
    )"""


def values_of_revision(session: Session, event_id: int, revision: int) -> dict[str, Any] | None:
    """What is bound for an earlier revision; None where it has no zones, or one of which neither shape nor division is known."""
    zones = session.execute(text(_ZONES), {"event": event_id, "revision": revision}).all()
    if not zones or any(zone.geom is None and zone.chosen_code is None for zone in zones):
        return None
    shapes = [shapely.from_wkb(bytes(zone.geom)) for zone in zones if zone.geom is not None]
    cells = [cell for shape in shapes for cell in cut_adaptively(shape)]
    return {
        "zones": [zone.id for zone in zones],
        "chosen": [zone.chosen_code for zone in zones if zone.chosen_code is not None],
        "lo": [cell.lo for cell in cells],
        "hi": [cell.hi for cell in cells],
        "geoms": wkb_of(cells),
        "least_overlap": SLIVER_M2,
    }
