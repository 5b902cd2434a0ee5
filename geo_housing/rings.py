"""Many rings at once as flat arrays: cut into vertical and horizontal strips, turned back into polygons.

In each strip a ring keeps its edges as far as they lie in it, joined in their order. As Sutherland and Hodgman clip it:
a stretch beyond a border is replaced by the straight way between the points where it leaves and comes back. For every
point of the strip the ring winds around it as before, because the stretch was only pushed onto the border. Nothing is
looked at that could go wrong in degenerate cases. All strips are made in one pass: an edge is looked at once for each
strip that it meets, not once for each line.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon

from geo_housing.geometry import Floats, Integers

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Strips:
    """Strips side by side in ascending order, strip i from ``low[i]`` to ``high[i]``; neighbours overlap a little."""

    low: Floats
    high: Floats

    def around(self, values: Floats) -> tuple[Integers, Integers]:
        """The first and the last strip that hold each value."""
        return np.searchsorted(self.high, values, side="left"), np.searchsorted(self.low, values, side="right") - 1


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
        if chosen.all():
            return self
        vertices = chosen[self.ring]
        number = np.cumsum(chosen) - 1
        return Rings(
            self.coords[vertices],
            number[self.ring[vertices]],
            self.polygon[chosen],
            self.is_hole[chosen],
            self.cell[chosen],
        )

    def split(self, axis: int, strips: "Strips", first: Integers, count: int) -> "Rings":
        """Each ring cut into ``count`` strips of coordinate ``axis`` from strip ``first`` (one for each ring) on.

        What was in cell c lies in cell ``c * count + n`` where it is in the n-th of the strips.
        """
        along, across = self.coords[:, axis], self.coords[:, 1 - axis]
        after = _next_in_ring(self.ring)
        lowest, highest = strips.around(along)
        least = first[self.ring]
        begin = np.clip(np.minimum(lowest, lowest[after]), least, least + count)
        end = np.clip(np.maximum(highest, highest[after]), least - 1, least + count - 1)
        # One row for each edge and strip that it meets.
        met = np.maximum(end - begin + 1, 0)
        edge = np.repeat(np.arange(len(met)), met)
        strip = np.arange(len(edge)) - np.repeat(np.cumsum(met) - met - begin, met)
        group = self.ring[edge] * count + (strip - least[edge])
        found = np.bincount(group, minlength=len(self) * count) > 0
        group = (np.cumsum(found) - 1)[group]
        order = _stable_order(group)
        edge, strip, group = edge[order], strip[order], group[order]
        low, high = strips.low[strip], strips.high[strip]
        start, ends = along[edge], along[after[edge]]
        entry, leave = np.clip(start, low, high), np.clip(ends, low, high)
        # An edge gives its first point; its last one is the first of the next edge, unless the edge is cut off before.
        rows = 1 + (leave != ends)
        at = np.cumsum(rows) - rows
        kept = np.empty((int(rows.sum()), 2))
        kept[at, axis] = entry
        kept[at, 1 - axis] = across[edge]
        for chosen, where, value in ((entry != start, at, entry), (leave != ends, at + 1, leave)):
            cut = edge[chosen]
            to = after[cut]
            share = (value[chosen] - along[cut]) / (along[to] - along[cut])
            kept[where[chosen], axis] = value[chosen]
            kept[where[chosen], 1 - axis] = across[cut] + (across[to] - across[cut]) * share
        whose, number = np.divmod(np.flatnonzero(found), count)
        cell = self.cell[whose] * count + number
        return _without_repeats(Rings(kept, np.repeat(group, rows), self.polygon[whose], self.is_hole[whose], cell))

    def crossing_and_winding(self, box: Floats) -> tuple[Bools, Bools]:
        """Whether each ring has an edge inside of its ``box`` (west, south, east, north), and if not, whether it goes around."""
        crosses = np.zeros(len(self), dtype=bool)
        winds = np.zeros(len(self), dtype=bool)
        if not len(self.coords):
            return crosses, winds
        # Most have a vertex inside; only the few others are looked at edge by edge.
        x, y = self.coords.T
        west, south, east, north = box.T[:, self.ring]
        crosses[self.ring[(x > west) & (x < east) & (y > south) & (y < north)]] = True
        among = np.flatnonzero(~crosses)
        rest, box = self.take(~crosses), box[among]
        after = _next_in_ring(rest.ring)
        on_border = rest.coords[:, [0, 1, 0, 1]] == box[rest.ring]
        along_border = (on_border & on_border[after]).any(axis=1)
        crosses[among[rest.ring[~along_border]]] = True
        x, y = (rest.coords - box[rest.ring, :2]).T
        area = np.bincount(rest.ring, weights=x * y[after] - x[after] * y, minlength=len(rest)) / 2
        # A ring that only runs along the box goes around it once, or not at all.
        winds[among] = np.abs(area) > 0.5 * (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        return crosses, winds

    def multipolygons(self, cells: int) -> NDArray[np.object_]:
        """One multipolygon for each of ``cells`` cells; every cell has a ring."""
        if not len(self):
            return np.empty(0, dtype=object)
        whole = self._with_three_vertices()
        lines = shapely.linearrings(whole.coords, indices=whole.ring)
        # Polygons in order of cell and polygon, each with its outer ring before its holes.
        order = np.lexsort((whole.is_hole, whole.polygon, whole.cell))
        is_outer = ~whole.is_hole[order]
        outer = order[is_outer]
        polygons = shapely.polygons(lines[order], indices=np.cumsum(is_outer) - 1)
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


def _stable_order(numbers: Integers) -> Integers:
    """Places in the order of ``numbers``, equal ones as they come; small numbers are sorted by counting."""
    short = len(numbers) and numbers.max() < 1 << 16
    return np.argsort(numbers.astype(np.uint16) if short else numbers, kind="stable")


def _next_in_ring(ring: Integers) -> Integers:
    """Index of the vertex that follows each vertex in its ring."""
    after = np.arange(1, len(ring) + 1)
    if not len(ring):
        return after
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
