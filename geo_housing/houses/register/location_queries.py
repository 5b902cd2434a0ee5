"""The check-location queue: which houses of an area somebody must look at, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, literal_column, select, text, tuple_
from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.areas.models import Area
from geo_housing.houses.models import URGENCY, House
from geo_housing.houses.unsettled import UNSETTLED
from geo_housing.scope import AreaScope

# Reasons in the order in which they are worked off; the key stands in addresses.
REASONS: dict[str, str] = {
    "proposed": "乡镇提请移到别的乡镇",
    "misplaced": "点位与填报村不一致",
    "outside": "不在任何村界内",
    "shifted": "疑似系统性偏移",
    "shared_point": "与别的房屋同在一点",
    "border": "在两村边界上",
    "unlocated": "没有点位（待定位）",
    "disputed": "其他原因待核对",
}


@dataclass(frozen=True)
class DeclaredHere:
    """A house that a ledger declares in one's own area and whose point lies in somebody else's."""

    id: int
    code: str
    declared_code: str
    village_code: str | None
    scope_code: str
    place: str
    location_state: str
    location_note: str | None
    lon: float | None
    lat: float | None
    settlement: str | None
    head: str | None
    risk: str
    version: int


@dataclass(frozen=True)
class Queued:
    """One house to look at."""

    id: int
    code: str
    scope_code: str
    village_code: str | None
    declared_code: str | None
    location_state: str
    location_note: str | None
    risk: str
    urgency: int

    @property
    def place(self) -> "QueuePosition":
        """Where it stands in the queue."""
        return self.urgency, self.scope_code, self.id

    @property
    def reason(self) -> str:
        """Key of REASONS."""
        return reason_of(self.location_state, self.location_note)


# Urgency, area and number of a house: the worst first, then village by village.
QueuePosition = tuple[int, str, int]
_URGENCY: ColumnElement[int] = literal_column(URGENCY)
_QUEUED: tuple[ColumnElement[Any], ...] = tuple(
    _URGENCY if field.name == "urgency" else getattr(House, field.name) for field in fields(Queued)
)


def reason_of(state: str, note: str | None) -> str:
    """Key of REASONS for a location state and its note."""
    if note in REASONS:
        return str(note)
    return "unlocated" if state == "unlocated" else "disputed"


def _unsettled() -> ColumnElement[bool]:
    # The words of the partial index, so that the planner recognises it.
    return text(UNSETTLED)  # type: ignore[return-value] # a condition written out


def _reason() -> ColumnElement[Any]:
    """``reason_of`` in SQL."""
    noted = [key for key in REASONS if key not in ("unlocated", "disputed")]
    return case(
        (House.location_note.in_(noted), House.location_note),
        (House.location_state == "unlocated", literal("unlocated")),
        else_=literal("disputed"),
    )


def _queue(scope: AreaScope, reason: str | None) -> Select[Any]:
    found = select(*_QUEUED).where(_unsettled(), House.scope_code >= scope.lo, House.scope_code < scope.hi)
    return found.where(_reason() == reason) if reason else found


def queue_page(
    session: Session, scope: AreaScope, *, reason: str | None, limit: int, after: QueuePosition | None = None
) -> tuple[list[Queued], bool]:
    """Houses to look at, the worst first, village by village, and whether there are more."""
    found = _queue(scope, reason)
    place = (_URGENCY, House.scope_code, House.id)
    if after is not None:
        found = found.where(tuple_(*place) > tuple_(*(literal(part) for part in after)))
    rows = session.execute(found.order_by(*place).limit(limit + 1)).all()
    return [Queued(*row) for row in rows[:limit]], len(rows) > limit


def next_in_queue(session: Session, scope: AreaScope, *, reason: str | None, after: QueuePosition | None) -> str | None:
    """Code of the house to look at next; from the end the queue begins again."""
    found, _ = queue_page(session, scope, reason=reason, limit=1, after=after)
    if not found and after is not None:
        found, _ = queue_page(session, scope, reason=reason, limit=1)
    return found[0].code if found else None


def place_of(session: Session, house: House) -> QueuePosition:
    """Where a house would stand in the queue."""
    urgency = session.execute(select(_URGENCY).where(House.id == house.id)).scalar_one()
    return urgency, house.scope_code, house.id


def count_queue(session: Session, scope: AreaScope) -> dict[str, int]:
    """How many houses of an area there are to look at, by reason."""
    reason = _reason().label("reason")
    counted = (
        select(reason, func.count())
        .where(_unsettled(), House.scope_code >= scope.lo, House.scope_code < scope.hi)
        .group_by(reason)
    )
    found = {row[0]: row[1] for row in session.execute(counted)}
    return {key: found[key] for key in REASONS if key in found}


def count_unsettled(session: Session, scope: AreaScope) -> tuple[int, int]:
    """The queue of an area in two parts: without a sure place, and those with a point that somebody should look at."""
    located = House.location_state == "located"
    within = (House.scope_code >= scope.lo, House.scope_code < scope.hi)
    counted = select(func.count().filter(~located), func.count().filter(located)).where(_unsettled(), *within)
    unsure, doubtful = session.execute(counted).one()
    return unsure, doubtful


def all_declared_here(session: Session) -> list[DeclaredHere]:
    """Houses declared in the actor's area that lie in somebody else's."""
    return [DeclaredHere(*row) for row in session.execute(text("SELECT * FROM houses_declared_here()"))]


def declared_here(session: Session, code: str) -> DeclaredHere | None:
    """One of them."""
    row = session.execute(text("SELECT * FROM houses_declared_here() WHERE code = :code"), {"code": code}).first()
    return DeclaredHere(*row) if row else None


@dataclass(frozen=True)
class Outline:
    """A village's outline as GeoJSON text, simplified for a small map; the point decides on the server."""

    code: str
    name: str
    geojson: str


def outlines_around(session: Session, codes: Sequence[str]) -> list[Outline]:
    """Outlines of the villages of the townships that ``codes`` lie in."""
    townships = {township_of(code) for code in codes if len(code) >= TOWNSHIP_DIGITS}
    # 0.00005 degrees are some 4 m: finer than a finger, and a township stays below some 100 kB.
    simple = func.ST_SimplifyPreserveTopology(Area.geom, 0.00005)
    rows = session.execute(
        select(Area.code, Area.name, func.ST_AsGeoJSON(func.ST_SetSRID(simple, 4326), 6))
        .where(Area.level == "village", Area.parent_code.in_(townships), Area.geom.is_not(None))
        .order_by(Area.code)
    )
    return [Outline(*row) for row in rows]


def shared_points(session: Session, house_id: int, key: int) -> list[str]:
    """Codes of the other houses on the very same point."""
    here = select(func.ST_AsBinary(House.geom)).where(House.id == house_id).scalar_subquery()
    rows = session.scalars(
        select(House.code)
        .where(
            House.tile_key == key,
            House.id != house_id,
            House.ended_on.is_(None),
            func.ST_AsBinary(House.geom) == here,
        )
        .order_by(House.code)
        .limit(20)
    )
    return list(rows)


def proposed_point(diff: dict[str, Any] | None) -> tuple[float, float] | None:
    """The place that a township proposed, out of the journal's entry."""
    lon, lat = ((diff or {}).get(name, [None, None])[1] for name in ("lon", "lat"))
    return (float(lon), float(lat)) if lon is not None and lat is not None else None
