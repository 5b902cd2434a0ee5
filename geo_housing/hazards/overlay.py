"""The SQL of the overlay: which houses a zone concerns. Other rooms build on these parts; only values are bound.

Parts are common table expressions; a statement joins those it needs with commas after WITH. Names they give:

``piece``      cells of the zones (lo, hi, geom, level), level as a rank, 1 for red
``whole``      divisions chosen by code (lo, hi, level): every house that belongs there is meant
``touched``    codes of the divisions the zones touch or were chosen by
``inside``     houses whose point lies in a zone, one row per house and zone (HOUSE_COLUMNS, zone_level)
``candidate``  houses with no or a disputed point declared in a touched division, those inside a zone among them

Bound values: ``event`` (or the arrays ``lo``, ``hi``, ``geoms`` and ``zone`` for a drawing), ``scope_lo``, ``scope_hi``,
``stale_before`` (a day: an occupancy checked earlier counts as unknown).
"""

from collections.abc import Sequence
from typing import Any

import shapely
from shapely import MultiPolygon

from geo_housing.cells import cut_adaptively, wkb_of
from geo_housing.geometry import SLIVER_M2
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.houses.living import LIVED_IN_SQL
from geo_housing.words import WARNING_LEVEL

LEVEL_RANK_SQL = (
    "CASE {level} "
    + " ".join(f"WHEN '{level}' THEN {rank}" for rank, level in enumerate(WARNING_LEVEL, start=1))
    + f" ELSE {len(tuple(WARNING_LEVEL))} END"
)

# Where a ledger says the house stands. Who has a point but no declaration is looked for at their point only.
DECLARED_SQL = "coalesce(h.declared_code, CASE WHEN h.tile_key IS NULL THEN h.scope_code END)"

HOUSE_COLUMNS = f"""h.id, h.scope_code, h.risk, h.structure, h.households, h.people,
            h.households_without_size, h.key_groups, h.traits,
            h.tile_key, h.location_state, {DECLARED_SQL} AS declared,
            {LIVED_IN_SQL} AS lived_in"""

# Whether a house ``h`` of the range of a piece ``p`` lies in it. A house inside is at distance 0: ST_Intersects before it
# would only cost, the more so where most edges of a piece are crossed by one height.
IN_PIECE = "(p.geom IS NULL OR ST_DWithin(p.geom, h.geom, 1e-9))"
IN_STANDING_PIECE = IN_PIECE.replace("p.", "s.")
# A stored piece is fetched from where PostgreSQL keeps long values once (a copy, and OFFSET 0 after it), not once for
# each house that is compared with it.
PIECE_COLUMNS = "p.lo, p.hi, ST_SetSRID(p.geom, 4490) AS geom"

PIECES_OF_EVENT = f"""piece AS (
        SELECT {PIECE_COLUMNS}, {LEVEL_RANK_SQL.format(level="z.level")} AS level
        FROM hazard_zone z JOIN hazard_zone_piece p ON p.zone_id = z.id
        WHERE z.event_id = :event
        OFFSET 0
    ), whole AS (
        SELECT a.area_code AS lo, a.area_code || ':' AS hi, {LEVEL_RANK_SQL.format(level="z.level")} AS level
        FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id AND a.whole
        WHERE z.event_id = :event AND NOT EXISTS (
            SELECT FROM hazard_zone_area b WHERE b.zone_id = a.zone_id AND b.whole
              AND b.area_code <> a.area_code AND starts_with(a.area_code, b.area_code))
    )"""

# OFFSET 0: a cell is read once, not once for each house that is compared with it.
PIECES_OF_DRAWING = f"""piece AS (
        SELECT c.lo, c.hi, ST_GeomFromWKB(c.wkb, 4490) AS geom, {len(tuple(WARNING_LEVEL))} AS level
        FROM unnest(CAST(:lo AS bigint[]), CAST(:hi AS bigint[]), CAST(:geoms AS bytea[])) AS c (lo, hi, wkb)
        OFFSET 0
    ), whole AS (
        SELECT '' AS lo, '' AS hi, 0 AS level WHERE false
    )"""


