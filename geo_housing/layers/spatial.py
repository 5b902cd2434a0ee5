"""Boxes and polygons as conditions that keep their index under row level security: ranges of tile_key, never ``&&``."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from geoalchemy2 import Geometry
from shapely import MultiPolygon
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    or_,
    select,
    true,
)
from sqlalchemy import literal as value_of
from sqlalchemy.dialects.postgresql import ARRAY

from geo_housing.cells import INSIDE_TOLERANCE, cut_adaptively
from geo_housing.errors import BadInput, TooLarge
from geo_housing.geometry import HOUSE_SRID, MAX_LATITUDE, TILE_DEPTH, interleave, repair_polygon
from geo_housing.layers.tables import HOUSE, PIECE, ZONE

MAX_VERTICES = 500_000
_ANY_GEOMETRY = Geometry("GEOMETRY", srid=HOUSE_SRID)
MAX_TILES_OF_A_BOX = 36
# Made once: an alias copies every column of its table when it is first asked for one.
_INNER = HOUSE.alias("inner_house")


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees. Points: west and south edge in, east and north edge out; areas: touching is enough."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        edges = (self.west, self.south, self.east, self.north)
        if (
            not all(np.isfinite(edges))
            or abs(self.west) > 180
            or abs(self.east) > 180
            or max(map(abs, edges[1::2])) > 90
        ):
            raise BadInput("bbox 应为经纬度：西,南,东,北，例如 121.1,45.3,121.6,45.7。")
        if self.west >= self.east or self.south >= self.north:
            raise BadInput("bbox 的次序不对：应为 西,南,东,北，且西小于东、南小于北。")


def parse_box(given: object) -> Box:
    """A box from ``W,S,E,N`` or a list of numbers; the heights of a box with six numbers are ignored."""
    parts = given.replace("，", ",").split(",") if isinstance(given, str) else given
    try:
        numbers = [float(part) for part in parts]  # type: ignore[attr-defined] # anything else is caught
    except (TypeError, ValueError):
        raise BadInput("bbox 应为四个数：西,南,东,北，例如 121.1,45.3,121.6,45.7。") from None
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4:
        raise BadInput(f"bbox 应为四个数：西,南,东,北；现在是 {len(numbers)} 个。")
    return Box(*numbers)


def parse_polygon(given: object) -> MultiPolygon:
    """A polygon in lon/lat from WKT, GeoJSON text, a GeoJSON object (geometry, feature, collection) or Shapely."""
    try:
        geom = _geometry(given)
    except (shapely.errors.GEOSException, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise BadInput("within 应为 GeoJSON 或 WKT 的多边形（经度在前，纬度在后）。") from None
    return usable_polygon(geom)


def usable_polygon(geom: BaseGeometry | None) -> MultiPolygon:
    """``geom`` repaired; BadInput when it is no polygon in degrees, TooLarge beyond MAX_VERTICES."""
    if geom is None or geom.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        raise BadInput("within 应为多边形；线和点请先做缓冲区。")
    if shapely.get_num_coordinates(geom) > MAX_VERTICES:
        raise TooLarge(f"within 的多边形顶点超过 {MAX_VERTICES} 个，请先简化或分开导出。")
    fixed = repair_polygon(shapely.force_2d(geom)).geom
    if fixed is None:
        raise BadInput("within 的多边形没有面积，请核对。")
    west, south, east, north = fixed.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise BadInput("within 的坐标不是经纬度；文件请写明坐标系后再用。")
    return fixed


def united(geoms: Iterable[BaseGeometry | None]) -> BaseGeometry:
    """All areas of a file or collection as one; BadInput when something else is among them."""
    return shapely.union_all([usable_polygon(geom) for geom in geoms])


def _geometry(given: object) -> BaseGeometry:
    if isinstance(given, str):
        text = given.strip()
        return shapely.from_geojson(text) if text.startswith("{") else _from_wkt(text)
    if isinstance(given, Mapping):
        kind = given.get("type")
        if kind == "FeatureCollection":
            return united([shape(feature["geometry"]) for feature in given["features"]])
        return shape(given["geometry"] if kind == "Feature" else given)
    if isinstance(given, BaseGeometry):
        return given
    raise TypeError


def _from_wkt(text: str) -> BaseGeometry:
    match = re.fullmatch(r"BBOX\s*\((.*)\)", text, re.IGNORECASE)
    if match:
        box = parse_box(match.group(1))
        return shapely.box(box.west, box.south, box.east, box.north)
    return shapely.from_wkt(text)


def key_ranges(box: Box) -> list[tuple[int, int]]:
    """Half-open ranges of tile keys that together cover ``box``: some two dozen tiles, joined where they touch."""
    n = 2**TILE_DEPTH
    west, east = (_tile_column(lon, n) for lon in (box.west, box.east))
    top, bottom = (_tile_row(lat, n) for lat in (box.north, box.south))
    shift = 0
    while ((east >> shift) - (west >> shift) + 1) * ((bottom >> shift) - (top >> shift) + 1) > MAX_TILES_OF_A_BOX:
        shift += 1
    x, y = np.meshgrid(np.arange(west >> shift, (east >> shift) + 1), np.arange(top >> shift, (bottom >> shift) + 1))
    keys = np.sort(interleave(x.ravel(), y.ravel()))
    breaks = np.flatnonzero(np.diff(keys) != 1)
    first = keys[np.concatenate([[0], breaks + 1])]
    last = keys[np.concatenate([breaks, [len(keys) - 1]])]
    return [(int(a) << 2 * shift, (int(b) + 1) << 2 * shift) for a, b in zip(first, last, strict=True)]


def _tile_column(lon: float, n: int) -> int:
    return min(max(int(np.floor((lon + 180.0) / 360.0 * n)), 0), n - 1)


def _tile_row(lat: float, n: int) -> int:
    latitude = np.radians(min(max(lat, -MAX_LATITUDE), MAX_LATITUDE))
    return min(max(int(np.floor((1.0 - np.arcsinh(np.tan(latitude)) / np.pi) / 2.0 * n)), 0), n - 1)


def house_in_box(box: Box) -> ColumnElement[bool]:
    """Houses whose point lies in ``box``: candidates by tile key, the edges by the coordinates themselves."""
    h = HOUSE.c
    x, y = func.ST_X(h.geom, type_=Double), func.ST_Y(h.geom, type_=Double)
    west, south, east, north = (value_of(edge, Double) for edge in (box.west, box.south, box.east, box.north))
    return and_(
        or_(*(and_(h.tile_key >= _key(lo), h.tile_key < _key(hi)) for lo, hi in key_ranges(box))),
        x >= west,
        x < east,
        y >= south,
        y < north,
    )


def house_in_polygon(polygon: MultiPolygon) -> ColumnElement[bool]:
    """Houses covered by ``polygon`` or within INSIDE_TOLERANCE of it, exactly as zones of events hold them."""
    cells = cut_adaptively(polygon)
    given = func.unnest(
        value_of([cell.lo for cell in cells], ARRAY(BigInteger)),
        value_of([cell.hi for cell in cells], ARRAY(BigInteger)),
        value_of([None if cell.geom is None else _hex(cell.geom) for cell in cells], ARRAY(Text)),
    ).table_valued(column("lo", BigInteger), column("hi", BigInteger), column("wkb", Text), name="given")
    given = given.render_derived()
    geom = cast(given.c.wkb, _ANY_GEOMETRY).label("geom")
    # OFFSET 0: the text of a cell is read once, not once for each house that is compared with it.
    pieces = select(given.c.lo, given.c.hi, geom).offset(0).subquery("cell")
    return HOUSE.c.id.in_(_found(pieces))


def house_in_zones(chosen: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Houses whose point lies in a zone that meets ``chosen`` (conditions on hazard_zone)."""
    return HOUSE.c.id.in_(houses_in_zones(chosen))


