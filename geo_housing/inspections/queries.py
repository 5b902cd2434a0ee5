"""Reading emergency inspections: one, those of a house, of an event by area; who inspects where."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, literal_column, or_, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.models import Grant, User
from geo_housing.accounts.permissions import PERMISSIONS
from geo_housing.errors import NotFound
from geo_housing.files.models import StoredFile
from geo_housing.hazards.facts import Occupancy
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import heads_of_house
from geo_housing.houses.living import lived_in, stale_before, unsized
from geo_housing.houses.models import URGENCY, House, Household, HouseHousehold
from geo_housing.inspections.again import is_to_be_seen_again, must_look_again
from geo_housing.inspections.models import EmergencyInspection, InspectionCount, InspectionPhoto
from geo_housing.inspections.photo_places import away_from_area, away_from_house
from geo_housing.inspections.stages import outside_hint, photo_hint, place_hint
from geo_housing.scope import AreaScope

OPEN_STATES = ("open", "in_progress")
Inspection = EmergencyInspection
# A D house before a C house, and so on: the one order of the lists of houses.
RISK_RANK: SQLColumnExpression[int] = literal_column(URGENCY.replace("CASE risk", "CASE house.risk"))


@dataclass(frozen=True)
class PhotoEntry:
    """One photo of an inspection; ``hint`` says what contradicts that it is of this house and this disaster."""

    id: int
    file_id: int
    name: str
    bytes: int
    taken_at: datetime | None
    hint: str = ""


@dataclass(frozen=True)
class InspectionView:
    """One inspection with what a form shows around it; ``warned_since``: its house must be looked at again."""

    inspection: EmergencyInspection
    house_code: str
    settlement: str | None
    structure: str | None
    risk: str
    rooms: int | None
    occupancy: Occupancy
    event_name: str
    event_phase: str
    event_mode: str
    is_overdue: bool
    photos: tuple[PhotoEntry, ...]
    event_began_at: datetime
    warned_since: bool = False


def inspection_view(session: Session, inspection_id: int, scope: AreaScope) -> InspectionView:
    """One inspection; NotFound outside the scope."""
    row = session.execute(
        select(Inspection, House, HazardEvent)
        .join(House, House.id == Inspection.house_id)
        .join(HazardEvent, HazardEvent.id == Inspection.event_id)
        .where(Inspection.id == inspection_id, _within(scope))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(f"没有 {inspection_id} 号排查任务，或不在您的管辖范围内。")
    inspection, house, event = row
    return InspectionView(
        inspection,
        house.code,
        house.settlement,
        house.structure,
        house.risk,
        house.rooms,
        Occupancy(house.occupancy, house.occupancy_checked_on, stale_before(session, scope)),
        event.name,
        event.phase,
        event.mode,
        is_overdue(inspection, clock.now()),
        tuple(photos_of(session, inspection_id)),
        _began(event),
        is_to_be_seen_again(session, inspection.id),
    )


def locked_inspection(session: Session, inspection_id: int, scope: AreaScope) -> EmergencyInspection:
    """The row, locked until the transaction ends; NotFound outside the scope."""
    begin_entry(session)
    found = session.scalar(
        select(Inspection)
        .where(Inspection.id == inspection_id, _within(scope))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(f"没有 {inspection_id} 号排查任务，或不在您的管辖范围内。")
    return found


def event_named(session: Session, event_id: int) -> str | None:
    """The event's name, None for one that the actor may not see."""
    return session.scalar(select(HazardEvent.name).where(HazardEvent.id == event_id))


def is_drill(session: Session, event_id: int) -> bool:
    """Whether the event, where the actor may see it, is a drill."""
    return session.scalar(select(HazardEvent.mode).where(HazardEvent.id == event_id)) == "drill"


def photos_of(session: Session, inspection_id: int) -> list[PhotoEntry]:
    """Photos of one inspection in the order of arrival."""
    photo = InspectionPhoto
    where = (photo.taken_lon, photo.taken_lat)
    rows = session.execute(
        select(
            photo,
            StoredFile,
            HazardEvent,
            away_from_house(*where),
            case((House.geom.is_(None), away_from_area(photo.scope_code, *where))),
        )
        .join(StoredFile, StoredFile.id == photo.file_id)
        .join(Inspection, Inspection.id == photo.inspection_id)
        .join(House, House.id == Inspection.house_id)
        .join(HazardEvent, HazardEvent.id == Inspection.event_id)
        .where(photo.inspection_id == inspection_id, photo.taken_back_at.is_(None))
        .order_by(photo.id)
    )
    return [_photo(*row) for row in rows]


def _photo(
    row: InspectionPhoto, file: StoredFile, event: HazardEvent, away: float | None, outside: float | None
) -> PhotoEntry:
    hints = (
        photo_hint(row.taken_at, _began(event), file.arrived_at),
        place_hint(away),
        outside_hint(outside),
    )
    return PhotoEntry(row.id, file.id, file.name, file.bytes, row.taken_at, "；".join(hint for hint in hints if hint))


def _began(event: HazardEvent) -> datetime:
    return min(event.starts_at or event.created_at, event.created_at)


