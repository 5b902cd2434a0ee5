"""Many rings at once as flat arrays: clipped at vertical and horizontal lines, turned back into polygons.

Clipping follows Sutherland and Hodgman: a stretch of the ring beyond the line is replaced by the straight way between
the points where it leaves and comes back. For every point on this side of the line the ring winds around it as before,
because the stretch was only pushed onto the line. Nothing is looked at that could go wrong in degenerate cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from geo_housing.geometry import Floats, Integers

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rings:
    """``coords`` (n, 2) of all rings in a row, not closed; ``ring`` numbers them from 0, the others tell about each ring.

    ``polygon`` is the polygon of the zone, ``is_hole`` whether it is one of its holes, ``cell`` the cell it lies in.
    """

    coords: Floats
    ring: Integers
    polygon: Integers
    is_hole: Bools
    cell: Integers

    def __len__(self) -> int:
        """Number of rings; some may have no vertex left."""
        return len(self.polygon)

    @property
    def sizes(self) -> Integers:
        """Vertices of each ring."""
        return np.bincount(self.ring, minlength=len(self))

    def in_cells(self, cell: Integers) -> "Rings":
        """The same rings said to lie in other cells."""
        return Rings(self.coords, self.ring, self.polygon, self.is_hole, np.asarray(cell, dtype=np.int64))

    def take(self, chosen: Bools) -> "Rings":
        """The chosen rings, numbered anew."""
        vertices = chosen[self.ring]
        number = np.cumsum(chosen) - 1
        return Rings(
            self.coords[vertices],
            number[self.ring[vertices]],
            self.polygon[chosen],
            self.is_hole[chosen],
            self.cell[chosen],
        )

    @staticmethod
    def joined(parts: Sequence["Rings"]) -> "Rings":
        """All rings of ``parts`` in a row."""
        before = np.cumsum([0, *(len(part) for part in parts)])
        return Rings(
            np.concatenate([part.coords for part in parts]),
            np.concatenate([part.ring + n for part, n in zip(parts, before, strict=False)]),
            np.concatenate([part.polygon for part in parts]),
            np.concatenate([part.is_hole for part in parts]),
            np.concatenate([part.cell for part in parts]),
        )

    def clipped(self, axis: int, border: Floats, *, below: bool) -> "Rings":
        """Each ring on one side of its own ``border``: coordinates of ``axis`` at most (``below``) or at least that."""
        if not len(self.coords):
            return self
        along, across = self.coords[:, axis], self.coords[:, 1 - axis]
        line = border[self.ring]
        inside = along <= line if below else along >= line
        if inside.all():
            return self
        after = _next_in_ring(self.ring)
        crosses = inside != inside[after]
        count = inside.astype(np.int64) + crosses
        place = np.cumsum(count) - count
        kept = np.empty((int(count.sum()), 2))
        kept[place[inside]] = self.coords[inside]
        at = np.flatnonzero(crosses)
        to = after[at]
        share = (line[at] - along[at]) / (along[to] - along[at])
        meets = place[at] + inside[at]
        kept[meets, axis] = line[at]
        kept[meets, 1 - axis] = across[at] + (across[to] - across[at]) * share
        return _without_repeats(Rings(kept, np.repeat(self.ring, count), self.polygon, self.is_hole, self.cell))

    def crossing_and_winding(self, box: Floats) -> tuple[Bools, Bools]:
        """Whether each ring has an edge inside of its ``box`` (west, south, east, north), and if not, whether it goes around."""
        crosses = np.zeros(len(self), dtype=bool)
        winds = np.zeros(len(self), dtype=bool)
        if not len(self.coords):
            return crosses, winds
        after = _next_in_ring(self.ring)
        on_border = self.coords[:, [0, 1, 0, 1]] == box[self.ring]
        along_border = (on_border & on_border[after]).any(axis=1)
        crosses[self.ring[~along_border]] = True
        x, y = (self.coords - box[self.ring, :2]).T
        area = np.bincount(self.ring, weights=x * y[after] - x[after] * y, minlength=len(self)) / 2
        # A ring that only runs along the box goes around it once, or not at all.
        winds = np.abs(area) > 0.5 * (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        return crosses, winds

    def multipolygons(self, cells: int) -> NDArray[np.object_]:
        """One multipolygon for each of ``cells`` cells; every cell has a ring."""
        if not len(self):
            return np.empty(0, dtype=object)
        whole = self._with_three_vertices()
        lines = shapely.linearrings(whole.coords, indices=whole.ring)
        # Polygons in order of cell and polygon, each with its outer ring before its holes.
        order = np.lexsort((whole.is_hole, whole.polygon, whole.cell))
        outer = order[~whole.is_hole[order]]
        number_of_outer = np.cumsum(~whole.is_hole[order]) - 1
        holes = whole.is_hole[order]
        polygons = shapely.polygons(lines[outer])
        with_holes = np.unique(number_of_outer[holes])
        if len(with_holes):
            belongs = number_of_outer[holes]
            for n in with_holes:
                polygons[n] = shapely.polygons(lines[outer[n]], holes=lines[order[holes][belongs == n]])
        result: NDArray[np.object_] = shapely.multipolygons(polygons, indices=whole.cell[outer])
        assert len(result) == cells, "every cell has an outer ring"
        return result

    def _with_three_vertices(self) -> "Rings":
        """A sliver that rounding has made a mere line still is a ring: its last vertex twice."""
        sizes = self.sizes
        if (sizes >= 3).all():
            return self
        last = np.cumsum(sizes) - 1
        count = np.ones(len(self.coords), dtype=np.int64)
        thin = (sizes > 0) & (sizes < 3)
        count[last[thin]] += 3 - sizes[thin]
        return Rings(
            np.repeat(self.coords, count, axis=0), np.repeat(self.ring, count), self.polygon, self.is_hole, self.cell
        )


def rings_of(zone: MultiPolygon) -> Rings:
    """All rings of a valid multipolygon, in cell 0."""
    polygons = shapely.get_parts(zone)
    lines, polygon = shapely.get_rings(polygons, return_index=True)
    coords, ring = shapely.get_coordinates(lines, return_index=True)
    last = np.concatenate([ring[1:] != ring[:-1], [True]])
    is_hole = np.concatenate([[False], polygon[1:] == polygon[:-1]])
    return Rings(coords[~last], ring[~last], polygon, is_hole, np.zeros(len(polygon), dtype=np.int64))


def _next_in_ring(ring: Integers) -> Integers:
    """Index of the vertex that follows each vertex in its ring."""
    after = np.arange(1, len(ring) + 1)
    ends = np.flatnonzero(np.concatenate([ring[1:] != ring[:-1], [True]]))
    begins = np.concatenate([[0], ends[:-1] + 1])
    after[ends] = begins
    return after


def _without_repeats(rings: Rings) -> Rings:
    """The same rings without vertices that repeat the one before."""
    if not len(rings.coords):
        return rings
    after = _next_in_ring(rings.ring)
    distinct = (rings.coords != rings.coords[after]).any(axis=1)
    return Rings(rings.coords[distinct], rings.ring[distinct], rings.polygon, rings.is_hole, rings.cell)
