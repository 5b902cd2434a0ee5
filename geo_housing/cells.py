"""Cutting polygons along the tile quadtree, so that points find them by ``tile_key`` alone.

A house carries ``tile_key``, the quadkey of its point at z24. A polygon is cut into cells of the same
quadtree; a cell at depth d is the half-open range ``[lo, hi)`` of tile keys. A cell that lies wholly inside
needs no geometry test at all, in the others a house is compared with the small rest of the polygon. The
search is a B-tree range over bigint, whose operators are leakproof: it keeps its index under row level
security, which ``&&`` on a GiST index does not (D6). Cells of one polygon are disjoint, so every house meets
at most one of them and nothing has to be made distinct.

The cut is made ring by ring into all tiles of a depth at once (see rings.py). Whatever lies beyond a border is pushed
onto it, which leaves the winding number of the ring about every point on this side as it was: who is inside stays
inside, whatever the ring's shape and wherever rings touch. Pieces may run to and fro along their borders, so they
are for points within their own cell only, which PostGIS decides by crossings and distances, not by topology; and
the borders lie CUT_MARGIN outside of the cell, wider than the tolerance.

Inside means covered by the polygon or within INSIDE_TOLERANCE of it, because a cut rounds slanted edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from geo_housing.geometry import MAX_LATITUDE, TILE_DEPTH, Floats, Integers, interleave
from geo_housing.rings import Rings, Strips, rings_of

INSIDE_TOLERANCE = 1e-9  # degrees, 0.1 mm
CUT_MARGIN = 1e-8  # degrees; must exceed INSIDE_TOLERANCE
# Levels below the tiles that the bounding box meets: every house of a cell is compared with its piece, so a simple
# outline, too, is cut finely enough that few houses outside of it are looked at.
FINER = 4

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Cell:
    """Houses with ``lo <= tile_key < hi`` are inside if ``geom`` is None, else where ``geom`` holds them."""

    lo: int
    hi: int
    geom: MultiPolygon | None


@dataclass
class _Level:
    """The cells of one depth that an outline crosses, and the rings cut to them; ``cell`` numbers x and y by ring."""

    depth: int
    x: Integers
    y: Integers
    rings: Rings

    @property
    def keys(self) -> Integers:
        """Quadkey number of each cell."""
        return interleave(self.x, self.y)

    def take(self, chosen: Bools) -> "_Level":
        """The chosen cells with their rings."""
        if chosen.all():
            return self
        number = np.cumsum(chosen) - 1
        kept = self.rings.take(chosen[self.rings.cell])
        return _Level(self.depth, self.x[chosen], self.y[chosen], kept.in_cells(number[kept.cell]))


def cut_adaptively(zone: MultiPolygon, *, max_vertices: int = 512, max_depth: int = 20) -> list[Cell]:
    """Cells of ``zone`` (lon/lat degrees, valid), each with at most ``max_vertices`` or at ``max_depth``.

    Neighbouring full cells are joined into longer ranges. Deterministic; sorted by ``lo``.
    """
    level, full = _started(zone, finer=FINER, deepest=max_depth)
    found_full = [_ranges(full, level.depth)]
    cells: list[Cell] = []
    while len(level.x):
        vertices = np.bincount(level.rings.cell, weights=level.rings.sizes, minlength=len(level.x))
        ready = (vertices <= max_vertices) | (level.depth >= max_depth)
        cells += _cells(level.take(ready))
        level, full = _finer(level.take(~ready), 1)
        found_full.append(_ranges(full, level.depth))
    cells += _joined(np.concatenate(found_full))
    return sorted(cells, key=lambda cell: cell.lo)


def wkb_of(cells: Sequence[Cell]) -> list[bytes | None]:
    """The geometries of cells as the database reads them, all at once."""
    geoms = np.array([cell.geom for cell in cells], dtype=object)
    return list(shapely.to_wkb(geoms))


def cut_to_depth(zone: MultiPolygon, depth: int) -> list[Cell]:
    """Cells of ``zone`` all at one ``depth``: for lookups by equality of ``tile_key >> 2*(24-depth)``."""
    level, full = _started(zone, finer=FINER, deepest=depth)
    cells = _full_at(full, level.depth, depth)
    while level.depth < depth:
        level, full = _finer(level, min(FINER, depth - level.depth))
        cells += _full_at(full, level.depth, depth)
    return sorted(cells + _cells(level), key=lambda cell: cell.lo)


def _bounds(x: Integers, y: Integers, depth: int) -> tuple[Floats, Floats, Floats, Floats]:
    """West, south, east, north of tiles in degrees, each widened by the margin."""
    n = 2.0**depth
    return (
        x / n * 360 - 180 - CUT_MARGIN,
        _latitude((y + 1) / n) - CUT_MARGIN,
        (x + 1) / n * 360 - 180 + CUT_MARGIN,
        _latitude(y / n) + CUT_MARGIN,
    )


def _latitude(share: Floats) -> Floats:
    """Latitude of a share of the world map's height, counted from the north."""
    return np.asarray(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * share)))))


