"""Reading photos that wait for a house: those of an area in an event, what is odd about them, how many there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo_housing.errors import NotFound
from geo_housing.files.models import StoredFile
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.models import House
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto, LoosePhoto
from geo_housing.inspections.photo_places import away_from_area, away_from_house
from geo_housing.inspections.stages import outside_hint, photo_hint, place_hint
from geo_housing.scope import AreaScope

# Shown of those that are settled; all are kept.
MOST_SETTLED = 100
_one = LoosePhoto


@dataclass(frozen=True)
class LooseEntry:
    """One photo: waiting, of a house (``inspection_id``), or set aside. ``hint`` only where something contradicts."""

    id: int
    version: int
    scope_code: str
    name: str
    taken_at: datetime | None
    sent_by: str
    sent_at: datetime
    inspection_id: int | None
    house_code: str | None
    assigned_by: str | None
    assigned_at: datetime | None
    is_aside: bool
    hint: str


@dataclass(frozen=True)
class Tray:
    """The photos of an area in an event."""

    waiting: tuple[LooseEntry, ...]
    assigned: tuple[LooseEntry, ...]
    aside: tuple[LooseEntry, ...]


def tray_of(session: Session, event: HazardEvent, area: str) -> Tray:
    """All that wait, as they came; the last of those that have found their house or were set aside."""
    waiting = _entries(session, event, area, and_(_one.inspection_id.is_(None), _one.set_aside_at.is_(None)))
    assigned = _entries(session, event, area, _one.inspection_id.is_not(None), newest=_one.assigned_at)
    aside = _entries(session, event, area, _one.set_aside_at.is_not(None), newest=_one.set_aside_at)
    return Tray(tuple(waiting), tuple(assigned), tuple(aside))


def loose_entry(session: Session, event: HazardEvent, area: str, photo_id: int) -> LooseEntry:
    """One photo; NotFound outside the area."""
    found = _entries(session, event, area, _one.id == photo_id)
    if not found:
        raise NotFound("没有这张待归户照片，或不在您的管辖范围内。")
    return found[0]


def locked_photos(session: Session, event_id: int, area: str, ids: Iterable[int]) -> list[LoosePhoto]:
    """Those of the area, locked until the transaction ends, in the order of their numbers."""
    return list(
        session.scalars(
            select(_one)
            .where(_one.id.in_(list(ids)), _one.event_id == event_id, _one.scope_code == area)
            .order_by(_one.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def same_photo(session: Session, event_id: int, area: str, file_id: int) -> LoosePhoto | None:
    """The row of a photo that has come before."""
    return session.scalar(
        select(_one).where(_one.event_id == event_id, _one.scope_code == area, _one.file_id == file_id)
    )


def file_of(session: Session, event_id: int, area: str, photo_id: int) -> int:
    """The number of its file; NotFound outside the area."""
    found = session.scalar(
        select(_one.file_id).where(_one.id == photo_id, _one.event_id == event_id, _one.scope_code == area)
    )
    if found is None:
        raise NotFound("没有这张待归户照片，或不在您的管辖范围内。")
    return found


def waiting_counts(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    """How many photos wait in each area of the scope that has some."""
    rows = session.execute(
        select(_one.scope_code, func.count())
        .where(
            _one.event_id == event_id,
            _one.inspection_id.is_(None),
            _one.set_aside_at.is_(None),
            _one.scope_code >= scope.lo,
            _one.scope_code < scope.hi,
        )
        .group_by(_one.scope_code)
    )
    return {row[0]: row[1] for row in rows}


def tasks_by_area(session: Session, event_id: int, scope: AreaScope, *, digits: int) -> dict[str, int]:
    """Inspections (栋) of an event by township (9 digits) or village (12)."""
    one = EmergencyInspection
    code = func.left(one.scope_code, digits)
    rows = session.execute(
        select(code, func.count())
        .where(
            one.event_id == event_id,
            one.state != "withdrawn",
            one.scope_code >= scope.lo,
            one.scope_code < scope.hi,
            func.length(one.scope_code) >= digits,
        )
        .group_by(code)
        .order_by(code)
    )
    return {row[0]: row[1] for row in rows}


def photo_counts(session: Session, inspections: Iterable[int]) -> dict[int, int]:
    """How many photos each inspection has."""
    rows = session.execute(
        select(InspectionPhoto.inspection_id, func.count())
        .where(InspectionPhoto.inspection_id.in_(list(inspections)), InspectionPhoto.taken_back_at.is_(None))
        .group_by(InspectionPhoto.inspection_id)
    )
    return {row[0]: row[1] for row in rows}


def _entries(
    session: Session,
    event: HazardEvent,
    area: str,
    wanted: ColumnElement[bool],
    *,
    newest: InstrumentedAttribute[datetime | None] | None = None,
) -> list[LooseEntry]:
    where = (_one.taken_lon, _one.taken_lat)
    # Of a photo that has found its house, the house says where it should be; where nobody knows that, the township.
    outside = case((House.geom.is_(None), away_from_area(_one.scope_code, *where)))
    query = (
        select(_one, StoredFile.name, House.code, away_from_house(*where), outside)
        .join(StoredFile, StoredFile.id == _one.file_id)
        .outerjoin(EmergencyInspection, EmergencyInspection.id == _one.inspection_id)
        .outerjoin(House, House.id == EmergencyInspection.house_id)
        .where(_one.event_id == event.id, _one.scope_code == area, wanted)
        .execution_options(populate_existing=True)
    )
    query = query.order_by(_one.id) if newest is None else query.order_by(newest.desc(), _one.id).limit(MOST_SETTLED)
    began = min(event.starts_at or event.created_at, event.created_at)
    return [_entry(row, name, code, away, out, began) for row, name, code, away, out in session.execute(query)]


def _entry(
    row: LoosePhoto, name: str, code: str | None, away: float | None, outside: float | None, began: datetime
) -> LooseEntry:
    hints = (photo_hint(row.taken_at, began, row.sent_at), place_hint(away), outside_hint(outside))
    return LooseEntry(
        row.id,
        row.version,
        row.scope_code,
        name,
        row.taken_at,
        row.sent_by,
        row.sent_at,
        row.inspection_id,
        code,
        row.assigned_by,
        row.assigned_at,
        row.set_aside_at is not None,
        "；".join(hint for hint in hints if hint),
    )
