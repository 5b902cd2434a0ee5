"""Reading events with what stands around them: the list, one event, progress by township and village."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from geo_housing import clock
from geo_housing.area_codes import township_of
from geo_housing.areas.queries import names_of
from geo_housing.errors import NotFound
from geo_housing.evacuation.queries import not_moved_of
from geo_housing.evacuation.sums import left_by_event
from geo_housing.hazards.models import HazardEvent, HazardZone, ZoneRevision
from geo_housing.inspections.again import houses_to_see_again
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.queries import OPEN_STATES
from geo_housing.scope import AreaScope
from geo_housing.words import event_kind_said

OPEN_PHASES = ("draft", "warning", "ongoing", "aftermath")


@dataclass(frozen=True)
class EventEntry:
    """One event in a list; inspections in 栋 within the reader's area, and 户 not moved yet (None: there is no list)."""

    event: HazardEvent
    states: dict[str, int]
    overdue: int
    not_moved: int | None = None

    @property
    def kind_label(self) -> str:
        """The kind as people read it; of an unknown code the sender's own word."""
        return kind_label(self.event)


@dataclass(frozen=True)
class Revision:
    """One state of an event's zones."""

    n: int
    source: str
    made_by: str
    made_at: datetime
    zones: int
    area_km2: float


@dataclass(frozen=True)
class AreaProgress:
    """Inspections (栋) of one area. ``due`` are those to be done: everything that is not withdrawn."""

    code: str
    name: str
    due: int
    done: int
    overdue: int
    in_progress: int
    open: int
    prepared: int
    withdrawn: int
    uncertain: int
    by_result: dict[str, int] = field(default_factory=dict)
    by_damage: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Progress of an event at a moment: the whole, by township, by village; each level adds up to the whole.

    ``again``: 栋 to be looked at again, by village and township; the whole is under ``total.code``.
    """

    event: int
    as_of: datetime
    total: AreaProgress
    townships: tuple[AreaProgress, ...]
    villages: tuple[AreaProgress, ...]
    again: dict[str, int] = field(default_factory=dict)


def kind_label(event: HazardEvent) -> str:
    """What disaster it is, as people read it."""
    return event_kind_said(event.kind, event.kind_text)


def event_of(session: Session, event_id: int, scope: AreaScope) -> HazardEvent:
    """One event; NotFound when it does not concern the scope."""
    found = session.scalar(select(HazardEvent).where(HazardEvent.id == event_id, _concerns(scope)))
    if found is None:
        raise NotFound(f"没有 {event_id} 号事件，或不在您的管辖范围内。")
    return found


def events_page(
    session: Session,
    scope: AreaScope,
    *,
    only_open: bool = False,
    only_worked_on: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[EventEntry]:
    """Events that concern the scope, newest first, with their inspections in it.

    ``only_worked_on``: those of which inspections in the scope are open or in progress, or households not moved yet.
    """
    wanted = select(HazardEvent).where(_concerns(scope)).order_by(HazardEvent.id.desc()).limit(limit)
    if only_open:
        wanted = wanted.where(HazardEvent.phase.in_(OPEN_PHASES))
    if only_worked_on:
        looked_at = exists().where(
            EmergencyInspection.event_id == HazardEvent.id,
            EmergencyInspection.state.in_(OPEN_STATES),
            EmergencyInspection.scope_code >= scope.lo,
            EmergencyInspection.scope_code < scope.hi,
        )
        wanted = wanted.where(or_(looked_at, not_moved_of(HazardEvent.id, scope)))
    if before is not None:
        wanted = wanted.where(HazardEvent.id < before)
    events = list(session.scalars(wanted))
    counts = _counts_by_event(session, [event.id for event in events], scope)
    called_off = [event.id for event in events if event.phase == "mistaken"]
    left = left_by_event(session, [event.id for event in events], scope, called_off=called_off)
    found = [EventEntry(event, *counts.get(event.id, ({}, 0)), left.get(event.id)) for event in events]
    if only_worked_on:
        # Whoever stands on the list of a false alarm and is in no danger is nobody's work.
        found = [
            entry
            for entry in found
            if entry.not_moved or entry.event.phase != "mistaken" or any(entry.states.get(one) for one in OPEN_STATES)
        ]
    return found


def _counts_by_event(
    session: Session, events: Iterable[int], scope: AreaScope
) -> dict[int, tuple[dict[str, int], int]]:
    rows = session.execute(
        text(
            "SELECT event_id, state, sum(houses) AS n,"
            "  coalesce(sum(houses) FILTER (WHERE state IN ('open', 'in_progress') AND due_at < :at), 0) AS overdue"
            " FROM inspection_count WHERE event_id = ANY (:events)"
            "   AND scope_code >= :lo AND scope_code < :hi GROUP BY 1, 2 HAVING sum(houses) > 0"
        ),
        {"events": list(events), "lo": scope.lo, "hi": scope.hi, "at": clock.now()},
    )
    found: dict[int, tuple[dict[str, int], int]] = {}
    for row in rows:
        states, overdue = found.get(row.event_id, ({}, 0))
        found[row.event_id] = ({**states, row.state: row.n}, overdue + row.overdue)
    return found


def revisions(session: Session, event_id: int) -> list[Revision]:
    """How an event's zones changed, newest first."""
    other = aliased(HazardZone)
    again = exists().where(
        other.revision_id == HazardZone.revision_id,
        other.id < HazardZone.id,
        other.area_m2 == HazardZone.area_m2,
        func.ST_AsBinary(other.geom) == func.ST_AsBinary(HazardZone.geom),
    )
    rows = session.execute(
        select(
            ZoneRevision.n,
            ZoneRevision.source,
            ZoneRevision.made_by,
            ZoneRevision.made_at,
            func.count(HazardZone.id),
            # Two warnings of one township are one area.
            func.coalesce(func.sum(HazardZone.area_m2).filter(~again), 0) / 1e6,
        )
        .outerjoin(HazardZone, HazardZone.revision_id == ZoneRevision.id)
        .where(ZoneRevision.event_id == event_id)
        .group_by(ZoneRevision.id)
        .order_by(ZoneRevision.n.desc())
    )
    return [Revision(n, source, by, at, zones, round(float(area), 3)) for n, source, by, at, zones, area in rows]


