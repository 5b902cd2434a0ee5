"""Zones out of files and drawings: polygons as they are, lines and points with a buffer in metres.

What cannot be a zone is a row fault that says what to do; features read = zones + faults, nothing is dropped.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo_housing.errors import BadInput, Fault, TooLarge
from geo_housing.geofile_shapes import UNREAD
from geo_housing.geofiles import read_features
from geo_housing.geometry import Repaired, area_m2, buffer_metres, repair_polygon
from geo_housing.repairs import Repair, fault_of, repair_of

LEAST_M2 = 1.0
MOST_BUFFER_M = 500_000.0
# What is wider is no disaster of one country, and on a globe a ring around it means its outside as well.
WIDEST_DEGREES = 90.0
# Each takes some two milliseconds and two dozen pieces: 60,000 held a request for ten minutes.
MOST_ZONES = 10_000
MOST_VERTICES = 1_000_000
_OFF = "图形的坐标不是经纬度（度），未采用；请核对坐标或重新绘制。"
NAME_FIELDS = ("name", "名称", "Name", "NAME", "title", "IncidentName")


@dataclass(frozen=True)
class ZoneDraft:
    """One zone before it is stored: valid multipolygon in lon/lat degrees.

    ``whole_area`` is the division it was chosen by: every house declared there is meant. Only such a zone may
    have no ``geom``, where the division has no outline. ``warning_id`` is the warning that names it. ``left_out`` says what
    of the shape is not in the zone.
    """

    geom: shapely.MultiPolygon | None
    name: str | None = None
    kind: str | None = None
    level: str | None = None
    repair: Repair | None = None
    whole_area: str | None = None
    warning_id: int | None = None
    left_out: str | None = None


@dataclass(frozen=True)
class ZoneSource:
    """Zones and faults of one file or drawing, with the CRS that was applied.

    ``lines``: of a file, which feature (from 1) each zone is; ``columns``: what its features say beside their shape;
    ``layers``: all that the file has.
    """

    zones: tuple[ZoneDraft, ...]
    faults: tuple[Fault, ...]
    crs: str
    notes: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    layers: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of its shapes is in no zone."""
        return tuple(zone.left_out for zone in self.zones if zone.left_out is not None)

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was mended, and of how many shapes: some thousand of one file are mended alike."""
        alike = Counter(zone.repair.what for zone in self.zones if zone.repair is not None)
        return tuple(f"已修复 {count:,} 个图形：{'；'.join(what)}。" for what, count in alike.items())


def zones_of_file(
    path: Path, *, crs: str | None = None, layer: str | None = None, buffer_m: float | None = None
) -> ZoneSource:
    """Every feature of a GeoJSON, GeoPackage, Shapefile, KML or FlatGeobuf as a zone or a fault."""
    check_buffer(buffer_m)
    features = read_features(path, crs=crs, layer=layer, by_row=True)
    _check_size(len(features), int(shapely.get_num_coordinates(features.geoms).sum()))
    names = next((features.columns[name] for name in NAME_FIELDS if name in features.columns), None)
    zones: list[ZoneDraft] = []
    faults: list[Fault] = []
    lines: list[int] = []
    unread, off, closed = set(features.unread), set(features.off), set(features.closed)
    for n, geom in enumerate(features.geoms):
        name = (str(names[n]).strip() or None) if names and names[n] is not None else None
        if n in unread or n in off:
            faults.append(Fault(n + 1, None, name, UNREAD if n in unread else _OFF))
            continue
        found = zone_of_geometry(geom, buffer_m=buffer_m, name=name, line=n + 1, closed=n in closed)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            zones.append(found)
            lines.append(n + 1)
    return ZoneSource(
        tuple(zones),
        tuple(faults),
        features.crs,
        lines=tuple(lines),
        columns=features.columns,
        layers=features.layers,
    )


def zones_of_drawing(
    geometry: Mapping[str, Any], *, buffer_m: float | None = None, name: str | None = None
) -> ZoneSource:
    """A GeoJSON geometry (or Feature, FeatureCollection) drawn on the map."""
    check_buffer(buffer_m)
    shapes = _geometries(geometry)
    _check_size(len(shapes), int(shapely.get_num_coordinates([geom for geom, _ in shapes]).sum()))
    found = [
        zone_of_geometry(geom, buffer_m=buffer_m, name=name, line=n, closed=closed)
        for n, (geom, closed) in enumerate(shapes, start=1)
    ]
    return ZoneSource(
        tuple(zone for zone in found if isinstance(zone, ZoneDraft)),
        tuple(fault for fault in found if isinstance(fault, Fault)),
        "EPSG:4326",
    )


def zone_of_geometry(
    geom: BaseGeometry | None, *, buffer_m: float | None, name: str | None, line: int | None, closed: bool = False
) -> ZoneDraft | Fault:
    """One geometry (lon/lat degrees) as a zone, or why it cannot be one; ``closed``: a ring of it had to be closed."""
    if geom is None or geom.is_empty:
        return Fault(line, None, name, "这一条没有图形，未采用。")
    west, south, east, north = geom.bounds
    if not (-180.000001 <= west <= east <= 180.000001 and -90 <= south <= north <= 90):
        return Fault(line, None, name, _OFF)
    if max(east - west, north - south) > WIDEST_DEGREES:
        return Fault(
            line,
            None,
            name,
            f"图形的跨度超过 {WIDEST_DEGREES:.0f} 度，不像一次灾害的影响范围，未采用；请核对坐标或重新绘制。",
        )
    geom = shapely.force_2d(geom)
    surfaces = [part for part in _parts(geom) if part.geom_type == "Polygon"]
    others = [part for part in _parts(geom) if part.geom_type != "Polygon"]
    if others and buffer_m is None and not surfaces:
        return Fault(line, None, name, f"这一条是{_kind_of(others)}，没有面积；请填写“缓冲距离（米）”，如 500。")
    around = buffer_metres(shapely.GeometryCollection(others), buffer_m) if others and buffer_m is not None else None
    if around is not None or geom.geom_type == "GeometryCollection":
        # An outline says itself how far the danger goes; only what has no ground of its own gets some around it.
        geom = shapely.union_all([*map(shapely.make_valid, surfaces), *([around] if around is not None else [])])
    repaired = repair_polygon(geom)
    if repaired.geom is None or repaired.geom.is_empty:
        return Fault(line, None, name, "图形修复后没有面积，未采用；请重新绘制。")
    size = area_m2(repaired.geom)
    if size < LEAST_M2:
        return Fault(line, None, name, f"图形面积只有 {size:.2f} 平方米（少于 1 平方米），未采用。")
    wrong = next((reason for surface in surfaces if (reason := fault_of(surface)) is not None), None)
    if wrong is not None and not repaired.changed:
        # Mended already where it was put together with the rest.
        repaired = Repaired(repaired.geom, True, sum(map(area_m2, surfaces)), size, wrong)
    left_out = None
    if others and around is None:
        left_out = f"第 {line or 1} 个图形里的{_kind_of(others)}没有面积，未采用，只采用了面；也要采用的，请填写“缓冲距离（米）”后重新装入。"
    return ZoneDraft(repaired.geom, name, repair=repair_of(repaired, closed=closed), left_out=left_out)


def _kind_of(shapes: Sequence[BaseGeometry]) -> str:
    is_line = {"Line" in shape.geom_type for shape in shapes}
    return "点、线" if len(is_line) > 1 else "线" if True in is_line else "点"


def _parts(geom: BaseGeometry) -> list[BaseGeometry]:
    """The single shapes of a geometry, whatever they are collected in."""
    parts = getattr(geom, "geoms", None)
    return [geom] if parts is None else [single for part in parts for single in _parts(part)]


def _check_size(shapes: int, vertices: int) -> None:
    """TooLarge for more than can be cut and stored while somebody waits."""
    if shapes > MOST_ZONES:
        raise TooLarge(
            f"有 {shapes:,} 个图形，一次最多 {MOST_ZONES:,} 个；请先在地图软件中融合相邻的图形，或分成几份。"
        )
    if vertices > MOST_VERTICES:
        raise TooLarge(f"图形共有 {vertices:,} 个顶点，一次最多 {MOST_VERTICES:,} 个；请先在地图软件中简化图形。")


def _geometries(geometry: Mapping[str, Any]) -> list[tuple[BaseGeometry, bool]]:
    """Each geometry, and whether a ring of it had to be closed: Shapely closes them without a word."""
    kind = geometry.get("type")
    try:
        if kind == "FeatureCollection":
            said = [feature["geometry"] for feature in geometry["features"]]
        else:
            said = [geometry["geometry"] if kind == "Feature" else geometry]
        return [(_shape(one), _is_open(one)) for one in said]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, shapely.errors.ShapelyError):
        raise BadInput("绘制的图形不是有效的 GeoJSON，请重新绘制。") from None


def _is_open(geometry: Mapping[str, Any]) -> bool:
    """Whether a ring does not end where it begins."""
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        return any(map(_is_open, geometry["geometries"]))
    if kind not in ("Polygon", "MultiPolygon"):
        return False
    polygons = geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]
    return any(list(ring[0]) != list(ring[-1]) for polygon in polygons for ring in polygon if ring)


def _shape(geometry: Mapping[str, Any]) -> BaseGeometry:
    """One geometry; ValueError where a coordinate is no number (``true`` and ``"1"`` would be taken for 1)."""
    if not _holds_numbers_only(geometry.get("coordinates", [])):
        raise ValueError("a coordinate is no number")
    if geometry.get("type") == "GeometryCollection":
        return shapely.GeometryCollection([_shape(part) for part in geometry["geometries"]])
    return shapely.geometry.shape(geometry)


def _holds_numbers_only(part: object) -> bool:
    return all(map(_holds_numbers_only, part)) if isinstance(part, (list, tuple)) else type(part) in (int, float)


def check_buffer(buffer_m: float | None) -> None:
    """BadInput for a distance that cannot be meant."""
    if buffer_m is not None and not 0 < buffer_m <= MOST_BUFFER_M:
        raise BadInput(f"缓冲距离应大于 0、不超过 {MOST_BUFFER_M / 1000:.0f} 公里（单位：米）。")
