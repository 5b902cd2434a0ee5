"""Cutting polygons along the tile quadtree, so that points find them by ``tile_key`` alone.

A house carries ``tile_key``, the quadkey of its point at z24. A polygon is cut into cells of the same
quadtree; a cell at depth d is the half-open range ``[lo, hi)`` of tile keys. A cell that lies wholly inside
needs no geometry test at all, in the others a house is compared with the small rest of the polygon. The
search is a B-tree range over bigint, whose operators are leakproof: it keeps its index under row level
security, which ``&&`` on a GiST index does not (D6). Cells of one polygon are disjoint, so every house meets
at most one of them and nothing has to be made distinct.

Inside means covered by the polygon or within INSIDE_TOLERANCE of it, because a cut rounds slanted edges; the
cut therefore keeps a margin around each cell that is wider than the tolerance.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from geo_housing.geometry import MAX_LATITUDE, TILE_DEPTH, interleave

INSIDE_TOLERANCE = 1e-9  # degrees, 0.1 mm
CUT_MARGIN = 1e-8  # degrees; must exceed INSIDE_TOLERANCE

Geometries = NDArray[np.object_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """Houses with ``lo <= tile_key < hi`` are inside if ``geom`` is None, else where ``geom`` holds them."""

    lo: int
    hi: int
    geom: MultiPolygon | None


@dataclass
class _Level:
    """Polygons of one depth, each clipped to its cell: parallel arrays, several polygons may share a cell."""

    x: Integers
    y: Integers
    geoms: Geometries

    def take(self, chosen: NDArray[np.bool_]) -> "_Level":
        return _Level(self.x[chosen], self.y[chosen], self.geoms[chosen])


def cut_adaptively(zone: MultiPolygon, *, max_vertices: int = 256, max_depth: int = 20) -> list[Cell]:
    """Cells of ``zone`` (lon/lat degrees, valid), each with at most ``max_vertices`` or at ``max_depth``.

    Neighbouring full cells are joined into longer ranges. Deterministic; sorted by ``lo``.
    """
    depth, level = _start(zone)
    full: list[Integers] = []
    cells: list[Cell] = []
    while len(level.x):
        keys = interleave(level.x, level.y)
        is_full = _is_full(level, depth)
        if is_full.any():
            done = np.unique(keys[is_full])
            full.append(np.stack([done, np.full(len(done), TILE_DEPTH - depth)], axis=1))
            rest = ~np.isin(keys, done)
            level, keys = level.take(rest), keys[rest]
        (
            _,
            cell_of,
        ) = np.unique(keys, return_inverse=True)
        vertices = np.bincount(cell_of, weights=shapely.get_num_coordinates(level.geoms))[cell_of]
        ready = (vertices <= max_vertices) | (depth >= max_depth)
        cells += _cells(level.take(ready), depth)
        depth, level = depth + 1, _children(level.take(~ready), depth + 1)
    cells += _joined(full)
    return sorted(cells, key=lambda cell: cell.lo)


def cut_to_depth(zone: MultiPolygon, depth: int) -> list[Cell]:
    """Cells of ``zone`` all at one ``depth``: for lookups by equality of ``tile_key >> 2*(24-depth)``."""
    start, level = _start(zone, deepest=depth)
    cells: list[Cell] = []
    for at in range(start, depth + 1):
        is_full = _is_full(level, at)
        for x, y in zip(level.x[is_full], level.y[is_full], strict=True):
            cells += _full_at(int(interleave(x, y)), at, depth)
        keys = interleave(level.x, level.y)
        level = level.take(~np.isin(keys, keys[is_full]))
        if at < depth:
            level = _children(level, at + 1)
    return sorted(cells + _cells(level, depth), key=lambda cell: cell.lo)


def _bounds(x: Integers, y: Integers, depth: int) -> tuple[NDArray[np.float64], ...]:
    """West, south, east, north of tiles in degrees, each widened by the margin."""
    n = 2.0**depth
    west, east = x / n * 360 - 180, (x + 1) / n * 360 - 180
    north = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / n))))
    south = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * (y + 1) / n))))
    return west - CUT_MARGIN, south - CUT_MARGIN, east + CUT_MARGIN, north + CUT_MARGIN


def _tile(lon: float, lat: float, depth: int) -> tuple[int, int]:
    n = 2**depth
    lat = float(np.clip(lat, -MAX_LATITUDE, MAX_LATITUDE))
    x = int(np.floor((lon + 180) / 360 * n))
    y = int(np.floor((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n))
    return min(max(x, 0), n - 1), min(max(y, 0), n - 1)


def _start(zone: MultiPolygon, deepest: int = 16) -> tuple[int, _Level]:
    """The deepest depth at which the polygon's bounding box meets at most 2 by 2 tiles, and those tiles."""
    west, south, east, north = zone.bounds
    for depth in range(deepest, -1, -1):
        x0, y0 = _tile(west - CUT_MARGIN, north + CUT_MARGIN, depth)
        x1, y1 = _tile(east + CUT_MARGIN, south - CUT_MARGIN, depth)
        if x1 - x0 <= 1 and y1 - y0 <= 1:
            break
    # Clipping a multipolygon or rings that touch at a point loses area (D13): explode first.
    polygons = shapely.get_parts(zone)
    tiles = [(x, y) for y in range(y0, y1 + 1) for x in range(x0, x1 + 1)]
    x = np.repeat(np.array([tile[0] for tile in tiles], dtype=np.int64), len(polygons))
    y = np.repeat(np.array([tile[1] for tile in tiles], dtype=np.int64), len(polygons))
    return depth, _clipped(_Level(x, y, np.tile(polygons, len(tiles))), depth)


