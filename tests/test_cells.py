"""Zones cut into cells find the same houses as the whole zone, on its very edge, too (D13).

Integer lattices are where a cut goes wrong: rings that touch at a point, holes, houses on vertices and on slanted edges.
"""

import itertools

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon

from geo_housing.cells import INSIDE_TOLERANCE, Cell, cut_adaptively, cut_to_depth
from geo_housing.geometry import TILE_DEPTH, tile_key
from tests.lattice import ORIGIN, STEP, houses_of, zones

DEPTHS = st.integers(12, 17)


def found_by(cells: list[Cell], houses: list[Point]) -> set[int]:
    """Places of the houses that the cells find, as the database finds them."""
    keys = tile_key(np.array([house.x for house in houses]), np.array([house.y for house in houses]))
    found = set()
    for cell in cells:
        for place, (key, house) in enumerate(zip(keys, houses, strict=True)):
            if cell.lo <= key < cell.hi and (cell.geom is None or shapely.dwithin(cell.geom, house, INSIDE_TOLERANCE)):
                assert place not in found, "a house in two cells"
                found.add(place)
    return found


def expected(zone: MultiPolygon, houses: list[Point]) -> set[int]:
    return {place for place, house in enumerate(houses) if shapely.dwithin(zone, house, INSIDE_TOLERANCE)}


@settings(max_examples=120, deadline=None)
@given(zones(), st.integers(4, 64))
def test_adaptive_cells_find_what_the_whole_zone_holds(zone: MultiPolygon, max_vertices: int) -> None:
    houses = houses_of(zone)
    assert found_by(cut_adaptively(zone, max_vertices=max_vertices), houses) == expected(zone, houses)


@settings(max_examples=60, deadline=None)
@given(zones(), DEPTHS)
def test_cells_of_one_depth_find_what_the_whole_zone_holds(zone: MultiPolygon, depth: int) -> None:
    houses = houses_of(zone)
    cells = cut_to_depth(zone, depth)
    assert all(cell.hi - cell.lo == 1 << 2 * (TILE_DEPTH - depth) for cell in cells)
    assert found_by(cells, houses) == expected(zone, houses)


@settings(max_examples=40, deadline=None)
@given(zones())
def test_cells_are_sorted_disjoint_and_always_the_same(zone: MultiPolygon) -> None:
    cells = cut_adaptively(zone, max_vertices=32)
    assert all(before.hi <= after.lo for before, after in itertools.pairwise(cells))
    assert cells == cut_adaptively(zone, max_vertices=32)


def test_a_zone_of_needles_is_found_whole_through_all_its_levels() -> None:
    """Every edge crosses many cells, and its corners lie far outside of most: the hardest outline to cut."""
    rng = np.random.default_rng(13)
    angle = np.linspace(0, 2 * np.pi, 1_500, endpoint=False)
    reach = 0.02 * (1 + rng.uniform(-0.3, 0.3, len(angle)))
    lon, lat = ORIGIN
    shell = np.column_stack([lon + reach * np.cos(angle), lat + 0.7 * reach * np.sin(angle)])
    hole = np.column_stack([lon + 0.4 * reach * np.cos(angle), lat + 0.28 * reach * np.sin(angle)])
    zone = MultiPolygon([Polygon(shell, [hole])])
    assert zone.is_valid
    places = np.concatenate(
        [shell[::7], (shell[::11] + shell[1::11]) / 2, rng.uniform(-0.026, 0.026, (700, 2)) + ORIGIN]
    )
    houses = list(shapely.points(places))
    cells = cut_adaptively(zone, max_vertices=64)
    assert len({cell.hi - cell.lo for cell in cells if cell.geom is not None}) > 1, "cells of several depths"
    assert found_by(cells, houses) == expected(zone, houses)


def test_rings_that_touch_at_a_point_lose_no_house() -> None:
    """A butterfly of two triangles and a hole that touches the shell: where the fast cut alone went wrong."""
    lon, lat = ORIGIN
    shell = [(0, 0), (8, 0), (8, 8), (0, 8)]
    hole = [(0, 4), (4, 2), (4, 6)]
    at = [(lon + x * STEP, lat + y * STEP) for x, y in shell]
    zone = MultiPolygon([Polygon(at, [[(lon + x * STEP, lat + y * STEP) for x, y in hole]])])
    assert zone.is_valid
    houses = houses_of(zone)
    assert found_by(cut_adaptively(zone, max_vertices=4), houses) == expected(zone, houses)
