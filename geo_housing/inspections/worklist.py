"""The list of what is to be inspected: what to do first on top, page by page, with the figures of its filters."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, Row, SQLColumnExpression, and_, case, func, literal_column, select, true, tuple_
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.models import House
from geo_housing.inspections.again import must_look_again
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.queries import RISK_RANK, overdue_condition
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.scope import AreaScope

Inspection = EmergencyInspection
UNFINISHED = ("open", "in_progress", "prepared")
# Everything that is to be or was inspected, in place of a state.
DUE = "due"


@dataclass(frozen=True)
class Asked:
    """What the list shows. ``state`` empty: what is unfinished, or DUE; ``result`` is a word of CHECK_RESULT.

    Without ``event_id``, what an event that has ended left unfinished is left out, and so are drills: they are shown by
    themselves, where ``mode`` names them. ``done_since``: what was finished from that day on.
    """

    scope: AreaScope
    event_id: int | None = None
    mode: str = ""
    state: str = ""
    result: str = ""
    only_overdue: bool = False
    only_again: bool = False
    done_since: date | None = None


@dataclass(frozen=True)
class WorkPosition:
    """After which row a page begins. ``at`` is the moment by which the first page called an inspection overdue."""

    at: datetime
    on_time: int
    priority: int
    rank: int
    id: int

    def __str__(self) -> str:
        return f"{self.at.timestamp():.0f}-{self.on_time}-{self.priority}-{self.rank}-{self.id}"


def place_of(text: str | None) -> WorkPosition | None:
    """The place that an address names; BadInput when it names none."""
    if not text:
        return None
    numbers = [whole_number(part, most=MOST_BIGINT) for part in text.split("-")]
    at, *rest = numbers
    # The last moment that a date can hold.
    if len(rest) != 4 or at is None or at > 253_000_000_000 or any(number is None for number in rest):
        raise BadInput("翻页位置不对，请从列表第一页重新开始。")
    return WorkPosition(datetime.fromtimestamp(at, UTC), *(number or 0 for number in rest))


@dataclass(frozen=True)
class WorkPage:
    """Some rows (inspection, house, event), and where to go on; None at the end."""

    rows: list[Row[Inspection, House, HazardEvent]]
    following: WorkPosition | None


def work_page(
    session: Session, asked: Asked, *, after: WorkPosition | None = None, limit: int, by_priority: bool = True
) -> WorkPage:
    """At most ``limit`` inspections after ``after``: overdue ones, then by priority, then by the house's risk.

    Not ``by_priority``, for those who may not see it: overdue ones, then by risk.
    """
    # In whole seconds, as the address carries it: both pages must call the same ones overdue.
    at = after.at if after else clock.now().replace(microsecond=0)
    on_time = case((overdue_condition(at), 0), else_=1)
    priority: SQLColumnExpression[int] = Inspection.priority if by_priority else literal_column("CAST(0 AS smallint)")
    order = (on_time, priority, RISK_RANK, Inspection.id)
    keys = (
        select(Inspection.id, on_time.label("on_time"), priority.label("priority"), RISK_RANK.label("rank"))
        .join(House, House.id == Inspection.house_id)
        .join(HazardEvent, HazardEvent.id == Inspection.event_id)
        .where(_asked(asked, at))
    )
    if after is not None:
        keys = keys.where(
            tuple_(*order) > tuple_(*(value_of(part) for part in (after.on_time, after.priority, after.rank, after.id)))
        )
    # The few rows of the page are found first; whole rows are read for those alone.
    page = keys.order_by(*order).limit(limit + 1).subquery("page")
    rows = session.execute(
        select(
            Inspection,
            House,
            HazardEvent,
            must_look_again().label("again"),
            page.c.on_time,
            page.c.priority,
            page.c.rank,
        )
        .join(page, page.c.id == Inspection.id)
        .join(House, House.id == Inspection.house_id)
        .join(HazardEvent, HazardEvent.id == Inspection.event_id)
        .order_by(page.c.on_time, page.c.priority, page.c.rank, Inspection.id)
    ).all()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = WorkPosition(at, last.on_time, last.priority, last.rank, last[0].id)
    return WorkPage(list(rows[:limit]), following)


@dataclass(frozen=True)
class WorkCounts:
    """Inspections (栋) under the filter but for state, result and overdue: what each chip of the list would show."""

    by_state: dict[str, int]
    by_result: dict[str, int]
    overdue: int
    again: int

    @property
    def unfinished(self) -> int:
        """What is still to be done."""
        return sum(self.by_state.get(state, 0) for state in UNFINISHED)

    @property
    def due(self) -> int:
        """What is to be or was inspected: everything that is not withdrawn."""
        return sum(houses for state, houses in self.by_state.items() if state != "withdrawn")

    def of(self, asked: Asked) -> int:
        """How many rows the list of ``asked`` has in all."""
        if asked.only_overdue:
            return self.overdue
        if asked.only_again:
            return self.again
        if asked.result:
            return self.by_result.get(asked.result, 0)
        if asked.state == DUE:
            return self.due
        return self.by_state.get(asked.state, 0) if asked.state else self.unfinished


def work_counts(session: Session, asked: Asked) -> WorkCounts:
    """The figures of the chips above the list."""
    at = clock.now()
    every = replace(asked, state="", result="", only_overdue=False, only_again=False)
    rows = session.execute(
        select(
            Inspection.state,
            Inspection.result,
            func.count().label("houses"),
            func.count().filter(overdue_condition(at)).label("overdue"),
            func.count().filter(_again(every)).label("again"),
        )
        .join(HazardEvent, HazardEvent.id == Inspection.event_id)
        .where(_within(every), _running(every))
        .group_by(Inspection.state, Inspection.result)
    )
    states: dict[str, int] = {}
    results: dict[str, int] = {}
    overdue = again = 0
    for state, result, houses, late, anew in rows:
        states[state] = states.get(state, 0) + houses
        overdue += late
        again += anew
        if result is not None and state != "withdrawn":
            results[result] = results.get(result, 0) + houses
    return WorkCounts(states, results, overdue, again)


def drills_left(session: Session, asked: Asked) -> int | None:
    """What is unfinished (栋) in the drills of the area that go on; None where there is none. No other figure holds it."""
    drills = Asked(asked.scope, mode="drill")
    unfinished = func.count().filter(Inspection.state.in_(UNFINISHED))
    row = session.execute(
        select(func.count(), unfinished)
        .select_from(Inspection)
        .join(HazardEvent, HazardEvent.id == Inspection.event_id)
        .where(_within(drills), Inspection.state != "withdrawn", HazardEvent.phase.not_in(ENDED_PHASES))
    ).one()
    return row[1] if row[0] else None


def _asked(asked: Asked, at: datetime) -> ColumnElement[bool]:
    parts = [_within(asked), _running(asked)]
    if asked.only_overdue:
        parts.append(overdue_condition(at))
    elif asked.only_again:
        parts.append(_again(asked))
    elif asked.result:
        parts += [Inspection.result == asked.result, Inspection.state != "withdrawn"]
    elif asked.state == DUE:
        parts.append(Inspection.state != "withdrawn")
    else:
        parts.append(Inspection.state == asked.state if asked.state else Inspection.state.in_(UNFINISHED))
    return and_(*parts)


def _within(asked: Asked) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [
        Inspection.scope_code >= asked.scope.lo,
        Inspection.scope_code < asked.scope.hi,
    ]
    if asked.event_id is not None:
        parts.append(Inspection.event_id == asked.event_id)
    # Real work and drills never stand in one figure; who names an event has chosen between them.
    mode = asked.mode or ("actual" if asked.event_id is None else "")
    if mode:
        parts.append(HazardEvent.mode == mode)
    if asked.done_since is not None:
        parts.append(Inspection.done_at >= datetime.combine(asked.done_since, time(), clock.BEIJING))
    return and_(*parts)


def _again(asked: Asked) -> ColumnElement[bool]:
    """再次查看, of an event that goes on or that was asked for."""
    goes_on = true() if asked.event_id is not None else HazardEvent.phase.not_in(ENDED_PHASES)
    return and_(goes_on, must_look_again())


def _running(asked: Asked) -> ColumnElement[bool]:
    """What is to be done no more because its event has ended is shown only with the event itself.

    What 误发撤销 leaves is still to be done.
    """
    if asked.event_id is not None:
        return true()
    return (HazardEvent.phase != "closed") | Inspection.state.not_in(UNFINISHED)
