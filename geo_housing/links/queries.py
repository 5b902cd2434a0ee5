"""Reading for the pages of a link: one village of one event; and the links of an event for those who give them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from geo_housing.area_codes import township_of, with_townships
from geo_housing.areas.models import Area
from geo_housing.areas.queries import names_of
from geo_housing.clock import now
from geo_housing.errors import NotFound
from geo_housing.files.models import StoredFile
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.facts import Occupancy
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import heads_of_house, unsized_of
from geo_housing.houses.living import stale_before
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.inspections.again import must_look_again
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto
from geo_housing.inspections.priority import reasons_for_village
from geo_housing.inspections.queries import RISK_RANK, InspectionView, inspection_view, is_overdue
from geo_housing.inspections.service import findings_of
from geo_housing.inspections.stages import again_why, missing
from geo_housing.links.models import VillageLink
from geo_housing.links.recognition import Holder
from geo_housing.scope import AreaScope

Inspection = EmergencyInspection
# A page that a phone can hold; no village of the county has a third of it.
MOST_HOUSES = 1_500


@dataclass(frozen=True)
class LivingFamily:
    """One household that lives in a house, as a link shows it."""

    household_id: int
    head: str | None
    persons: int | None
    phone_masked: str | None
    traits: tuple[str, ...]


@dataclass(frozen=True)
class VillageHouse:
    """One house of the village's list."""

    inspection: EmergencyInspection
    house: House
    families: tuple[LivingFamily, ...]
    reasons: tuple[str, ...]
    is_overdue: bool
    photos: int
    again: str
    unsized: int

    @property
    def lacks(self) -> tuple[str, ...]:
        """What was begun and lacks something still needs, in sentences."""
        if self.inspection.state != "in_progress" or self.again:
            return ()
        return tuple(fault.sentence for fault in missing(findings_of(self.inspection)))

    @property
    def heads(self) -> str:
        """Who lives there, else whose it is; the code where nobody is registered."""
        return "、".join(heads_of_house((one.head for one in self.families), self.house.owner)) or self.house.code

    @property
    def traits(self) -> tuple[str, ...]:
        """Traits of all who live there, each once."""
        return tuple(dict.fromkeys(trait for family in self.families for trait in family.traits))


def event_of_link(session: Session, holder: Holder) -> HazardEvent:
    """The one event that the link opens."""
    return session.get_one(HazardEvent, holder.event_id)


def village_houses(session: Session, holder: Holder) -> list[VillageHouse]:
    """The houses of the village in the event: what must be done first on top, what is done last."""
    rows = session.execute(
        select(Inspection, House, must_look_again().label("again"))
        .join(House, House.id == Inspection.house_id)
        .where(_of_link(holder), Inspection.state != "withdrawn")
        .order_by(
            case((and_(Inspection.state == "done", not_(must_look_again())), 1), else_=0),
            Inspection.priority,
            RISK_RANK,
            func.coalesce(House.settlement, "\ufffd"),
            House.code,
        )
        .limit(MOST_HOUSES)
    ).all()
    families = families_living(session, [house.id for _, house, _ in rows])
    photos = _photo_counts(session, holder)
    fresh_since = stale_before(session, AreaScope(holder.village))
    at = now()
    found = []
    for inspection, house, again in rows:
        occupancy = Occupancy(house.occupancy, house.occupancy_checked_on, fresh_since)
        found.append(
            VillageHouse(
                inspection,
                house,
                tuple(families.get(house.id, ())),
                reasons_shown(inspection, occupancy),
                is_overdue(inspection, at),
                photos.get(inspection.id, 0),
                again_why(findings_of(inspection), inspection.state, warned_since=again),
                unsized_of(house.households, house.households_without_size, is_lived_in=occupancy.is_lived_in),
            )
        )
    return found


def reasons_shown(inspection: EmergencyInspection, occupancy: Occupancy) -> tuple[str, ...]:
    """Why a house is urgent, without what tells of a family's category."""
    return tuple(reasons_for_village(inspection.reasons, occupancy))


def families_living(session: Session, house_ids: Sequence[int]) -> dict[int, list[LivingFamily]]:
    """Who lives in each of these houses now."""
    rows = session.execute(
        select(HouseHousehold.house_id, Household)
        .join(Household, Household.id == HouseHousehold.household_id)
        .where(
            HouseHousehold.house_id.in_(house_ids),
            HouseHousehold.relation == "lives",
            HouseHousehold.to_on.is_(None),
        )
        .order_by(Household.id)
    )
    found: dict[int, list[LivingFamily]] = {}
    for house_id, household in rows:
        found.setdefault(house_id, []).append(
            LivingFamily(
                household.id, household.head, household.persons, household.phone_masked, tuple(household.traits or ())
            )
        )
    return found


def view_of_link(session: Session, holder: Holder, inspection_id: int) -> InspectionView:
    """One inspection of the village in the event; NotFound for every other one."""
    found = session.scalar(select(Inspection.id).where(Inspection.id == inspection_id, _of_link(holder)))
    if found is None:
        raise NotFound("没有这栋房屋的排查任务，请回到名单重新选择。")
    return inspection_view(session, found, AreaScope(holder.village))


