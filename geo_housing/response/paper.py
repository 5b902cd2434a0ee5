"""The printed village list: A4 pages, one village after the other, each with a small map drawn here as SVG.

Paper holds letters and shapes, not colour alone: a copy in black and white says the same.
"""

import math
from dataclasses import dataclass
from datetime import datetime

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed, TooLarge
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.response.queries import area_names_of, event_of, kind_label
from geo_housing.response.rows import InspectionRow, rows_of
from geo_housing.words import AREA_CODE_LENGTH

# Beyond this a browser prints no more; the workbook has no such limit.
MOST_ROWS = 5_000
WIDTH, HEIGHT, EDGE = 520.0, 300.0, 14.0
SCALES_M = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Dot:
    """A house on the small map; ``number`` is its number in the list."""

    x: float
    y: float
    number: int
    risk: str


@dataclass(frozen=True)
class SmallMap:
    """Paths in a box of WIDTH x HEIGHT, north up; ``scale_px`` is as long as ``scale_label`` says."""

    outline: str
    zones: str
    dots: tuple[Dot, ...]
    scale_px: float
    scale_label: str
    width: float = WIDTH
    height: float = HEIGHT


@dataclass(frozen=True)
class VillagePage:
    """One village: its rows in the order of the list, and its map when anything of it has a place."""

    code: str
    name: str
    township: str
    rows: tuple[InspectionRow, ...]
    people: int
    map: SmallMap | None


@dataclass(frozen=True)
class Paper:
    """The whole paper."""

    event: HazardEvent
    kind: str
    as_of: datetime
    made_by: str
    villages: tuple[VillagePage, ...]

    @property
    def houses(self) -> int:
        """栋 on all pages."""
        return sum(len(village.rows) for village in self.villages)


def paper_of(session: Session, actor: Actor, event_id: int, *, area: str | None = None) -> Paper:
    """The list within the actor's area (or ``area`` in it); journalled as an export. TooLarge past MOST_ROWS."""
    if not (actor.may("export") or actor.may("inspections.enter")):
        raise NotAllowed("您没有打印名单的权限。")
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    rows = rows_of(session, actor, event_id, scope, limit=MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"名单超过 {MOST_ROWS:,} 栋，浏览器打印不了这么多；请按乡镇或村分别打印，或下载 Excel 名单。")
    if not rows and event.responded_at is None:
        raise Conflict("这个事件还没有下达任务，没有名单可打印；请先核对影响范围并下达任务。")
    by_village: dict[str, list[InspectionRow]] = {}
    for row in rows:
        by_village.setdefault(row.scope_code, []).append(row)
    record(
        session,
        actor,
        "export.village_list",
        Subject("event", str(event_id), scope.prefix or event.scope_code),
        counts={"rows": len(rows), "villages": len(by_village), "personal": actor.may("heads.view"), "format": "print"},
    )
    names = area_names_of(session, {code[:length] for code in by_village for length in (9, 12)})
    pages = tuple(
        VillagePage(
            code=code,
            name=names.get(code, code) if len(code) == 12 else "不在任何村内",
            township=names.get(code[:9], ""),
            rows=tuple(listed),
            people=sum(row.people for row in listed),
            map=_map_of(session, event, code, listed),
        )
        for code, listed in sorted(by_village.items())
    )
    made_by = actor.label or actor.name.partition(":")[2]
    return Paper(event, kind_label(event), clock.now(), made_by, pages)


_SHAPES = text(
    """
    SELECT ST_AsBinary(a.geom) AS outline, (
        SELECT ST_AsBinary(ST_Collect(ST_ClipByBox2D(z.geom, ST_Expand(CAST(:box AS box2d), 0.002))))
        FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id AND r.n = :revision
        WHERE z.event_id = :event AND z.geom IS NOT NULL AND z.geom && ST_SetSRID(CAST(:box AS box2d)::geometry, 4490)
    ) AS zones
    FROM (SELECT 1) one LEFT JOIN area a ON a.code = :code
    """
)


def _map_of(session: Session, event: HazardEvent, code: str, rows: list[InspectionRow]) -> SmallMap | None:
    places = [(n, row.lon, row.lat, row.risk) for n, row in enumerate(rows, start=1) if row.lon is not None]
    bounds = _bounds(session, code, [(lon, lat) for _, lon, lat, _ in places if lon is not None and lat is not None])
    if bounds is None:
        return None
    west, south, east, north = bounds
    box = f"BOX({west} {south},{east} {north})"
    found = session.execute(_SHAPES, {"box": box, "event": event.id, "revision": event.revision, "code": code}).one()
    frame = _Frame(west, south, east, north)
    dots = tuple(
        Dot(*frame.place(lon, lat), n, risk) for n, lon, lat, risk in places if lon is not None and lat is not None
    )
    length, label = frame.scale()
    return SmallMap(frame.path(found.outline), frame.path(found.zones), dots, length, label)


def _bounds(session: Session, code: str, places: list[tuple[float, float]]) -> tuple[float, float, float, float] | None:
    """What the map shows: the houses of the list and the village's outline."""
    shapes = [shapely.multipoints(places)] if places else []
    outline = session.scalar(text("SELECT ST_AsBinary(ST_Envelope(geom)) FROM area WHERE code = :code"), {"code": code})
    if outline is not None and len(code) == AREA_CODE_LENGTH["village"]:
        shapes.append(shapely.from_wkb(bytes(outline)))
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return west, south, east, north


class _Frame:
    """Degrees to the paper's units: equal scale both ways, what is shown in the middle."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        middle = math.radians((south + north) / 2)
        least = 200 / METRES_PER_DEGREE
        self.x_m = METRES_PER_DEGREE * math.cos(middle)
        wide = max(east - west, least) * self.x_m
        high = max(north - south, least) * METRES_PER_DEGREE
        self.per_metre = min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high)
        self.lon, self.lat = (west + east) / 2, (south + north) / 2

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a point lies on the paper."""
        x = WIDTH / 2 + (lon - self.lon) * self.x_m * self.per_metre
        y = HEIGHT / 2 - (lat - self.lat) * METRES_PER_DEGREE * self.per_metre
        return round(x, 1), round(y, 1)

    def path(self, wkb: bytes | None) -> str:
        """All rings of a geometry as the data of an SVG path."""
        if wkb is None:
            return ""
        geom = shapely.simplify(shapely.from_wkb(bytes(wkb)), 0.5 / (METRES_PER_DEGREE * self.per_metre))
        parts = []
        for ring in shapely.get_rings([part for part in shapely.get_parts(geom) if part.geom_type == "Polygon"]):
            corners = [self.place(lon, lat) for lon, lat in ring.coords]
            parts.append("M" + "L".join(f"{x} {y}" for x, y in corners) + "Z")
        return "".join(parts)

    def scale(self) -> tuple[float, str]:
        """A round length that is at most a quarter of the map."""
        longest = WIDTH / 4 / self.per_metre
        metres = max((m for m in SCALES_M if m <= longest), default=SCALES_M[0])
        label = f"{metres} 米" if metres < 1000 else f"{metres // 1000} 公里"
        return round(metres * self.per_metre, 1), label