def houses_in_zones(chosen: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Their ids; a house in two zones comes twice."""
    # A stored piece is fetched from where PostgreSQL keeps long values once: a copy, and OFFSET 0 after it.
    geom = func.ST_SetSRID(PIECE.c.geom, HOUSE_SRID, type_=_ANY_GEOMETRY).label("geom")
    zones = PIECE.join(ZONE, ZONE.c.id == PIECE.c.zone_id)
    pieces = select(PIECE.c.lo, PIECE.c.hi, geom).select_from(zones).where(*chosen).offset(0).subquery("piece")
    return _found(pieces)


def _found(piece: FromClause) -> Select[Any]:
    """Ids of the houses in the pieces ``(lo, hi, geom)``; OFFSET 0 keeps one index scan per piece."""
    near = (
        select(_INNER.c.id, _INNER.c.geom)
        .where(_INNER.c.tile_key >= piece.c.lo, _INNER.c.tile_key < piece.c.hi)
        .offset(0)
        .lateral("near")
    )
    inside = or_(
        piece.c.geom.is_(None),
        func.ST_DWithin(piece.c.geom, near.c.geom, value_of(INSIDE_TOLERANCE, Double), type_=Boolean),
    )
    return select(near.c.id).select_from(piece.join(near, true())).where(inside)


def area_meets(geometry: ColumnElement[Any], polygon: BaseGeometry) -> ColumnElement[bool]:
    """Outlines that share at least a point with ``polygon`` (few rows: no index is needed)."""
    return func.ST_Intersects(geometry, cast(value_of(_hex(polygon), Text), _ANY_GEOMETRY), type_=Boolean)


def _hex(geom: BaseGeometry) -> str:
    return str(shapely.to_wkb(shapely.set_srid(geom, HOUSE_SRID), hex=True, include_srid=True))


def box_polygon(box: Box) -> BaseGeometry:
    """The box as a polygon."""
    return shapely.box(box.west, box.south, box.east, box.north)


def _key(value: int) -> ColumnElement[int]:
    return value_of(value, BigInteger)