def photo_of_link(session: Session, holder: Holder, photo_id: int) -> StoredFile:
    """The file of a photo of the village in the event; NotFound for every other one."""
    found = session.scalar(
        select(StoredFile)
        .join(InspectionPhoto, InspectionPhoto.file_id == StoredFile.id)
        .join(Inspection, Inspection.id == InspectionPhoto.inspection_id)
        .where(
            InspectionPhoto.id == photo_id,
            InspectionPhoto.taken_back_at.is_(None),
            _of_link(holder),
            StoredFile.arrived_at.is_not(None),
        )
    )
    if found is None:
        raise NotFound("没有这张照片。")
    return found


def next_of_link(session: Session, holder: Holder, inspection_id: int) -> int | None:
    """The next unfinished house of the list, besides this one."""
    return session.scalar(
        select(Inspection.id)
        .join(House, House.id == Inspection.house_id)
        .where(
            _of_link(holder),
            or_(Inspection.state.in_(("prepared", "open", "in_progress")), must_look_again()),
            Inspection.id != inspection_id,
        )
        .order_by(Inspection.priority, RISK_RANK, func.coalesce(House.settlement, "\ufffd"), House.code)
        .limit(1)
    )


def last_visitor(session: Session, holder: Holder, entered_by: str, since: datetime) -> str:
    """Who was named last by those who enter through this link; empty when nobody was."""
    entered_at = func.greatest(Inspection.begun_at, Inspection.done_at)
    return (
        session.scalar(
            select(Inspection.visitor)
            .where(
                _of_link(holder),
                Inspection.entered_by == entered_by,
                Inspection.visitor.is_not(None),
                entered_at >= since,
            )
            .order_by(entered_at.desc(), Inspection.id.desc())
            .limit(1)
        )
        or ""
    )


def _of_link(holder: Holder) -> ColumnElement[bool]:
    return and_(Inspection.event_id == holder.event_id, Inspection.scope_code == holder.village)


def _photo_counts(session: Session, holder: Holder) -> dict[int, int]:
    rows = session.execute(
        select(InspectionPhoto.inspection_id, func.count())
        .join(Inspection, Inspection.id == InspectionPhoto.inspection_id)
        .where(_of_link(holder), InspectionPhoto.taken_back_at.is_(None))
        .group_by(InspectionPhoto.inspection_id)
    )
    return {row[0]: row[1] for row in rows}


# For those who give links out


def event_within(session: Session, event_id: int, scope: AreaScope) -> HazardEvent:
    """One event that concerns the scope; NotFound for every other one."""
    own = and_(HazardEvent.scope_code >= scope.lo, HazardEvent.scope_code < scope.hi)
    above = func.starts_with(scope.lo, HazardEvent.scope_code)
    found = session.scalar(select(HazardEvent).where(HazardEvent.id == event_id, or_(own, above)))
    if found is None:
        raise NotFound(f"没有 {event_id} 号事件，或不在您的管辖范围内。")
    return found


@dataclass(frozen=True)
class VillageEntry:
    """A village of an event with its inspections (栋) and how many links of it still open."""

    code: str
    name: str
    township: str
    due: int
    done: int
    links: int


def villages_of(session: Session, event_id: int, scope: AreaScope) -> list[VillageEntry]:
    """The villages of the scope in which the event has inspections, by code."""
    rows = session.execute(
        select(
            Inspection.scope_code,
            func.count().filter(Inspection.state != "withdrawn"),
            func.count().filter(Inspection.state == "done"),
        )
        .where(
            Inspection.event_id == event_id,
            Inspection.scope_code >= scope.lo,
            Inspection.scope_code < scope.hi,
            func.length(Inspection.scope_code) == 12,
        )
        .group_by(Inspection.scope_code)
        .order_by(Inspection.scope_code)
    ).all()
    names = names_of(session, with_townships(code for code, *_ in rows))
    opening: dict[str, int] = {}
    for link in links_of(session, event_id, scope):
        if link.is_open:
            opening[link.village] = opening.get(link.village, 0) + 1
    return [
        VillageEntry(code, names.get(code, code), names.get(township_of(code), ""), due, done, opening.get(code, 0))
        for code, due, done in rows
        if due
    ]


@dataclass(frozen=True)
class LinkEntry:
    """A link in the list of those who give them out; the token is nowhere."""

    id: int
    village: str
    village_name: str
    note: str | None
    made_by: str
    made_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    last_used_at: datetime | None
    is_open: bool


def links_of(session: Session, event_id: int, scope: AreaScope) -> list[LinkEntry]:
    """Links of an event within the scope, those that open first, the newest of each on top."""
    rows = session.execute(
        select(VillageLink, HazardEvent.phase, Area.name)
        .join(HazardEvent, HazardEvent.id == VillageLink.event_id)
        .outerjoin(Area, Area.code == VillageLink.scope_code)
        .where(VillageLink.event_id == event_id, VillageLink.scope_code >= scope.lo, VillageLink.scope_code < scope.hi)
        .order_by(VillageLink.id.desc())
    )
    at = now()
    found = [
        LinkEntry(
            link.id,
            link.scope_code,
            name or link.scope_code,
            link.note,
            link.made_by,
            link.made_at,
            link.expires_at,
            link.withdrawn_at,
            link.withdrawn_by,
            link.last_used_at,
            link.withdrawn_at is None and link.expires_at > at and phase not in ENDED_PHASES,
        )
        for link, phase, name in rows
    ]
    return sorted(found, key=lambda link: not link.is_open)
