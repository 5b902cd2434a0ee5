"""Degrees on paper: what a small map shows, and where on it; drawn as SVG by the rooms that have something to show."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, median_low

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo_housing.base_map import BaseLayer, tile_address, tiles_over

WIDTH, HEIGHT, EDGE = 520.0, 300.0, 14.0
# At most this wide is a tile drawn: 256 pixels on some 3 cm of paper.
TILE_WIDTH = 130.0
SCALES_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
METRES_PER_DEGREE = 111_320.0
# A map shows at least so much ground, or nobody would know where they are.
LEAST_SHOWN_M = 200.0
# Within its outline a name is tried at so many places across and down, the nearest to its middle first.
TRIED = 9
# West, south, east, north in degrees.
Bounds = tuple[float, float, float, float]
# A house that stands further than this from its village is not on the village's map: a slip of the point would shrink all
# else to a dot. Shares of the village's extent, and at least metres.
MARGIN, LEAST_MARGIN_M = 0.25, 500.0
# Where no outline says what belongs together: so many times the usual distance from the middle, and at least metres.
TIMES_USUAL, LEAST_REACH_M = 8.0, 3_000.0


@dataclass(frozen=True)
class TilePicture:
    """A tile of the base map and where it lies on the paper."""

    address: str
    x: float
    y: float
    width: float
    height: float


def bounds_of(village: Bounds | None, places: Sequence[tuple[float, float]]) -> Bounds | None:
    """What the map shows, in degrees: the village's box and the houses at or near it; None when nothing has a place.

    Without an outline the houses that stand together, told by their distances from the median place.
    """
    if village is None:
        near = _standing_together(places)
        if not near:
            return None
    else:
        west, south, east, north = village
        per_lon = METRES_PER_DEGREE * math.cos(math.radians((south + north) / 2))
        dx = max((east - west) * MARGIN, LEAST_MARGIN_M / per_lon)
        dy = max((north - south) * MARGIN, LEAST_MARGIN_M / METRES_PER_DEGREE)
        near = [(x, y) for x, y in places if west - dx <= x <= east + dx and south - dy <= y <= north + dy]
        near += [(west, south), (east, north)]
    lons, lats = [x for x, _ in near], [y for _, y in near]
    return min(lons), min(lats), max(lons), max(lats)


def _standing_together(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if not places:
        return []
    lon, lat = median_low([x for x, _ in places]), median_low([y for _, y in places])
    per_lon = METRES_PER_DEGREE * math.cos(math.radians(lat))
    metres = [math.hypot((x - lon) * per_lon, (y - lat) * METRES_PER_DEGREE) for x, y in places]
    reach = max(LEAST_REACH_M, TIMES_USUAL * median(metres))
    return [place for place, far in zip(places, metres, strict=True) if far <= reach]


class Frame:
    """Degrees to the paper's units: equal scale both ways, what is shown in the middle."""

    def __init__(
        self,
        west: float,
        south: float,
        east: float,
        north: float,
        *,
        width: float = WIDTH,
        height: float = HEIGHT,
        least_m: float = LEAST_SHOWN_M,
    ) -> None:
        self.width, self.height = width, height
        middle = math.radians((south + north) / 2)
        least = least_m / METRES_PER_DEGREE
        self.x_m = METRES_PER_DEGREE * math.cos(middle)
        wide = max(east - west, least) * self.x_m
        high = max(north - south, least) * METRES_PER_DEGREE
        self.per_metre = min((width - 2 * EDGE) / wide, (height - 2 * EDGE) / high)
        self.lon, self.lat = (west + east) / 2, (south + north) / 2

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a point lies on the paper."""
        x = self.width / 2 + (lon - self.lon) * self.x_m * self.per_metre
        y = self.height / 2 - (lat - self.lat) * METRES_PER_DEGREE * self.per_metre
        return round(x, 1), round(y, 1)

    def corners(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """South-west and north-east of the paper, in degrees."""
        half_x = self.width / 2 / self.per_metre / self.x_m
        half_y = self.height / 2 / self.per_metre / METRES_PER_DEGREE
        return (self.lon - half_x, self.lat - half_y), (self.lon + half_x, self.lat + half_y)

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point lies on the paper."""
        x, y = self.place(lon, lat)
        return 0 <= x <= self.width and 0 <= y <= self.height

    def tiles(self, under: Sequence[BaseLayer]) -> Iterator[TilePicture]:
        """The tiles that fill the paper, from below; within a village Mercator's stretch cannot be seen."""
        (west, south), (east, north) = self.corners()
        box = (west, south, east, north)
        wide = TILE_WIDTH / self.per_metre / self.x_m
        for layer in under:
            if not layer.is_shown:
                continue
            for tile in tiles_over(*box, degrees=wide):
                left, top = self.place(tile.west, tile.north)
                right, bottom = self.place(tile.east, tile.south)
                # A hair wider, so that no white line shows between two tiles.
                size = (round(right - left + 0.2, 1), round(bottom - top + 0.2, 1))
                yield TilePicture(tile_address(layer, tile), left, top, *size)

    def path(self, geom: BaseGeometry | None) -> str:
        """All rings of a geometry as the data of an SVG path."""
        if geom is None:
            return ""
        geom = shapely.simplify(geom, 0.5 / (METRES_PER_DEGREE * self.per_metre))
        parts = []
        for ring in shapely.get_rings([part for part in shapely.get_parts(geom) if part.geom_type == "Polygon"]):
            corners = [self.place(lon, lat) for lon, lat in ring.coords]
            parts.append("M" + "L".join(f"{x} {y}" for x, y in corners) + "Z")
        return "".join(parts)

    def within(self, shape: BaseGeometry | None) -> BaseGeometry | None:
        """What of ``shape`` lies on the paper, and a little more: where it was cut no line is seen."""
        if shape is None:
            return None
        return shapely.clip_by_rect(shape, *self.around())

    def around(self) -> Bounds:
        """The paper and a little more, in degrees."""
        (west, south), (east, north) = self.corners()
        dx, dy = (east - west) / 10, (north - south) / 10
        return west - dx, south - dy, east + dx, north + dy

    def scale(self) -> tuple[float, str]:
        """A round length that is at most a quarter of the map."""
        longest = self.width / 4 / self.per_metre
        metres = max((m for m in SCALES_M if m <= longest), default=SCALES_M[0])
        label = f"{metres} 米" if metres < 1000 else f"{metres // 1000} 公里"
        return round(metres * self.per_metre, 1), label


def places_in(shape: BaseGeometry, lon: float, lat: float) -> Iterator[tuple[float, float]]:
    """Where a name may stand: at the village's middle, else elsewhere in it, the nearest first."""
    yield lon, lat
    west, south, east, north = shape.bounds
    across, down = (
        edge.ravel() for edge in np.meshgrid(np.linspace(west, east, TRIED), np.linspace(south, north, TRIED))
    )
    within = shapely.contains_xy(shape, across, down)
    places = list(zip(across[within].tolist(), down[within].tolist(), strict=True))
    yield from sorted(places, key=lambda place: ((place[0] - lon) ** 2 + (place[1] - lat) ** 2, place))
