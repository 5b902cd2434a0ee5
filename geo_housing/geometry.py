"""Coordinates: the one stored reference system, the ways in, the tile key, metres, repairs.

Stored is EPSG:4490 (CGCS2000, the lawful one), longitude first. GCJ-02 and BD-09 are undone at the door and only
when declared; nothing is guessed (D5).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo_housing.errors import BadInput, TooLarge
from geo_housing.numbers import whole_number

HOUSE_SRID = 4490
# The way to and from other datums leads over WGS 84, whose degrees have equal numbers (D5): for most datums a shift to
# it is published, to CGCS2000 none, and then PROJ only relabels, which leaves houses some hundred metres off.
SHIFT_SRID = 4326
TILE_DEPTH = 24
# What two outlines that meet may share, or leave between them: lines of different hands never agree to the metre, and no house
# stands on so little ground.
SLIVER_M2 = 100.0
MAX_LATITUDE = 85.0511287798066  # where the square of the tile grid ends

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Geometries = NDArray[np.object_]

GEOD = pyproj.Geod(ellps="GRS80")
# Where the national offset is applied; outside it GCJ-02 and BD-09 mean nothing.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
_GCJ_AXIS = 6378245.0
_GCJ_ECCENTRICITY = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0


@dataclass(frozen=True)
class SourceCrs:
    """What coordinates are: ``name`` is EPSG:n, gcj02 or bd09."""

    name: str

    @property
    def is_offset(self) -> bool:
        """Whether the coordinates carry the national offset."""
        return self.name in ("gcj02", "bd09")


LONLAT = SourceCrs("EPSG:4490")


def parse_crs(text: str) -> SourceCrs:
    """``EPSG:n``, ``gcj02`` or ``bd09`` as a user writes it; BadInput for anything else."""
    wanted = text.strip()
    lowered = wanted.lower().replace("-", "")
    if lowered in ("gcj02", "bd09"):
        return SourceCrs(lowered)
    if lowered in ("crs84", "ogc:crs84"):
        return SourceCrs("EPSG:4326")
    head, _, number = lowered.partition(":")
    if head == "epsg" and (code := whole_number(number)) is not None:
        _transformer(code)
        return SourceCrs(f"EPSG:{code}")
    raise BadInput(f"坐标系“{text[:40]}”无法识别：请写 EPSG:编号（如 EPSG:4490、EPSG:4529）、gcj02 或 bd09。")


def to_lonlat(x: Floats, y: Floats, crs: SourceCrs) -> tuple[Floats, Floats]:
    """Longitude and latitude (EPSG:4490, degrees) of coordinates of ``crs``; x is east or longitude."""
    if crs.is_offset:
        west, south, east, north = CHINA
        known = np.isfinite(x) & np.isfinite(y)
        if (known & ((x < west) | (x > east) | (y < south) | (y > north))).any():
            raise BadInput(f"声明为 {crs.name}，但坐标在中国范围之外；该坐标系只用于国内，请核对“坐标系”。")
        if crs.name == "bd09":
            x, y = _undo(x, y, gcj02_to_bd09)
        return _undo(x, y, lonlat_to_gcj02)
    number = int(crs.name.removeprefix("EPSG:"))
    if number in (4326, 4490):
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    lon, lat = _transformer(number).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def reproject(geometries: Geometries, crs: SourceCrs) -> Geometries:
    """Geometries of ``crs`` in EPSG:4490; a third dimension is dropped."""
    flat = shapely.force_2d(geometries)

    def convert(coordinates: Floats) -> Floats:
        lon, lat = to_lonlat(coordinates[:, 0], coordinates[:, 1], crs)
        return np.column_stack([lon, lat])

    result: Geometries = shapely.transform(flat, convert)
    return result


def lonlat_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """The national offset applied to true coordinates."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    d_lat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    d_lon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    latitude = np.radians(lat)
    magic = 1 - _GCJ_ECCENTRICITY * np.sin(latitude) ** 2
    root = np.sqrt(magic)
    d_lat = d_lat * 180.0 / ((_GCJ_AXIS * (1 - _GCJ_ECCENTRICITY)) / (magic * root) * np.pi)
    d_lon = d_lon * 180.0 / (_GCJ_AXIS / root * np.cos(latitude) * np.pi)
    return lon + d_lon, lat + d_lat


