"""A honeycomb of small cells: regions of whole cells are one planar coverage by construction.

Each corner is moved and each side is bent once, whoever asks for it, so that neighbours share the very same
vertices. Three cells meet at a corner, hence regions never touch at a mere point and every ring is simple.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from geo_housing.geometry import Floats, Integers

Point = tuple[float, float]
NOWHERE = -1
# Sides counter-clockwise from east: the neighbour across side i is NEIGHBOURS[row parity][i] (column, row) away,
# its corners are CORNERS[i] and CORNERS[i + 1] in half widths and half side lengths from the cell's centre.
NEIGHBOURS = (
    ((1, 0), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1)),
    ((1, 0), (1, 1), (0, 1), (-1, 0), (0, -1), (1, -1)),
)
CORNERS = ((1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2))
# Lines that are not neighbours are one side length apart in the even honeycomb. Two corners (0.34) and two
# bends (0.14) may move towards each other and still keep 0.04 of it: lines never cross.
CORNER_SHIFT = 0.34
BEND = 0.14


@dataclass(frozen=True)
class Lattice:
    """Honeycomb over a rectangle of ``columns`` x ``rows`` cells; coordinates are km east and north of its corner."""

    columns: int
    rows: int
    side_km: float
    corner_shifts: Floats
    bends: Floats

    @classmethod
    def over(cls, width_km: float, height_km: float, side_km: float, rng: np.random.Generator) -> "Lattice":
        """The honeycomb that fills a rectangle without leaving it."""
        columns = int((width_km - side_km) / (side_km * sqrt(3)) - 0.5)
        rows = int((height_km - side_km) / (side_km * 1.5) - 0.5)
        grid = (3 * rows + 4, 2 * columns + 4)
        return cls(columns, rows, side_km, _in_disc(rng, grid), _in_disc(rng, (2 * grid[0], 2 * grid[1])))

    @property
    def cell_km2(self) -> float:
        """Area of an unmoved cell."""
        return 1.5 * sqrt(3) * self.side_km**2

    @cached_property
    def x(self) -> Floats:
        """Centre of each cell, km east."""
        column, row = self._places
        return np.asarray((column + 0.5 * (row % 2) + 1) * (self.side_km * sqrt(3)), dtype=np.float64)

    @cached_property
    def y(self) -> Floats:
        """Centre of each cell, km north."""
        return np.asarray((self._places[1] * 1.5 + 1.5) * self.side_km, dtype=np.float64)

    @cached_property
    def neighbours(self) -> list[list[int]]:
        """Cell across each side, NOWHERE beyond the rectangle."""
        return [[self._cell(n, side) for side in range(6)] for n in range(self.columns * self.rows)]

    def rings(self, labels: Integers, label: int) -> list[list[Point]]:
        """Closed rings around the cells that carry ``label``: outlines counter-clockwise, holes clockwise."""
        after: dict[tuple[int, int], tuple[int, int]] = {}
        for cell in np.flatnonzero(labels == label).tolist():
            for side, other in enumerate(self.neighbours[cell]):
                if other == NOWHERE or labels[other] != label:
                    after[self._corner(cell, side)] = self._corner(cell, (side + 1) % 6)
        rings = []
        while after:
            first = corner = min(after)
            ring: list[Point] = []
            while corner in after:
                following = after.pop(corner)
                ring += [self._corner_point(corner), self._bend_point(corner, following)]
                corner = following
            rings.append([*ring, self._corner_point(first)])
        return rings

    @cached_property
    def _places(self) -> tuple[Integers, Integers]:
        n = np.arange(self.columns * self.rows, dtype=np.int64)
        return n % self.columns, n // self.columns

    def _cell(self, cell: int, side: int) -> int:
        row, column = divmod(cell, self.columns)
        east, north = NEIGHBOURS[row % 2][side]
        column, row = column + east, row + north
        return row * self.columns + column if 0 <= column < self.columns and 0 <= row < self.rows else NOWHERE

    def _corner(self, cell: int, side: int) -> tuple[int, int]:
        row, column = divmod(cell, self.columns)
        return 2 * column + row % 2 + 1 + CORNERS[side][0], 3 * row + 2 + CORNERS[side][1]

    def _corner_point(self, corner: tuple[int, int]) -> Point:
        shift = self.corner_shifts[corner[1], corner[0]] * (CORNER_SHIFT * self.side_km)
        x = (corner[0] + 1) * (self.side_km * sqrt(3) / 2) + shift[0]
        y = (corner[1] + 1) * (self.side_km / 2) + shift[1]
        return float(x), float(y)

    def _bend_point(self, one: tuple[int, int], other: tuple[int, int]) -> Point:
        (x1, y1), (x2, y2) = self._corner_point(one), self._corner_point(other)
        shift = self.bends[one[1] + other[1], one[0] + other[0]] * (BEND * self.side_km)
        return float((x1 + x2) / 2 + shift[0]), float((y1 + y2) / 2 + shift[1])

    def grow(
        self, inside: NDArray[np.bool_], seeds: Sequence[int], slowness: Sequence[float], roughness: Floats
    ) -> Integers:
        """Region of each cell of ``inside``: the seed that reaches it first; connected by construction.

        ``roughness`` is the cost of crossing a cell, so that borders settle on rough ground as they do on ridges.
        """
        labels = np.full(len(inside), NOWHERE, dtype=np.int64)
        reached = [(0.0, seed, n) for n, seed in enumerate(seeds)]
        heapq.heapify(reached)
        cost, open_cells = roughness.tolist(), inside.tolist()
        while reached:
            so_far, cell, n = heapq.heappop(reached)
            if not open_cells[cell]:
                continue
            open_cells[cell] = False
            labels[cell] = n
            for other in self.neighbours[cell]:
                if other != NOWHERE and open_cells[other]:
                    heapq.heappush(reached, (so_far + (cost[cell] + cost[other]) * slowness[n], other, n))
        return labels

    def path(self, inside: NDArray[np.bool_], start: int, end: int, roughness: Floats) -> list[Point]:
        """Centres of the cells on the cheapest way from ``start`` to ``end``, as water would take it."""
        came_from: dict[int, int] = {}
        reached = [(0.0, start, start)]
        while reached:
            so_far, cell, before = heapq.heappop(reached)
            if cell in came_from:
                continue
            came_from[cell] = before
            if cell == end:
                break
            for other in self.neighbours[cell]:
                if other != NOWHERE and inside[other] and other not in came_from:
                    heapq.heappush(reached, (so_far + float(roughness[cell] + roughness[other]), other, cell))
        way = [end]
        while way[-1] != start:
            way.append(came_from[way[-1]])
        return [(float(self.x[cell]), float(self.y[cell])) for cell in reversed(way)]

    def without_holes(self, inside: NDArray[np.bool_], within: int) -> NDArray[np.bool_]:
        """The part of ``inside`` that hangs together with cell ``within``, its holes filled."""
        kept = self._connected(inside, [within])
        edge = [n for n, around in enumerate(self.neighbours) if NOWHERE in around]
        return ~self._connected(~kept, edge)

    def _connected(self, inside: NDArray[np.bool_], start: Iterable[int]) -> NDArray[np.bool_]:
        found = np.zeros(len(inside), dtype=bool)
        waiting = [cell for cell in start if inside[cell]]
        while waiting:
            cell = waiting.pop()
            if not found[cell]:
                found[cell] = True
                waiting += [n for n in self.neighbours[cell] if n != NOWHERE and inside[n] and not found[n]]
        return found


def _in_disc(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Random shifts within the unit disc, by scaling points of the square (no trigonometry: the same on every machine)."""
    square = rng.random((*shape, 2)) * 2.0 - 1.0
    length = np.sqrt((square**2).sum(axis=-1, keepdims=True))
    shifts: Floats = square / np.maximum(length, 1.0)
    return shifts


def noise(x: Floats, y: Floats, size_km: float, rng: np.random.Generator) -> Floats:
    """Smooth random field between 0 and 1 over points in km; bumps are some ``size_km`` wide, details a quarter of it."""
    total, weight = np.zeros_like(x), 0.0
    for share, step in ((1.0, size_km), (0.5, size_km / 2), (0.25, size_km / 4)):
        columns, rows = int(x.max() / step) + 2, int(y.max() / step) + 2
        heights = rng.random((rows, columns))
        column, row = (x / step).astype(np.int64), (y / step).astype(np.int64)
        u, v = x / step - column, y / step - row
        u, v = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
        below = heights[row, column] * (1 - u) + heights[row, column + 1] * u
        above = heights[row + 1, column] * (1 - u) + heights[row + 1, column + 1] * u
        total += share * (below * (1 - v) + above * v)
        weight += share
    return total / weight