# Zones that stand (``kept``, with the level they are to have) and zones that are not stored yet (cells as of a drawing,
# divisions as ``chosen``), together: an event as it would be.
PIECES_OF_PLAN = f"""piece AS (
        SELECT {PIECE_COLUMNS}, k.level
        FROM unnest(CAST(:kept AS bigint[]), CAST(:kept_ranks AS int[])) AS k (id, level)
        JOIN hazard_zone_piece p ON p.zone_id = k.id
        UNION ALL
        SELECT c.lo, c.hi, ST_GeomFromWKB(c.wkb, 4490) AS geom, c.level
        FROM unnest(CAST(:lo AS bigint[]), CAST(:hi AS bigint[]), CAST(:geoms AS bytea[]), CAST(:ranks AS int[]))
            AS c (lo, hi, wkb, level)
        OFFSET 0
    ), whole AS (
        SELECT c.code AS lo, c.code || ':' AS hi, min(c.level) AS level
        FROM (
            SELECT a.area_code AS code, k.level
            FROM unnest(CAST(:kept AS bigint[]), CAST(:kept_ranks AS int[])) AS k (id, level)
            JOIN hazard_zone_area a ON a.zone_id = k.id AND a.whole
            WHERE NOT EXISTS (
                SELECT FROM hazard_zone_area b WHERE b.zone_id = a.zone_id AND b.whole
                  AND b.area_code <> a.area_code AND starts_with(a.area_code, b.area_code))
            UNION ALL
            SELECT c.code COLLATE "C", c.level
            FROM unnest(CAST(:chosen AS text[]), CAST(:chosen_ranks AS int[])) AS c (code, level)
        ) c GROUP BY c.code
    )"""
# As storing.py says it of zones that are stored: a test holds them together.
TOUCHED_BY_PLAN = """touched AS (
        SELECT t.code, min(t.level) AS level
        FROM (
            SELECT a.area_code AS code, k.level
            FROM unnest(CAST(:kept AS bigint[]), CAST(:kept_ranks AS int[])) AS k (id, level)
            JOIN hazard_zone_area a ON a.zone_id = k.id
            UNION ALL
            SELECT a.code, c.level
            FROM unnest(CAST(:chosen AS text[]), CAST(:chosen_ranks AS int[])) AS c (prefix, level)
            JOIN area a ON starts_with(a.code, c.prefix)
            UNION ALL
            SELECT o.code, c.ranks[o.shape]
            FROM (
                SELECT array_agg(z.geom ORDER BY c.n) AS shapes, array_agg(c.prefix ORDER BY c.n) AS chosen,
                    array_agg(c.level ORDER BY c.n) AS ranks
                FROM unnest(CAST(:chosen AS text[]), CAST(:chosen_ranks AS int[])) WITH ORDINALITY AS c (prefix, level, n)
                JOIN area z ON z.code = c.prefix) c
            CROSS JOIN LATERAL divisions_overlapped(c.shapes, c.chosen, :least_overlap) o
            UNION ALL
            SELECT code, level FROM drawn
        ) t GROUP BY t.code
    )"""
DRAWN_OF_PLAN = """drawn AS (
        SELECT t.code, d.ranks[t.shape] AS level
        FROM (
            SELECT array_agg(ST_GeomFromWKB(s.wkb, 4490) ORDER BY s.n) AS shapes, array_agg(s.level ORDER BY s.n) AS ranks
            FROM unnest(CAST(:shapes AS bytea[]), CAST(:shape_ranks AS int[])) WITH ORDINALITY AS s (wkb, level, n)) d
        CROSS JOIN LATERAL divisions_touched(d.shapes) t
    )"""


