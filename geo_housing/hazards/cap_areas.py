"""The areas of a CAP message: polygons, circles and division codes. What of them cannot be used is said, not refused. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from geo_housing.geometry import CHINA
from geo_housing.hazards.cap_elements import children, content, text_of
from geo_housing.hazards.cap_words import LEVELS

# Schemes of <geocode> whose values are Chinese division codes: words that their names hold, and whole names, in small letters.
_DIVISION_WORDS = ("cpeas", "2260", "10114", "区划")
_DIVISION_NAMES = (
    "adcode", "ad_code", "admincode", "admin_code", "divisioncode", "division_code", "xzqh", "xzqhdm", "xzqdm", "qhdm",
)  # fmt: skip


@dataclass(frozen=True)
class Circle:
    """A circle in degrees and kilometres; radius 0 is a point without extent."""

    lon: float
    lat: float
    radius_km: float


@dataclass(frozen=True)
class CapArea:
    """One distinct <area>: rings in lon/lat degrees, closed; ``unread`` says what of it could not be used.

    ``level`` is the highest of the blocks that name it, None where they state none. ``is_closed``: a ring had to be closed.
    """

    name: str | None
    rings: tuple[tuple[tuple[float, float], ...], ...]
    circles: tuple[Circle, ...]
    division_codes: tuple[str, ...]
    other_codes: tuple[tuple[str, str], ...]
    unread: tuple[str, ...] = ()
    level: str | None = None
    is_closed: bool = False


def areas_of(infos: list[Any], notes: list[str], level_of: Callable[[Any], str | None]) -> tuple[CapArea, ...]:
    """Distinct areas in order: a message in two languages repeats its areas, once is enough."""
    found: dict[tuple[Any, ...], CapArea] = {}
    for info in sorted(infos, key=lambda one: not (text_of(one, "language") or "").lower().startswith("zh")):
        for element in children(info, "area"):
            area = _area(element, notes)
            # The shape says which place it is; codes beside it may differ from block to block.
            shape = (area.rings, area.circles)
            codes = (area.division_codes, area.other_codes)
            key = shape if any(shape) else codes if any(codes) else (area.name,)
            known = found.setdefault(key, area)
            levels = [level for level in (known.level, level_of(info)) if level is not None]
            found[key] = replace(known, level=min(levels, key=LEVELS.index, default=None))
    return tuple(found.values())


def _area(element: Any, notes: list[str]) -> CapArea:
    unread: list[str] = []
    rings = [ring for part in children(element, "polygon") if (ring := _ring(part, unread))]
    is_closed = any(ring[0] != ring[-1] for ring in rings)
    if is_closed:
        notes.append("有一个多边形没有闭合，已按首点闭合")
    circles = [_circle(part, unread) for part in children(element, "circle")]
    codes = [(text_of(code, "valueName") or "", text_of(code, "value") or "") for code in children(element, "geocode")]
    divisions = [value for scheme, value in codes if _names_divisions(scheme)]
    return CapArea(
        name=text_of(element, "areaDesc"),
        rings=tuple(sorted(ring if ring[0] == ring[-1] else (*ring, ring[0]) for ring in rings)),
        circles=tuple(
            sorted((circle for circle in circles if circle), key=lambda one: (one.lon, one.lat, one.radius_km))
        ),
        division_codes=tuple(sorted(set(divisions))),
        other_codes=tuple(sorted({code for code in codes if not _names_divisions(code[0])})),
        unread=tuple(unread),
        is_closed=is_closed,
    )


def _names_divisions(scheme: str) -> bool:
    written = scheme.lower().replace(" ", "").replace("-", "_")
    return written in _DIVISION_NAMES or any(word in written for word in _DIVISION_WORDS)


def _ring(part: Any, unread: list[str]) -> tuple[tuple[float, float], ...] | None:
    """``lat,lon lat,lon …`` as a ring of lon/lat, as it stands there: closed or not."""
    pairs = content(part).split()
    if not pairs:
        unread.append("有一个多边形是空的")
        return None
    if (said := _swapped(pairs)) is not None:
        unread.append(said)
        return None
    try:
        points = [_point(pair) for pair in pairs]
    except ValueError:
        unread.append("有一个多边形的坐标无法识别（应为“纬度,经度 纬度,经度 …”）")
        return None
    if len(points) + (points[0] != points[-1]) < 4:
        unread.append("有一个多边形不足三个角")
        return None
    return tuple(points)


def _point(pair: str) -> tuple[float, float]:
    lat, lon = (float(number) for number in pair.split(","))
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(pair)
    return lon, lat


def _swapped(pairs: list[str]) -> str | None:
    """What is said where longitude comes first: every pair lies in China then, and in the Arctic or nowhere as it stands."""
    west, south, east, north = CHINA
    try:
        written = [tuple(float(number) for number in pair.split(",")) for pair in pairs]
        if not written or not all(west <= lon <= east and south <= lat <= north for lon, lat in written):
            return None
    except ValueError:
        return None
    return (
        f"经度和纬度好像写反了（如 {pairs[0]}）：CAP 应先纬度、后经度，"
        "请交换后重新装入，或请发布单位更正；也可以改为选择乡镇村，或在地图上画"
    )


def _circle(part: Any, unread: list[str]) -> Circle | None:
    """``lat,lon radius`` with the radius in kilometres."""
    if (said := _swapped(content(part).split()[:1])) is not None:
        unread.append(said)
        return None
    try:
        centre, radius = content(part).split()
        lon, lat = _point(centre)
        radius_km = float(radius)
    except ValueError:
        unread.append("有一个圆的写法无法识别（应为“纬度,经度 半径公里”）")
        return None
    if not 0 <= radius_km <= 20_000:
        unread.append(f"有一个圆的半径“{radius}”公里不合理")
        return None
    return Circle(lon, lat, radius_km)
