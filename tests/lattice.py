"""Zones on an integer lattice for property tests: cells of a grid, halves of cells along a diagonal, any union of these.

The union of halves of cells gives what random coordinates never do: slanted edges through lattice points, holes, rings
that touch at a point.
"""

import itertools

import shapely
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

STEP = 0.0009
ORIGIN = (120.0003, 45.0002)
SIDE = 8


def at(x: float, y: float, *, origin: tuple[float, float] = ORIGIN, step: float = STEP) -> tuple[float, float]:
    """A place of the lattice in degrees."""
    return round(origin[0] + x * step, 7), round(origin[1] + y * step, 7)


@st.composite
def zones(draw: st.DrawFn, origin: tuple[float, float] = ORIGIN, step: float = STEP) -> MultiPolygon:
    """A valid multipolygon over some of the lattice's cells and half-cells."""
    cells = draw(
        st.sets(
            st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1), st.integers(0, 4)), min_size=1, max_size=40
        )
    )
    parts = [_part(x, y, kind, origin, step) for x, y, kind in sorted(cells)]
    merged = shapely.union_all(parts)
    polygons = [part for part in shapely.get_parts(merged) if isinstance(part, Polygon)]
    zone = MultiPolygon(polygons)
    return (
        zone
        if zone.is_valid
        else MultiPolygon([part for part in shapely.get_parts(shapely.make_valid(zone)) if isinstance(part, Polygon)])
    )


def _part(x: int, y: int, kind: int, origin: tuple[float, float], step: float) -> Polygon:
    corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)]
    chosen = corners if kind == 4 else [corner for place, corner in enumerate(corners) if place != kind]
    return Polygon([at(*corner, origin=origin, step=step) for corner in chosen])


def houses_of(zone: MultiPolygon) -> list[Point]:
    """Houses where it is decided: on every lattice point, on the middle of every edge, and around."""
    places = [(x, y) for x in range(-1, SIDE + 2) for y in range(-1, SIDE + 2)]
    places += [(x + 0.5, y + 0.5) for x in range(SIDE) for y in range(SIDE)]
    places += [(x + 0.25, y + 0.25) for x in range(SIDE) for y in range(SIDE)]
    houses = [Point(at(*place)) for place in places]
    for ring in (ring for part in zone.geoms for ring in (part.exterior, *part.interiors)):
        ends = list(ring.coords)
        houses += [Point((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in itertools.pairwise(ends)]
    return houses