def values_of_plan(kept: Sequence[tuple[int, str]], drafts: Sequence[tuple[ZoneDraft, str]]) -> dict[str, Any]:
    """What is bound for zones that stand and zones to come, each with its level."""
    cells = [
        (cell, rank(level)) for draft, level in drafts if draft.geom is not None for cell in cut_adaptively(draft.geom)
    ]
    chosen = [(draft.whole_area, rank(level)) for draft, level in drafts if draft.whole_area is not None]
    shapes = [(draft.geom, rank(level)) for draft, level in drafts if draft.whole_area is None]
    return {
        "kept": [zone_id for zone_id, _ in kept],
        "kept_ranks": [rank(level) for _, level in kept],
        "lo": [cell.lo for cell, _ in cells],
        "hi": [cell.hi for cell, _ in cells],
        "geoms": wkb_of([cell for cell, _ in cells]),
        "ranks": [level for _, level in cells],
        "chosen": [code for code, _ in chosen],
        "chosen_ranks": [level for _, level in chosen],
        "shapes": [shapely.to_wkb(geom) for geom, _ in shapes],
        "shape_ranks": [level for _, level in shapes],
        "least_overlap": SLIVER_M2,
    }


def rank(level: str | None) -> int:
    """1 for red, the last for ungraded, as LEVEL_RANK_SQL says it."""
    levels = tuple(WARNING_LEVEL)
    return levels.index(level) + 1 if level in levels else len(levels)


def values_of_drawing(zone: MultiPolygon) -> dict[str, Any]:
    """What is bound for a valid lon/lat multipolygon that is not stored."""
    cells = cut_adaptively(zone)
    return {
        "lo": [cell.lo for cell in cells],
        "hi": [cell.hi for cell in cells],
        "geoms": wkb_of(cells),
        "zone": shapely.to_wkb(zone),
    }


TOUCHED_BY_EVENT = """touched AS (
        SELECT DISTINCT a.area_code AS code
        FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id WHERE z.event_id = :event
    )"""

# Outlines are compared only for divisions that have a house without a sure point: mostly few. The function sees outlines of
# the neighbours, too, where a house that lies here may be declared.
_TOUCHED_BY_DRAWING = """touched AS (
        SELECT t.code FROM divisions_touched(ARRAY[ST_GeomFromWKB(:zone, 4490)], ARRAY({among})) t
    )"""


def touched_by_drawing_among(codes: str) -> str:
    """``touched`` of a drawing, of the divisions alone that the SELECT ``codes`` gives."""
    return _TOUCHED_BY_DRAWING.format(among=codes)


TOUCHED_BY_DRAWING = touched_by_drawing_among(
    f"""
            SELECT DISTINCT {DECLARED_SQL} FROM house h
            WHERE h.location_state <> 'located' AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi"""
)

# Houses that the area declares and that count in another one, because their disputed point lies there (D11): those that the
# actor may see, and those beyond their own border. Counted beside, and nobody's row is shown.
ELSEWHERE = """elsewhere AS MATERIALIZED (
        SELECT h.declared_code AS code FROM house h
        WHERE h.location_state = 'disputed' AND h.ended_on IS NULL AND h.declared_code <> h.scope_code
          AND h.declared_code >= :scope_lo AND h.declared_code < :scope_hi
          AND NOT (h.scope_code >= :scope_lo AND h.scope_code < :scope_hi)
        UNION ALL
        SELECT d.declared_code FROM houses_declared_here() d
        WHERE d.declared_code >= :scope_lo AND d.declared_code < :scope_hi
    )"""
ELSEWHERE_TOUCHED_BY_DRAWING = touched_by_drawing_among("SELECT DISTINCT code FROM elsewhere")

# OFFSET 0 keeps one index scan over tile_key per piece: the B-tree that row level security leaves usable (D6).
INSIDE = f"""inside AS (
        SELECT h.*, p.level AS zone_level
        FROM piece p
        CROSS JOIN LATERAL (
            SELECT {HOUSE_COLUMNS}, h.geom
            FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
            OFFSET 0
        ) h
        WHERE {IN_PIECE}
        UNION ALL
        SELECT h.*, w.level AS zone_level
        FROM whole w
        CROSS JOIN LATERAL (
            SELECT {HOUSE_COLUMNS}, h.geom
            FROM house h
            WHERE h.scope_code >= w.lo AND h.scope_code < w.hi AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
              -- Whom the candidates do not hold is counted here: a house of a chosen division is never in neither.
              AND (h.location_state = 'located' OR ({DECLARED_SQL} IN (SELECT code FROM touched)) IS NOT TRUE)
            OFFSET 0
        ) h
    )"""

