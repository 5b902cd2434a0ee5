"""What the desk and the house's page read across rooms: tasks by due time, figures by division."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.areas.models import Area
from geo_housing.clock import now
from geo_housing.conclusions.queries import required_risks, standing
from geo_housing.evacuation.released import in_danger_by_event
from geo_housing.evacuation.sums import left_by_event
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.living import lived_in
from geo_housing.houses.models import House
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto
from geo_housing.layers.filters import Filter, settled
from geo_housing.scope import AreaScope
from geo_housing.words import IN_ANNUAL_LEDGER, RENOVATION

# 栋 by code of a division, then by name of a field of DivisionRow.
HouseFigures = dict[str, dict[str, int]]
OPEN_PHASES = ("warning", "ongoing", "aftermath")
# Tasks that somebody can work on; prepared ones wait for 灾后排查.
AT_WORK = ("open", "in_progress")
NEW_HOURS = 24
# 改造进度: what counts as renovated, and what is to be.
RENOVATED = ("completed", "accepted", "moved_in")
# Whose 改造年度 is missed where it is not told: a family that has moved in is of a year gone by.
YEAR_MISSED = tuple(status for status in IN_ANNUAL_LEDGER if status != "moved_in")
TO_RENOVATE = tuple(status for status in RENOVATION if status != "not_needed")


@dataclass(frozen=True)
class Task:
    """One emergency inspection to do, as a row of the desk."""

    id: int
    event_id: int
    event_name: str
    house_code: str
    scope_code: str
    risk: str
    state: str
    priority: int
    due_at: datetime | None


@dataclass(frozen=True)
class NewWork:
    """What came in lately, event by event."""

    event_id: int
    event_name: str
    level: str
    tasks: int
    opened_at: datetime
    first_due_at: datetime | None


@dataclass(frozen=True)
class DivisionRow:
    """The figures of one division; counts of houses (栋) and of inspections.

    ``to_renovate`` are the houses with a renovation status other than 不涉及, ``renovated`` those of them with 已竣工 or later.
    ``listed_this_year`` stand in the annual ledger of this year (改造年度), ``renovated_this_year`` those of them with 已竣工 or
    later; ``without_year`` are in an annual ledger, not moved into yet, and nobody has told of which year. ``all_households``
    are the 户 that rates are per 100 of.
    """

    code: str
    name: str
    houses: int
    dangerous_lived_in: int
    suspected: int
    unsettled: int
    to_renovate: int
    renovated: int
    tasks: int
    done: int
    overdue: int
    listed_this_year: int = 0
    renovated_this_year: int = 0
    without_year: int = 0
    all_households: int = 0


def is_live() -> ColumnElement[bool]:
    """Real events that are going on: a drill appears in no figure."""
    return and_(HazardEvent.mode == "actual", HazardEvent.phase.in_(OPEN_PHASES))


def _is_work() -> ColumnElement[bool]:
    """Inspections of real events that are going on, and what 误发撤销 has left of one that was a mistake, until it is done."""
    left = and_(
        HazardEvent.mode == "actual",
        HazardEvent.phase == "mistaken",
        EmergencyInspection.state.in_(("prepared", *AT_WORK)),
    )
    return or_(is_live(), left)


def _tasks(scope: AreaScope) -> Select[Any]:
    return (
        select(*_TASK)
        .join(HazardEvent, HazardEvent.id == EmergencyInspection.event_id)
        .join(House, House.id == EmergencyInspection.house_id)
        .where(
            _is_work(),
            EmergencyInspection.state.in_(AT_WORK),
            EmergencyInspection.scope_code >= scope.lo,
            EmergencyInspection.scope_code < scope.hi,
        )
    )


_TASK: tuple[Any, ...] = (
    EmergencyInspection.id,
    EmergencyInspection.event_id,
    HazardEvent.name,
    House.code,
    EmergencyInspection.scope_code,
    House.risk,
    EmergencyInspection.state,
    EmergencyInspection.priority,
    EmergencyInspection.due_at,
)


def _end_of_today() -> datetime:
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def tasks_overdue(session: Session, scope: AreaScope, *, limit: int) -> tuple[list[Task], int]:
    """Inspections past their due time, longest overdue first, and how many there are."""
    return _some(session, _tasks(scope).where(EmergencyInspection.due_at < now()), limit)


def tasks_today(session: Session, scope: AreaScope, *, limit: int) -> tuple[list[Task], int]:
    """Inspections that are due before midnight and not overdue yet, by due time, and how many there are."""
    due = EmergencyInspection.due_at
    return _some(session, _tasks(scope).where(due >= now(), due < _end_of_today()), limit)


def _some(session: Session, found: Select[Any], limit: int) -> tuple[list[Task], int]:
    rows = session.execute(
        found.add_columns(func.count().over().label("total"))
        .order_by(EmergencyInspection.due_at, EmergencyInspection.priority, EmergencyInspection.id)
        .limit(limit)
    ).all()
    return [Task(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def new_work(session: Session, scope: AreaScope) -> list[NewWork]:
    """Inspections opened in the last NEW_HOURS hours by event, newest first."""
    inspection = EmergencyInspection
    rows = session.execute(
        select(
            HazardEvent.id,
            HazardEvent.name,
            HazardEvent.level,
            func.count(),
            func.max(inspection.opened_at),
            func.min(inspection.due_at),
        )
        .join(HazardEvent, HazardEvent.id == inspection.event_id)
        .where(
            _is_work(),
            inspection.state.in_(("prepared", *AT_WORK)),
            inspection.opened_at >= now() - timedelta(hours=NEW_HOURS),
            inspection.scope_code >= scope.lo,
            inspection.scope_code < scope.hi,
        )
        .group_by(HazardEvent.id, HazardEvent.name, HazardEvent.level)
        .order_by(func.max(inspection.opened_at).desc())
    )
    return [NewWork(*row) for row in rows]


def code_length_below(session: Session, scope: AreaScope) -> int | None:
    """Digits of the divisions that a table of this area is made of; None for a village, which has none below it."""
    if len(scope.prefix) >= VILLAGE_DIGITS:
        return None
    if len(scope.prefix) >= TOWNSHIP_DIGITS:
        return 12
    if len(scope.prefix) == COUNTY_DIGITS:
        return 9
    counties = select(func.count()).select_from(Area).where(Area.level == "county", Area.valid_to.is_(None))
    return 9 if session.execute(counties).scalar_one() <= 1 else 6


def division_rows(
    session: Session, scope: AreaScope, wanted: Filter, length: int, *, counted: HouseFigures | None = None
) -> list[DivisionRow]:
    """Figures of the divisions with codes of ``length`` digits, worst first; houses in none of them stand at the end.

    ``counted`` are those of ``house_figures`` by codes as long or longer: who wants several levels has read them once.
    """
    houses = _shortened(house_figures(session, scope, wanted, length) if counted is None else counted, length)
    tasks = _task_figures(session, scope, length)
    named = {
        row.code: row.name
        for row in session.execute(
            select(Area.code, Area.name).where(
                func.length(Area.code) == length, Area.valid_to.is_(None), Area.code >= scope.lo, Area.code < scope.hi
            )
        )
    }
    rows = []
    for code in sorted({*named, *houses, *tasks}):
        h, t = houses.get(code, NO_HOUSES), tasks.get(code, (0, 0, 0))
        if code not in named and not any((*h.values(), *t)):
            continue
        name = named.get(code, "未归入村镇")
        rows.append(DivisionRow(code, name, tasks=t[0], done=t[1], overdue=t[2], **h))
    return sorted(rows, key=lambda row: (row.code not in named, -row.overdue, -row.dangerous_lived_in, row.code))


NO_HOUSES = dict.fromkeys(
    ("houses", "all_households", "dangerous_lived_in", "suspected", "unsettled", "to_renovate", "renovated"), 0
)


def _shortened(counted: HouseFigures, length: int) -> HouseFigures:
    """The same figures by the first ``length`` digits."""
    found: HouseFigures = {}
    for code, figures in counted.items():
        upper = found.setdefault(code[:length], dict.fromkeys(figures, 0))
        for name, houses in figures.items():
            upper[name] += houses
    return found


def house_figures(
    session: Session, scope: AreaScope, wanted: Filter, length: int, *, year: int | None = None
) -> HouseFigures:
    """What a DivisionRow tells of houses, by the first ``length`` digits of where they count.

    Of annual ledgers only for those who name a ``year``: the counts cost every other reader a fifth more.
    """
    assert wanted.fresh_since is not None, "fresh() says since when"
    # First what most houses are not: a list of words compared for each of them would be half of the time.
    concerned = House.renovation != "not_needed"
    of_this_year, no_year = House.renovation_year == year, House.renovation_year.is_(None)
    of_ledgers = (
        func.count().filter(of_this_year).label("listed_this_year"),
        func.count().filter(of_this_year, House.renovation.in_(RENOVATED)).label("renovated_this_year"),
        func.count().filter(concerned, no_year, House.renovation.in_(YEAR_MISSED)).label("without_year"),
    )
    code = func.left(House.scope_code, length).label("code")
    rows = session.execute(
        select(
            code,
            func.count().label("houses"),
            func.sum(House.households).label("all_households"),
            func.count()
            .filter(House.risk.in_(("C", "D")), lived_in(House, wanted.fresh_since))
            .label("dangerous_lived_in"),
            func.count().filter(House.risk == "suspected").label("suspected"),
            func.count().filter(House.location_state != "located").label("unsettled"),
            func.count().filter(concerned).label("to_renovate"),
            func.count().filter(concerned, House.renovation.in_(RENOVATED)).label("renovated"),
            *(of_ledgers if year is not None else ()),
        )
        .where(House.ended_on.is_(None), House.scope_code >= scope.lo, House.scope_code < scope.hi)
        .group_by(code)
    )
    return {row.pop("code"): row for row in map(dict, rows.mappings())}


def _counts(scope: AreaScope) -> ColumnElement[bool]:
    """An inspection that counts: within the scope, not withdrawn, of a real event that goes on, or still to be done."""
    inspection = EmergencyInspection
    return and_(
        _is_work(), inspection.state != "withdrawn", inspection.scope_code >= scope.lo, inspection.scope_code < scope.hi
    )


def _task_figures(session: Session, scope: AreaScope, length: int) -> dict[str, tuple[int, int, int]]:
    inspection = EmergencyInspection
    code = func.left(inspection.scope_code, length).label("code")
    rows = session.execute(
        select(
            code,
            func.count(),
            func.count().filter(inspection.state == "done"),
            func.count().filter(inspection.state.in_(AT_WORK), inspection.due_at < now()),
        )
        .join(HazardEvent, HazardEvent.id == inspection.event_id)
        .where(_counts(scope))
        .group_by(code)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def houses_inspected(session: Session, scope: AreaScope, length: int) -> dict[str, tuple[int, int, int]]:
    """栋 to be inspected after real events that go on, those done in all of them, and those overdue in one; by division.

    A house that lies in several events is one house, and done when each of them is.
    """
    inspection = EmergencyInspection
    houses = (
        select(
            func.left(func.max(inspection.scope_code), length).label("code"),
            func.bool_and(inspection.state == "done").label("done"),
            func.bool_or(and_(inspection.state.in_(AT_WORK), inspection.due_at < now())).label("overdue"),
        )
        .join(HazardEvent, HazardEvent.id == inspection.event_id)
        .where(_counts(scope))
        .group_by(inspection.house_id)
        .subquery()
    )
    rows = session.execute(
        select(
            houses.c.code,
            func.count(),
            func.count().filter(houses.c.done),
            func.count().filter(houses.c.overdue),
        ).group_by(houses.c.code)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


@dataclass(frozen=True)
class InspectionSeen:
    """An emergency inspection as the house's page tells it."""

    row: EmergencyInspection
    event_name: str
    event_mode: str
    event_phase: str
    photos: int

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.row.state in ("prepared", *AT_WORK)

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been done."""
        return self.row.state in AT_WORK and self.row.due_at is not None and self.row.due_at < now()


def to_move_by_event(session: Session, scope: AreaScope) -> list[tuple[int, str, int]]:
    """Number, name and 未转 (户) of every real event that is open, the oldest first.

    After 误发撤销 those who must leave all the same: of what was found of their house, or of what a person reported.
    """
    named = select(HazardEvent.id, HazardEvent.name).where(
        HazardEvent.phase.in_(OPEN_PHASES), HazardEvent.mode == "actual"
    )
    names = {row[0]: row[1] for row in session.execute(named.order_by(HazardEvent.id))}
    left = left_by_event(session, names, scope)
    open_ones = [(event, name, left[event]) for event, name in names.items() if left.get(event)]
    fetched = {event: n for event, n in in_danger_by_event(session, scope).items() if n}
    if not fetched:
        return open_ones
    mistaken = select(HazardEvent.id, HazardEvent.name).where(HazardEvent.id.in_(fetched), HazardEvent.mode == "actual")
    rows = session.execute(mistaken.order_by(HazardEvent.id))
    return open_ones + [(row[0], row[1], fetched[row[0]]) for row in rows]


def to_sign_by_event(session: Session, scope: AreaScope, areas: tuple[str, ...] | None) -> list[tuple[int, str, int]]:
    """Number, name and 栋 that wait for a technician's conclusion in every real event that is open; ``areas``: there alone."""
    events = session.scalars(select(HazardEvent).where(is_live()).order_by(HazardEvent.id)).all()
    found = []
    for event in events:
        places = standing(session, event.id, scope, required_risks(session, event.scope_code))
        waiting = sum(one.waiting for one in places if areas is None or one.code.startswith(areas))
        if waiting:
            found.append((event.id, event.name, waiting))
    return found


def inspections_of(session: Session, house_id: int) -> list[InspectionSeen]:
    """All emergency inspections of a house, newest first."""
    photos = (
        select(func.count())
        .where(InspectionPhoto.inspection_id == EmergencyInspection.id, InspectionPhoto.taken_back_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(EmergencyInspection, HazardEvent.name, HazardEvent.mode, HazardEvent.phase, photos)
        .join(HazardEvent, HazardEvent.id == EmergencyInspection.event_id)
        .where(EmergencyInspection.house_id == house_id)
        .order_by(EmergencyInspection.opened_at.desc(), EmergencyInspection.id.desc())
    )
    return [InspectionSeen(*row) for row in rows]


def fresh(session: Session, actor: Any) -> Filter:
    """The empty filter with the day since which an occupancy statement is believed here."""
    return settled(session, Filter(lived_in=True), actor)
