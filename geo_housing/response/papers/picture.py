"""The picture of a township or village for the chat: 1080 wide, drawn here as SVG; the page makes the PNG of it.

No names of people and no telephones, because nobody knows who is in a chat; figures of households and houses, the zones,
the outline. A village shows its houses, a township its villages with how many households are not moved and houses not seen.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_village, township_of
from geo_housing.areas.names import short_name
from geo_housing.areas.queries import has_demo, name_of_area
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.evacuation.released import released_in
from geo_housing.evacuation.sums import AreaTotals, totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.queries import state_counts
from geo_housing.journal.service import Subject, record
from geo_housing.paper_frame import Bounds, Frame, bounds_of, places_in
from geo_housing.response.papers.numbered_dots import Closer
from geo_housing.response.papers.picture_houses import MAP_HEIGHT, WIDTH, CloserMap, HouseDot, Houses, houses_on
from geo_housing.response.queries import event_of, kind_label
from geo_housing.scope import AreaScope
from geo_housing.words import WARNING_LEVEL

# Letters of villages' names, smaller where there are many: two lines each, a letter's room at both ends.
LETTER, SMALL_LETTER, MANY_VILLAGES = 25, 20, 24
# What a line of words has room for, and the size of its letters; the title's are as large as its length allows.
LINE_WIDTH, SMALL, LARGEST = 1008.0, 23.0, 40.0


@dataclass(frozen=True)
class VillageShape:
    """One village: ``moves`` 户 not moved, ``checks`` 栋 not inspected; ``x`` None where its name finds no place."""

    code: str
    name: str
    path: str
    moves: int
    checks: int
    x: float | None
    y: float | None


@dataclass(frozen=True)
class Picture:
    """Everything on the picture; paths in a box of WIDTH x ``map_height``, north up. Its maps together are ``height`` high.

    A village's houses that stand too near for its map are on those of ``closer``, whose place ``frames`` show.
    ``unmarked``: villages with somebody to be moved that have no outline, or whose name found no place: said in words, each.
    """

    event: HazardEvent
    kind: str
    level: str
    area: str
    township: str
    place: str
    as_of: datetime
    moves: AreaTotals
    checks: dict[str, int]
    outline: str
    zones: str
    villages: tuple[VillageShape, ...]
    unmarked: tuple[str, ...]
    letter: int
    map_height: int
    height: int
    dots: tuple[HouseDot, ...]
    frames: tuple[Closer, ...]
    closer: tuple[CloserMap, ...]
    unlocated: int
    outside: int
    scale_px: float
    scale_label: str
    is_demo: bool

    @property
    def due_checks(self) -> int:
        """栋 to be inspected."""
        return sum(count for state, count in self.checks.items() if state != "withdrawn")

    @property
    def unmarked_lines(self) -> list[str]:
        """All of ``unmarked``, in lines that fit."""
        lines = [f"图上没有标出的 {len(self.unmarked)} 处："]
        for n, words in enumerate(self.unmarked):
            said = words if n == len(self.unmarked) - 1 else f"{words}、"
            if lines[-1] and width_of(lines[-1] + said) * SMALL > LINE_WIDTH:
                lines.append("")
            lines[-1] += said
        return lines if self.unmarked else []

    def title_size(self, title: str) -> int:
        """The size at which the title fits."""
        return int(min(LARGEST, LINE_WIDTH / width_of(title)))

    @property
    def at_said(self) -> str:
        """截至, as papers write it."""
        return clock.on_paper(self.as_of)


def width_of(words: str) -> float:
    """How wide words are, in letters as wide as a Chinese one."""
    return sum(1.0 if unicodedata.east_asian_width(letter) in "WFA" else 0.6 for letter in words)


_SHAPE = "SELECT ST_AsBinary(geom) FROM area WHERE code = :code AND geom IS NOT NULL"
_VILLAGES = text(
    """
    SELECT a.code, a.name, ST_AsBinary(a.geom) AS geom, ST_X(ST_PointOnSurface(a.geom)) AS lon,
        ST_Y(ST_PointOnSurface(a.geom)) AS lat
    FROM area a WHERE a.parent_code = :code AND a.valid_to IS NULL AND a.geom IS NOT NULL ORDER BY a.code
    """
)
_ZONES = text(
    """
    SELECT ST_AsBinary(ST_Collect(ST_ClipByBox2D(z.geom, ST_Expand(CAST(:box AS box2d), 0.01))))
    FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id AND r.n = :revision
    WHERE z.event_id = :event AND z.geom IS NOT NULL AND z.geom && ST_SetSRID(CAST(:box AS box2d)::geometry, 4490)
    """
)
_NOT_SEEN = text(
    """
    SELECT scope_code, count(*) FROM emergency_inspection
    WHERE event_id = :event AND state IN ('prepared', 'open', 'in_progress') AND scope_code >= :lo AND scope_code < :hi
    GROUP BY 1
    """
)
# Each house of either list once. Who waits is decided by house: one household of it that is not moved is enough.
_HOUSES = text(
    """
    SELECT ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat, h.risk, h.settlement, bool_or(l.waits) AS waits
    FROM (
        SELECT house_id, state IN ('pending', 'refused', 'unreachable') AS waits FROM evacuation
        WHERE event_id = :event AND withdrawn_at IS NULL AND house_id IS NOT NULL AND scope_code >= :lo AND scope_code < :hi
          AND id <> ALL (CAST(:released AS bigint[]))
        UNION ALL
        SELECT house_id, (state <> 'done' AND CAST(:after AS bool)) AS waits FROM emergency_inspection
        WHERE event_id = :event AND state <> 'withdrawn' AND scope_code >= :lo AND scope_code < :hi
    ) l JOIN house h ON h.id = l.house_id
    GROUP BY h.id ORDER BY waits, h.id
    """
)


def picture_of(session: Session, actor: Actor, event_id: int, area: str) -> Picture:
    """The picture of a township or village in the actor's area; journalled as an export."""
    if not (actor.may("export") or actor.may("inspections.enter")):
        raise NotAllowed("您没有导出地图图片的权限。")
    if len(area) not in (TOWNSHIP_DIGITS, VILLAGE_DIGITS):
        raise BadInput("地图图片按乡镇或村出，请先选择乡镇或村。")
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    if event.responded_at is None:
        raise Conflict("这个事件还没有下达任务，没有图可出；请先核对影响范围并下达任务。")
    released = [one.id for one in released_in(session, event_id, scope)]
    values = _values(event, scope, after=event.phase in ("aftermath", "closed"), released=released)
    houses = session.execute(_HOUSES, values).all()
    places = [(row.lon, row.lat) for row in houses if row.lon is not None]
    bounds = _bounds(session, area, places)
    if bounds is None:
        raise Conflict("这里还没有界线，也没有已定位的房屋，画不出地图。")
    of_village = is_village(area)

    def framed(height: float) -> Frame:
        return Frame(*bounds, width=WIDTH, height=height)

    def shapes_on(frame: Frame) -> tuple[BaseGeometry | None, BaseGeometry | None]:
        return _outline(session, area), _zones(session, event, frame)

    drawn = houses_on(framed, houses, shapes_on) if of_village else Houses(framed(MAP_HEIGHT), MAP_HEIGHT)
    frame = drawn.frame
    outline, zones = shapes_on(frame)
    moves = totals(session, event_id, scope)
    shapes = _villages(session, event, area, frame, scope, moves.villages) if len(area) < VILLAGE_DIGITS else ()
    record(
        session,
        actor,
        "export.picture",
        Subject("event", str(event_id), area),
        counts={"rows": len(houses), "personal": False, "format": "png"},
    )
    length, label = frame.scale()
    return Picture(
        event,
        kind_label(event),
        "" if event.level == "ungraded" else WARNING_LEVEL.label(event.level),
        area,
        (name_of_area(session, township_of(area)) or "") if of_village else "",
        name_of_area(session, area) or area,
        clock.now(),
        moves.total,
        state_counts(session, event_id, scope),
        frame.path(outline),
        frame.path(zones),
        shapes,
        _unmarked(shapes, moves.villages) if len(area) < VILLAGE_DIGITS else (),
        _letter(len(shapes)),
        int(frame.height),
        int(drawn.height),
        drawn.dots,
        drawn.frames,
        drawn.closer,
        sum(row.lon is None for row in houses),
        drawn.outside,
        length,
        label,
        has_demo(session),
    )