# Houses in the standing risk areas that ``near`` names, each with the area that counts for it.
STANDING = f"""standing AS (
        SELECT h.id, min(p.zone_id) AS zone_id
        FROM (
            SELECT p.zone_id, {PIECE_COLUMNS} FROM near JOIN hazard_zone_piece p ON p.zone_id = near.id OFFSET 0
        ) p
        CROSS JOIN LATERAL (
            SELECT h.id, h.geom FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
            OFFSET 0
        ) h
        WHERE {IN_PIECE}
        GROUP BY h.id
    )"""

CANDIDATES = f"""candidate AS (
        SELECT {HOUSE_COLUMNS}
        FROM house h
        WHERE h.location_state <> 'located' AND h.ended_on IS NULL
          AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
          AND {DECLARED_SQL} IN (SELECT code FROM touched)
    )"""

# The same for zones that may share a house: each house once, with the highest level that it stands under. Divisions chosen by
# code are mostly all that there is, and hold nearly every house of their own outline: a million rows need not be sorted for
# the few that stand in the outline and belong elsewhere. Who is found ``apart`` is found by a point: in a division that no
# chosen one of that level holds, or without a sure declaration. After CANDIDATES.
INSIDE_ONCE = f"""chosen AS (
        SELECT lo, hi, min(level) AS level FROM whole GROUP BY lo, hi
    ), meant AS MATERIALIZED (
        SELECT c.*, ARRAY(
            SELECT i.lo FROM chosen i WHERE i.lo <> c.lo AND starts_with(i.lo, c.lo) AND i.level < c.level) AS better
        FROM chosen c
        WHERE NOT EXISTS (
            SELECT FROM chosen o WHERE o.lo <> c.lo AND starts_with(c.lo, o.lo) AND o.level <= c.level)
    ), stranger AS (
        SELECT p.lo, p.hi, p.geom, p.level, f.scope_code
        FROM piece p
        CROSS JOIN LATERAL (
            SELECT DISTINCT h.scope_code FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
            OFFSET 0
        ) f
        WHERE NOT EXISTS (
            SELECT FROM meant m WHERE f.scope_code >= m.lo AND f.scope_code < m.hi AND m.level <= p.level)
        OFFSET 0
    ), apart AS MATERIALIZED (
        SELECT DISTINCT ON (id) * FROM (
            SELECT h.*, p.level AS zone_level
            FROM stranger p
            CROSS JOIN LATERAL (
                SELECT {HOUSE_COLUMNS}, h.geom
                FROM house h
                WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.scope_code = p.scope_code AND h.ended_on IS NULL
                OFFSET 0
            ) h
            WHERE {IN_PIECE}
            UNION ALL
            SELECT {HOUSE_COLUMNS}, h.geom, p.level
            FROM candidate c
            JOIN house h ON h.id = c.id
            JOIN piece p ON c.tile_key >= p.lo AND c.tile_key < p.hi
            WHERE {IN_PIECE}
        ) found ORDER BY id, zone_level
    ), inside AS (
        SELECT id, scope_code, risk, structure, households, people, households_without_size, key_groups, traits, tile_key,
            location_state, declared, lived_in, zone_level
        FROM apart
        UNION ALL
        SELECT h.*, m.level AS zone_level
        FROM meant m
        CROSS JOIN LATERAL (
            SELECT {HOUSE_COLUMNS}
            FROM house h
            WHERE h.scope_code >= m.lo AND h.scope_code < m.hi AND h.ended_on IS NULL
              AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
              -- Whom the candidates do not hold is counted here: a house of a chosen division is never in neither.
              AND (h.location_state = 'located' OR ({DECLARED_SQL} IN (SELECT code FROM touched)) IS NOT TRUE)
              AND (m.better = '{{}}' OR NOT EXISTS (
                SELECT FROM unnest(m.better) b (code) WHERE starts_with(h.scope_code, b.code)))
              AND h.id NOT IN (SELECT id FROM apart)
            OFFSET 0
        ) h
    )"""
