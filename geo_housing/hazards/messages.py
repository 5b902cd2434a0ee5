"""Zones out of a warning message: polygons and circles as they are, division codes through the loaded divisions."""

from dataclasses import replace

import shapely
from sqlalchemy.orm import Session

from geo_housing.areas.queries import names_of
from geo_housing.errors import BadInput, Fault
from geo_housing.geometry import Repaired, area_m2, buffer_metres, repair_polygon
from geo_housing.hazards.cap import CapMessage
from geo_housing.hazards.cap_areas import CapArea
from geo_housing.hazards.divisions import divisions_of_geocode, is_division, is_wider, zones_of_divisions
from geo_housing.hazards.sources import ZoneDraft, ZoneSource, check_buffer, zone_of_geometry
from geo_housing.repairs import repair_of

_REFUSED_TYPES = {
    "Ack": "这是一条回执（Ack）消息，不划定影响范围。",
    "Error": "这是一条报错（Error）消息，不划定影响范围。",
}


def zones_of_message(
    session: Session, message: CapMessage, *, buffer_m: float | None = None, level: str | None = None
) -> ZoneSource:
    """Every distinct area of the message as a zone or a fault; BadInput for messages that state no zones.

    Each has the level of the blocks that name it, unless ``level`` is stated for all.
    """
    check_buffer(buffer_m)
    if message.msg_type in _REFUSED_TYPES:
        raise BadInput(_REFUSED_TYPES[message.msg_type])
    if not message.areas:
        raise BadInput("这条预警消息没有写影响区域（area），请改为选择乡镇村，或在地图上画。")
    zones: list[ZoneDraft] = []
    faults: list[Fault] = []
    notes = list(message.notes)
    for n, area in enumerate(message.areas, start=1):
        notes += [f"第 {n} 个区域：{sentence}" for sentence in area.unread]
        if area.rings or area.circles:
            found = _zone_of_shapes(area, n, buffer_m)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                zones.append(replace(found, level=area.level))
        else:
            _add_divisions(session, area, n, zones, faults, notes)
    if level is not None:
        zones = [replace(zone, level=level) for zone in zones]
    return ZoneSource(tuple(zones), tuple(faults), "EPSG:4326", tuple(dict.fromkeys(notes)))


def places_of_lift(session: Session, message: CapMessage) -> tuple[dict[str, str | None], ...]:
    """The loaded divisions whose codes a message that lifts names; none where it only draws, or names nothing."""
    found: dict[str, dict[str, str | None]] = {}
    for area in message.areas:
        for value in (*area.division_codes, *(value for _, value in _taken_for_divisions(session, area))):
            for code in divisions_of_geocode(session, value):
                if is_wider(code, value):
                    # Lifted for a village that nobody knows it is not lifted for the township around it.
                    continue
                found.setdefault(code, {"code": code, "name": area.name, "text": None, "extent": None, "level": None})
    return tuple(found.values())


def _zone_of_shapes(area: CapArea, n: int, buffer_m: float | None) -> ZoneDraft | Fault:
    """The union of an area's polygons and circles."""
    shapes: list[shapely.Geometry] = []
    before, reason = 0.0, None
    for ring in area.rings:
        repaired = repair_polygon(shapely.Polygon(ring))
        reason = reason or (repaired.reason if repaired.changed else None)
        before += repaired.area_before_m2
        if repaired.geom is not None:
            shapes.append(repaired.geom)
    for circle in area.circles:
        centre = shapely.Point(circle.lon, circle.lat)
        radius_m = circle.radius_km * 1000
        shapes.append(buffer_metres(centre, radius_m) if radius_m > 0 else centre)
    if not shapes:
        return Fault(n, None, area.name, "图形修复后没有面积，未采用。")
    bare = any(circle.radius_km == 0 for circle in area.circles)
    # Not united where there is a bare centre: inside of a polygon it would be gone before it gets its distance.
    union = shapely.GeometryCollection(shapes) if bare else shapely.union_all(shapes)
    if buffer_m is None and bare:
        return Fault(n, None, area.name, "圆的半径是 0，没有面积；请填写“缓冲距离（米）”，如 5000。")
    zone = zone_of_geometry(union, buffer_m=buffer_m, name=area.name, line=n)
    if isinstance(zone, ZoneDraft) and zone.geom is not None:
        whole = Repaired(zone.geom, reason is not None, before, area_m2(zone.geom), reason)
        return replace(zone, repair=repair_of(whole, closed=area.is_closed))
    return zone


def _taken_for_divisions(session: Session, area: CapArea) -> list[tuple[str, str]]:
    """Codes under an unknown name that are those of loaded divisions, where the area has no other."""
    if area.division_codes:
        return []
    return [(scheme, value) for scheme, value in area.other_codes if is_division(session, value)]


def _add_divisions(
    session: Session, area: CapArea, n: int, zones: list[ZoneDraft], faults: list[Fault], notes: list[str]
) -> None:
    codes: list[str] = []
    taken = _taken_for_divisions(session, area)
    notes += [
        f"第 {n} 个区域：编码 {value} 的名称“{scheme}”不认识，与已装入的区划代码相同，按区划代码处理，请核对"
        for scheme, value in taken
    ]
    for value in (*area.division_codes, *(value for _, value in taken)):
        found = divisions_of_geocode(session, value)
        if not found:
            faults.append(Fault(n, "geocode", value, "这个区划没有装入，无法确定影响范围；请先装入区划。"))
        codes += found
        for code in found:
            if is_wider(code, value):
                name = names_of(session, [code]).get(code, code)
                notes.append(f"第 {n} 个区域：未知编码 {value}，按 {name} 全部处理")
    if codes:
        zones.extend(replace(zone, level=area.level) for zone in zones_of_divisions(session, sorted(set(codes))).zones)
    elif not area.division_codes and not taken:
        schemes = "、".join(dict.fromkeys(scheme for scheme, _ in area.other_codes))
        reason = f"没有多边形或圆，所用的地区编码（{schemes}）又无法识别" if schemes else "没有多边形、圆或区划代码"
        sentence = f"这个区域{reason}，无法确定影响范围。"
        if area.unread:
            unread = "；".join(dict.fromkeys(area.unread))
            sentence = f"这个区域没有可用的区划代码，图形又不能用，无法确定影响范围：{unread}。"
        faults.append(Fault(n, None, area.name, sentence))