def _values(event: HazardEvent, scope: AreaScope, **more: object) -> dict[str, object]:
    return {"event": event.id, "lo": scope.lo, "hi": scope.hi, **more}


def _bounds(session: Session, area: str, places: Sequence[tuple[float, float]]) -> Bounds | None:
    found = session.scalar(text("SELECT ST_AsBinary(ST_Envelope(geom)) FROM area WHERE code = :code"), {"code": area})
    box: Bounds | None = None if found is None else shapely.from_wkb(bytes(found)).bounds
    # A township whose outline nobody has loaded is where its villages are.
    if box is None and len(area) < VILLAGE_DIGITS:
        shapes = [shapely.from_wkb(bytes(row.geom)) for row in session.execute(_VILLAGES, {"code": area})]
        box = shapely.total_bounds(shapes).tolist() if shapes else None
    return bounds_of(box, places)


def _outline(session: Session, area: str) -> BaseGeometry | None:
    found = session.scalar(text(_SHAPE), {"code": area})
    return None if found is None else shapely.from_wkb(bytes(found))


def _zones(session: Session, event: HazardEvent, frame: Frame) -> BaseGeometry | None:
    (west, south), (east, north) = frame.corners()
    values = {"event": event.id, "revision": event.revision, "box": f"BOX({west} {south},{east} {north})"}
    found = session.scalar(_ZONES, values)
    return None if found is None else shapely.from_wkb(bytes(found))