def gcj02_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Baidu's second offset applied to GCJ-02 coordinates."""
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _undo(x: Floats, y: Floats, forward) -> tuple[Floats, Floats]:  # type: ignore[no-untyped-def] # noqa: ANN001 -- one of the two above
    """Inverse of an offset by fixed-point iteration: 12 rounds leave less than 1e-10 degrees."""
    lon, lat = np.array(x, dtype=float), np.array(y, dtype=float)
    for _ in range(12):
        shifted_lon, shifted_lat = forward(lon, lat)
        lon, lat = lon - (shifted_lon - x), lat - (shifted_lat - y)
    return lon, lat


@lru_cache(maxsize=32)
def _transformer(number: int) -> pyproj.Transformer:
    try:
        source = pyproj.CRS.from_epsg(number)
    except CRSError:
        raise BadInput(f"没有 EPSG:{number} 这个坐标系，请核对编号。") from None
    return pyproj.Transformer.from_crs(source, pyproj.CRS.from_epsg(SHIFT_SRID), always_xy=True)


def tile_key(lon: Floats, lat: Floats) -> Integers:
    """Quadkey number at z24 of each point: bits of the tile column at even, of the row at odd places.

    Column and row are ``floor`` of the Web Mercator fractions, clamped to the grid, so a point on the west or
    north edge of a tile belongs to it and one on the east or south edge does not.
    """
    n = float(2**TILE_DEPTH)
    latitude = np.radians(np.clip(lat, -MAX_LATITUDE, MAX_LATITUDE))
    x = np.floor((np.asarray(lon) + 180.0) / 360.0 * n)
    y = np.floor((1.0 - np.arcsinh(np.tan(latitude)) / np.pi) / 2.0 * n)
    return interleave(np.clip(x, 0, n - 1).astype(np.int64), np.clip(y, 0, n - 1).astype(np.int64))


def tile_key_range(z: int, x: int, y: int) -> tuple[int, int]:
    """Half-open range of tile keys in tile z/x/y."""
    shift = 2 * (TILE_DEPTH - z)
    key = int(interleave(np.int64(x), np.int64(y)))  # type: ignore[arg-type] # a scalar is an array of no dimension
    return key << shift, (key + 1) << shift


def interleave(x: Integers, y: Integers) -> Integers:
    """Quadkey number of tile column ``x`` and row ``y``."""
    return _spread(np.asarray(x, dtype=np.int64)) | (_spread(np.asarray(y, dtype=np.int64)) << 1)


def deinterleave(key: Integers) -> tuple[Integers, Integers]:
    """Tile column and row of a quadkey number: the inverse of ``interleave``."""
    return _gathered(key), _gathered(key >> 1)


def _gathered(value: Integers) -> Integers:
    value = value & 0x5555555555555555
    for shift, mask in (
        (1, 0x3333333333333333),
        (2, 0x0F0F0F0F0F0F0F0F),
        (4, 0x00FF00FF00FF00FF),
        (8, 0x0000FFFF0000FFFF),
        (16, 0x00000000FFFFFFFF),
    ):
        value = (value | (value >> shift)) & mask
    return value


def _spread(value: Integers) -> Integers:
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        value = (value | (value << shift)) & mask
    return value


def zone_of_longitude(lon: float) -> int:
    """EPSG number of the CGCS2000 3-degree zone (with zone prefix) that holds a longitude in China."""
    return 4513 + min(max(round(lon / 3), 25), 45) - 25


def area_m2(geom: BaseGeometry) -> float:
    """Geodesic area on the CGCS2000 ellipsoid, holes taken off."""
    if geom.is_empty:
        return 0.0
    total = 0.0
    for polygon in shapely.get_parts(geom):
        if polygon.geom_type == "Polygon":
            total += abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(polygon))[0])
    return total


def length_m(geom: BaseGeometry) -> float:
    """Geodesic length of lines on the CGCS2000 ellipsoid."""
    return float(sum(GEOD.geometry_length(part) for part in shapely.get_parts(geom)))