def _children(level: _Level, depth: int) -> _Level:
    x = np.concatenate([level.x * 2 + dx for dy in (0, 1) for dx in (0, 1)])
    y = np.concatenate([level.y * 2 + dy for dy in (0, 1) for dx in (0, 1)])
    return _clipped(_Level(x, y, np.tile(level.geoms, 4)), depth)


def _clipped(level: _Level, depth: int) -> _Level:
    """Each polygon clipped to its cell (with margin), exploded, without empty results."""
    if not len(level.x):
        return level
    west, south, east, north = _bounds(level.x, level.y, depth)
    boxes = shapely.bounds(level.geoms)
    touches = (boxes[:, 0] <= east) & (boxes[:, 2] >= west) & (boxes[:, 1] <= north) & (boxes[:, 3] >= south)
    level = level.take(touches)
    west, south, east, north = west[touches], south[touches], east[touches], north[touches]
    boxes = boxes[touches]
    within = (boxes[:, 0] >= west) & (boxes[:, 2] <= east) & (boxes[:, 1] >= south) & (boxes[:, 3] <= north)
    geoms = level.geoms.copy()
    for i in np.flatnonzero(~within):
        geoms[i] = shapely.clip_by_rect(geoms[i], west[i], south[i], east[i], north[i])
    # The fast cut can go wrong where rings touch; the exact one cannot.
    wrong = np.flatnonzero(~within & ~shapely.is_valid(geoms))
    if len(wrong):
        rectangles = shapely.box(west[wrong], south[wrong], east[wrong], north[wrong])
        geoms[wrong] = shapely.intersection(level.geoms[wrong], rectangles)
    return _exploded(_Level(level.x, level.y, geoms))


def _exploded(level: _Level) -> _Level:
    geoms, origin = shapely.get_parts(level.geoms, return_index=True)
    if (shapely.get_type_id(geoms) >= 4).any():  # a collection holds multi-parts
        geoms, inner = shapely.get_parts(geoms, return_index=True)
        origin = origin[inner]
    polygons = (shapely.get_type_id(geoms) == 3) & ~shapely.is_empty(geoms)
    origin = origin[polygons]
    return _Level(level.x[origin], level.y[origin], geoms[polygons])


def _is_full(level: _Level, depth: int) -> NDArray[np.bool_]:
    """Polygons that are nothing but the rectangle of their cell."""
    west, south, east, north = _bounds(level.x, level.y, depth)
    area = (east - west) * (north - south)
    full: NDArray[np.bool_] = (
        (shapely.get_num_coordinates(level.geoms) == 5)
        & (shapely.get_num_interior_rings(level.geoms) == 0)
        & (shapely.area(level.geoms) >= area * (1 - 1e-9))
    )
    return full


def _cells(level: _Level, depth: int) -> list[Cell]:
    shift = 2 * (TILE_DEPTH - depth)
    keys = interleave(level.x, level.y)
    order = np.argsort(keys, kind="stable")
    unique, first = np.unique(keys[order], return_index=True)
    groups = np.split(level.geoms[order], first[1:])
    return [
        Cell(int(key) << shift, int(key + 1) << shift, MultiPolygon(list(group)))
        for key, group in zip(unique, groups if len(unique) else [], strict=True)
    ]


def _joined(full: list[Integers]) -> list[Cell]:
    """Full cells of all depths as the fewest ranges."""
    if not full:
        return []
    rows = np.concatenate(full)
    lo = rows[:, 0] << (2 * rows[:, 1])
    hi = (rows[:, 0] + 1) << (2 * rows[:, 1])
    order = np.argsort(lo)
    lo, hi = lo[order], hi[order]
    begins = np.concatenate([[True], lo[1:] != hi[:-1]])
    ends = np.concatenate([begins[1:], [True]])
    return [Cell(int(a), int(b), None) for a, b in zip(lo[begins], hi[ends], strict=True)]


def _full_at(key: int, at: int, depth: int) -> list[Cell]:
    """A full cell of depth ``at`` as its full descendants of ``depth``."""
    shift, below = 2 * (TILE_DEPTH - depth), 2 * (depth - at)
    return [Cell(k << shift, (k + 1) << shift, None) for k in range(key << below, (key + 1) << below)]