def _unmarked(shapes: Sequence[VillageShape], moves: Sequence[AreaTotals]) -> tuple[str, ...]:
    marked = {one.code for one in shapes if one.x is not None}
    return tuple(
        f"{short_name(one.name) if is_village(one.code) else '不在任何村内'}未转{one.left.households}户"
        for one in moves
        if one.left.households and one.code not in marked
    )


def _villages(
    session: Session,
    event: HazardEvent,
    area: str,
    frame: Frame,
    scope: AreaScope,
    moves: Sequence[AreaTotals],
) -> tuple[VillageShape, ...]:
    left = {one.code: one.left.households for one in moves}
    unseen: dict[str, int] = {row[0]: row[1] for row in session.execute(_NOT_SEEN, _values(event, scope))}
    rows = session.execute(_VILLAGES, {"code": area}).all()
    letter = _letter(len(rows))
    taken = np.empty((0, 4))
    found = []
    # Villages with work first: where two names do not fit, theirs stands.
    for row in sorted(rows, key=lambda row: (-left.get(row.code, 0), -unseen.get(row.code, 0), row.code)):
        shape = shapely.from_wkb(bytes(row.geom))
        name = short_name(row.name)
        half = (max(len(name), 4) + 1) * letter * 0.6
        at: tuple[float, float] | tuple[None, None] = (None, None)
        for x, y in (frame.place(lon, lat) for lon, lat in places_in(shape, row.lon, row.lat)):
            west, north, east, south = x - half, y - letter * 1.3, x + half, y + letter * 1.3
            apart = (taken[:, 2] < west) | (taken[:, 0] > east) | (taken[:, 3] < north) | (taken[:, 1] > south)
            if apart.all():
                taken = np.vstack([taken, (west, north, east, south)])
                at = (x, y)
                break
        found.append(
            VillageShape(row.code, name, frame.path(shape), left.get(row.code, 0), unseen.get(row.code, 0), *at)
        )
    return tuple(found)


def _letter(villages: int) -> int:
    return SMALL_LETTER if villages > MANY_VILLAGES else LETTER