def buffer_metres(geom: BaseGeometry, metres: float) -> MultiPolygon:
    """Everything within ``metres`` of ``geom`` (lon/lat), in an equidistant projection around its middle."""
    if shapely.get_num_coordinates(geom) > MOST_BUFFERED or _crossings(geom) > MOST_BUFFERED_CROSSINGS:
        raise TooLarge("要加缓冲距离的图形太复杂（顶点或交叉太多），请先简化，或分成几个图形。")
    west, south, east, north = geom.bounds
    plane = pyproj.CRS.from_proj4(
        f"+proj=aeqd +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=GRS80 +units=m"
    )
    there = pyproj.Transformer.from_crs(HOUSE_SRID, plane, always_xy=True)

    def forward(c: Floats) -> Floats:
        return np.column_stack(there.transform(c[:, 0], c[:, 1]))

    def backward(c: Floats) -> Floats:
        return np.column_stack(there.transform(c[:, 0], c[:, 1], direction="INVERSE"))

    # 64 segments a quarter circle: the polygon stays within 0.01 % of the true radius.
    return as_multipolygon(
        shapely.transform(shapely.buffer(shapely.transform(geom, forward), metres, quad_segs=64), backward)
    )


def as_multipolygon(geom: BaseGeometry) -> MultiPolygon:
    """The polygons of ``geom`` as one multipolygon; lines and points in it are dropped."""
    parts = [part for part in shapely.get_parts(geom) if not part.is_empty]
    polygons: list[BaseGeometry] = []
    for part in parts:
        polygons += [p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
    return MultiPolygon(polygons)


# A noded line of a million crossings takes some gigabyte; real outlines have a few dozen.
MOST_CROSSINGS = 300_000
FEW_VERTICES = 1_000
EDGES_ASKED = 20
# Of what gets a buffer: a river of 50,000 vertices takes ten seconds, a scribble of 2,000 as much as half a minute.
MOST_BUFFERED = 100_000
MOST_BUFFERED_CROSSINGS = 100_000


@dataclass(frozen=True)
class Repaired:
    """A polygon after the door: ``geom`` None when nothing is left; areas in m² before and after."""

    geom: MultiPolygon | None
    changed: bool
    area_before_m2: float
    area_after_m2: float
    reason: str | None


def _crossings(geom: BaseGeometry) -> float:
    """About how often the edges of ``geom`` cross, told from a few of them: repairing takes memory for each time."""
    parts = shapely.get_parts(geom)
    lines = np.concatenate([shapely.get_rings(parts), parts[shapely.get_dimensions(parts) == 1]])
    coords, ring = shapely.get_coordinates(lines, return_index=True)
    if len(coords) < FEW_VERTICES:
        return 0.0
    begins = np.flatnonzero(ring[1:] == ring[:-1])
    edges = shapely.linestrings(np.stack([coords[begins], coords[begins + 1]], axis=1))
    some = edges[:: max(1, len(edges) // EDGES_ASKED)]
    found, _ = shapely.STRtree(edges).query(some, predicate="crosses")
    return len(found) / len(some) * len(edges) / 2


def repair_polygon(geom: BaseGeometry) -> Repaired:
    """Make a polygon valid, keeping what its rings mean; says whether and why it had to be changed."""
    if geom.is_empty:
        return Repaired(None, False, 0.0, 0.0, "空几何")
    if geom.geom_type in ("Polygon", "MultiPolygon") and geom.is_valid:
        kept = as_multipolygon(geom)
        size = area_m2(kept)
        return Repaired(kept, False, size, size, None)
    if _crossings(geom) > MOST_CROSSINGS:
        raise TooLarge("有一个图形的边线互相交叉太多，无法修复；请检查它的顶点顺序，或重新绘制。")
    reason = shapely.is_valid_reason(geom)
    before = area_m2(geom) if geom.geom_type in ("Polygon", "MultiPolygon") else 0.0
    fixed = as_multipolygon(shapely.make_valid(geom, method="structure", keep_collapsed=False))
    if fixed.is_empty:
        return Repaired(None, True, before, 0.0, reason)
    if not fixed.is_valid:
        fixed = as_multipolygon(shapely.union_all(shapely.get_parts(fixed)))
    return Repaired(fixed, True, before, area_m2(fixed), reason)