def is_overdue(inspection: EmergencyInspection, at: datetime) -> bool:
    """逾期: unfinished after its due time."""
    return inspection.state in OPEN_STATES and inspection.due_at is not None and inspection.due_at < at


def overdue_condition(at: datetime) -> ColumnElement[bool]:
    """The same in SQL."""
    return and_(Inspection.state.in_(OPEN_STATES), Inspection.due_at < at)


def state_counts(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    """Inspections (栋) of an event by state, every state named."""
    one = InspectionCount
    rows = session.execute(
        select(one.state, func.sum(one.houses))
        .where(one.event_id == event_id, one.scope_code >= scope.lo, one.scope_code < scope.hi)
        .group_by(one.state)
    )
    found: dict[str, int] = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in ("prepared", "open", "in_progress", "done", "withdrawn")}


def houses_by_area(session: Session, event_id: int, scope: AreaScope) -> dict[str, int]:
    """Inspections (栋) of an event that were not withdrawn, by the village or township that they are counted in."""
    one = InspectionCount
    rows = session.execute(
        select(one.scope_code, func.sum(one.houses))
        .where(
            one.event_id == event_id,
            one.state != "withdrawn",
            one.scope_code >= scope.lo,
            one.scope_code < scope.hi,
        )
        .group_by(one.scope_code)
    )
    return {row[0]: int(row[1]) for row in rows}


def staffed_villages(session: Session, scope: AreaScope) -> list[str]:
    """Villages with a user of their own who may enter inspections; the others are the township desk's."""
    roles = [role for role, permissions in PERMISSIONS.items() if "inspections.enter" in permissions]
    today = clock.today()
    return list(
        session.scalars(
            select(Grant.area_code)
            .join(User, User.id == Grant.user_id)
            .where(
                func.length(Grant.area_code) == 12,
                Grant.area_code >= scope.lo,
                Grant.area_code < scope.hi,
                Grant.role.in_(roles),
                Grant.valid_from <= today,
                or_(Grant.valid_to.is_(None), Grant.valid_to >= today),
                User.disabled_at.is_(None),
            )
            .distinct()
            .order_by(Grant.area_code)
        )
    )


def _within(scope: AreaScope) -> ColumnElement[bool]:
    return and_(Inspection.scope_code >= scope.lo, Inspection.scope_code < scope.hi)


@dataclass(frozen=True)
class People:
    """Who lives in the house: for those who may see families."""

    heads: tuple[str, ...]
    people: int
    households_without_size: int
    traits: tuple[str, ...]


def inspection_people(session: Session, house_id: int, scope: AreaScope) -> People:
    """Heads, people (人), 户 whose people nobody counted, and traits of the households that live in the house."""
    since = stale_before(session, scope)
    heads = session.scalars(
        select(Household.head)
        .join(HouseHousehold, HouseHousehold.household_id == Household.id)
        .where(HouseHousehold.house_id == house_id, HouseHousehold.relation == "lives", HouseHousehold.to_on.is_(None))
        .order_by(Household.id)
    ).all()
    people, unknown, traits, owner = session.execute(
        select(House.people, unsized(House, lived_in(House, since)), House.traits, House.owner).where(
            House.id == house_id
        )
    ).one()
    return People(heads_of_house(heads, owner), people, unknown, tuple(dict.fromkeys(traits or ())))


@dataclass(frozen=True)
class Told:
    """Who looked at a house, and when."""

    visitor: str
    visited_at: datetime | None
    reported_by: str | None = None
    reported_how: str | None = None
    reported_at: datetime | None = None


def last_told(session: Session, item: EmergencyInspection, entered_by: str, *, since: datetime) -> Told | None:
    """What ``entered_by`` wrote last of another house of the same village and event; nothing from before ``since``."""
    entered_at = func.greatest(Inspection.begun_at, Inspection.done_at)
    row = session.execute(
        select(
            Inspection.visitor,
            Inspection.visited_at,
            Inspection.reported_by,
            Inspection.reported_how,
            Inspection.reported_at,
        )
        .where(
            Inspection.event_id == item.event_id,
            Inspection.scope_code == item.scope_code,
            Inspection.id != item.id,
            Inspection.entered_by == entered_by,
            Inspection.visitor.is_not(None),
            entered_at >= since,
        )
        .order_by(entered_at.desc(), Inspection.id.desc())
        .limit(1)
    ).one_or_none()
    return Told(row[0] or "", *row[1:]) if row is not None else None


def next_open(session: Session, scope: AreaScope, item: EmergencyInspection) -> int | None:
    """The next inspection of the same event in the same village that is unfinished or looked at again, the most urgent first."""
    return session.scalar(
        select(Inspection.id)
        .join(House, House.id == Inspection.house_id)
        .where(
            Inspection.event_id == item.event_id,
            Inspection.scope_code == item.scope_code,
            or_(Inspection.state.in_(("prepared", *OPEN_STATES)), must_look_again()),
            Inspection.id != item.id,
            _within(scope),
        )
        .order_by(Inspection.priority, RISK_RANK, Inspection.id)
        .limit(1)
    )