def _tile(lon: float, lat: float, depth: int) -> tuple[int, int]:
    n = 2**depth
    lat = float(np.clip(lat, -MAX_LATITUDE, MAX_LATITUDE))
    x = int(np.floor((lon + 180) / 360 * n))
    y = int(np.floor((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n))
    return min(max(x, 0), n - 1), min(max(y, 0), n - 1)


def _started(zone: MultiPolygon, *, finer: int, deepest: int) -> tuple[_Level, Integers]:
    """The zone cut ``finer`` levels below the deepest tiles of which 2 by 2 hold it, but not below ``deepest``."""
    west, south, east, north = zone.bounds
    for depth in range(min(16, deepest), -1, -1):
        x0, y0 = _tile(west - CUT_MARGIN, north + CUT_MARGIN, depth)
        x1, y1 = _tile(east + CUT_MARGIN, south - CUT_MARGIN, depth)
        if x1 - x0 <= 1 and y1 - y0 <= 1:
            break
    finer = min(finer, deepest - depth)
    west_most, north_most = np.array([[x0 << finer], [y0 << finer]], dtype=np.int64)
    return _split(rings_of(zone), depth + finer, west_most, north_most, (x1 - x0 + 1) << finer, (y1 - y0 + 1) << finer)


def _finer(level: _Level, levels: int) -> tuple[_Level, Integers]:
    """The same cells cut into those ``levels`` deeper."""
    side = 1 << levels
    return _split(level.rings, level.depth + levels, level.x << levels, level.y << levels, side, side)


def _split(
    rings: Rings, depth: int, west: Integers, north: Integers, columns: int, rows: int
) -> tuple[_Level, Integers]:
    """Rings cut along the tiles of ``depth``: of each cell ``columns`` by ``rows`` tiles from ``west``, ``north`` on."""
    if not len(rings):
        nothing = np.empty(0, dtype=np.int64)
        return _Level(depth, nothing, nothing, rings), nothing
    x0, y1 = int(west.min()), int(north.max()) + rows - 1
    x = np.arange(x0, int(west.max()) + columns)
    # Latitude ascends where the numbers of tiles descend.
    y = np.arange(y1, int(north.min()) - 1, -1)
    lon0, _, lon1, _ = _bounds(x, x[:1], depth)
    _, lat0, _, lat1 = _bounds(y[:1], y, depth)
    upright = rings.split(0, Strips(lon0, lon1), west[rings.cell] - x0, columns)
    parent = upright.cell // columns
    pieces = upright.split(1, Strips(lat0, lat1), y1 - (north[parent] + rows - 1), rows)
    used = np.bincount(pieces.cell, minlength=len(west) * columns * rows) > 0
    place = np.flatnonzero(used)
    column, row = place // rows % columns, place % rows
    parent = place // (columns * rows)
    number = np.cumsum(used) - 1
    return _settled(
        _Level(depth, west[parent] + column, north[parent] + rows - 1 - row, pieces.in_cells(number[pieces.cell]))
    )


def _settled(level: _Level) -> tuple[_Level, Integers]:
    """The cells that still need a comparison, and the quadkeys of those that are wholly inside."""
    if not len(level.x):
        return level, np.empty(0, dtype=np.int64)
    west, south, east, north = _bounds(level.x, level.y, level.depth)
    box = np.column_stack([west, south, east, north])
    rings = level.rings
    crosses, winds = rings.crossing_and_winding(box[rings.cell])
    covers = ~crosses & winds
    # Of one polygon in one cell: gone if its outer ring leaves the cell out, or a hole takes all of it.
    part, part_of = np.unique(rings.cell * (rings.polygon.max() + 1) + rings.polygon, return_inverse=True)
    gone = np.bincount(part_of, weights=~crosses & (rings.is_hole == winds), minlength=len(part)) > 0
    has_holes = np.bincount(part_of, weights=rings.is_hole & crosses, minlength=len(part)) > 0
    covered = ~rings.is_hole & covers & ~gone[part_of] & ~has_holes[part_of]
    is_full = np.zeros(len(level.x), dtype=bool)
    is_full[rings.cell[covered]] = True
    needed = ~gone[part_of] & (crosses | (covers & ~rings.is_hole))
    kept = _Level(level.depth, level.x, level.y, rings.take(needed))
    in_use = np.zeros(len(level.x), dtype=bool)
    in_use[kept.rings.cell] = True
    return kept.take(in_use & ~is_full), level.keys[is_full]


def _cells(level: _Level) -> list[Cell]:
    shift = 2 * (TILE_DEPTH - level.depth)
    lo = level.keys << shift
    hi = (level.keys + 1) << shift
    geoms = level.rings.multipolygons(len(level.x))
    return [Cell(int(a), int(b), geom) for a, b, geom in zip(lo, hi, geoms, strict=True)]


def _ranges(keys: Integers, depth: int) -> NDArray[np.int64]:
    """Tile key ranges of cells, one row each."""
    shift = 2 * (TILE_DEPTH - depth)
    return np.stack([keys << shift, (keys + 1) << shift], axis=1)


def _joined(ranges: NDArray[np.int64]) -> list[Cell]:
    """Full cells of all depths as the fewest ranges."""
    if not len(ranges):
        return []
    lo, hi = ranges[np.argsort(ranges[:, 0])].T
    begins = np.concatenate([[True], lo[1:] != hi[:-1]])
    ends = np.concatenate([begins[1:], [True]])
    return [Cell(int(a), int(b), None) for a, b in zip(lo[begins], hi[ends], strict=True)]


def _full_at(keys: Integers, at: int, depth: int) -> list[Cell]:
    """Full cells of depth ``at`` as their full descendants of ``depth``."""
    shift, below = 2 * (TILE_DEPTH - depth), 2 * (depth - at)
    return [
        Cell(k << shift, (k + 1) << shift, None)
        for key in keys.tolist()
        for k in range(key << below, (key + 1) << below)
    ]