_PROGRESS = """
    SELECT i.scope_code, i.state, i.result, i.damage, sum(i.houses) AS houses,
        coalesce(sum(i.houses) FILTER (WHERE i.uncertain), 0) AS uncertain,
        coalesce(sum(i.houses) FILTER (WHERE i.state IN ('open', 'in_progress') AND i.due_at < :at), 0) AS overdue
    FROM inspection_count i
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi
    GROUP BY 1, 2, 3, 4 HAVING sum(i.houses) > 0
"""


@dataclass
class _Tally:
    """One area while its rows come in."""

    states: dict[str, int] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)
    damages: dict[str, int] = field(default_factory=dict)
    overdue: int = 0
    uncertain: int = 0

    def add(
        self, state: str, result: str | None, damage: str | None, houses: int, overdue: int, uncertain: int
    ) -> None:
        self.states[state] = self.states.get(state, 0) + houses
        self.overdue += overdue
        if state == "withdrawn":
            return
        self.uncertain += uncertain
        if result is not None:
            self.results[result] = self.results.get(result, 0) + houses
        if damage is not None:
            self.damages[damage] = self.damages.get(damage, 0) + houses

    def counted(self, code: str, name: str) -> AreaProgress:
        states = self.states
        return AreaProgress(
            code=code,
            name=name,
            due=sum(n for state, n in states.items() if state != "withdrawn"),
            done=states.get("done", 0),
            overdue=self.overdue,
            in_progress=states.get("in_progress", 0),
            open=states.get("open", 0),
            prepared=states.get("prepared", 0),
            withdrawn=states.get("withdrawn", 0),
            uncertain=self.uncertain,
            by_result=dict(sorted(self.results.items())),
            by_damage=dict(sorted(self.damages.items())),
        )


def progress(session: Session, event_id: int, scope: AreaScope) -> Progress:
    """How far the inspections of an event are within the scope, worst first: most overdue, then most to do."""
    event_of(session, event_id, scope)
    at = clock.now()
    total = _Tally()
    villages: dict[str, _Tally] = {}
    townships: dict[str, _Tally] = {}
    rows = session.execute(text(_PROGRESS), {"event": event_id, "lo": scope.lo, "hi": scope.hi, "at": at})
    for code, state, result, damage, houses, uncertain, overdue in rows:
        of_township = townships.setdefault(township_of(code), _Tally())
        for tally in (total, of_township, villages.setdefault(code, _Tally())):
            tally.add(state, result, damage, houses, overdue, uncertain)
    names = names_of(session, [scope.prefix, *townships, *villages])
    return Progress(
        event_id,
        at,
        total.counted(scope.prefix or "0", names.get(scope.prefix, "")),
        _ranked(townships, names),
        _ranked(villages, names),
        _with_sums(houses_to_see_again(session, event_id, scope), scope),
    )


def _with_sums(houses: dict[str, int], scope: AreaScope) -> dict[str, int]:
    summed = dict(houses)
    for code, count in houses.items():
        for above in {township_of(code), scope.prefix or "0"} - {code}:
            if above == "0" or scope.covers(above):
                summed[above] = summed.get(above, 0) + count
    return summed


def _ranked(tallies: dict[str, _Tally], names: dict[str, str]) -> tuple[AreaProgress, ...]:
    counted = [tally.counted(code, names.get(code, code)) for code, tally in tallies.items()]
    return tuple(sorted(counted, key=lambda area: (-area.overdue, area.done - area.due, area.code)))


# A small map is some 400 pixels wide: finer than half a pixel nobody sees, and the page carries every corner.
SMALL_MAP_STEPS = 800
_OUTLINES = text("""
    WITH township AS (
        SELECT code, geom FROM area
        WHERE level = 'township' AND geom IS NOT NULL AND code >= :lo AND code < :hi
    ), box AS (SELECT ST_Extent(geom) AS all_of_them FROM township)
    SELECT ST_AsGeoJSON(ST_SimplifyPreserveTopology(geom,
        (ST_XMax(all_of_them) - ST_XMin(all_of_them)) / :steps), 4)
    FROM township, box ORDER BY code
""")


def township_outlines(session: Session, scope: AreaScope) -> list[str]:
    """Outlines of the townships of ``scope`` as GeoJSON, simplified for a small map that shows them all."""
    bound = {"lo": scope.lo, "hi": scope.hi, "steps": SMALL_MAP_STEPS}
    return list(session.scalars(_OUTLINES, bound))


def _concerns(scope: AreaScope) -> ColumnElement[bool]:
    """Events of the scope, and those above it."""
    own = and_(HazardEvent.scope_code >= scope.lo, HazardEvent.scope_code < scope.hi)
    return or_(own, func.starts_with(scope.lo, HazardEvent.scope_code))
