"""How many must be moved, are and are not: 应转, 已转, 未转 in 户 and 人, at any moment, by area, with what telephones told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, is_village, township_of
from geo_housing.areas.queries import names_of
from geo_housing.evacuation.figures import Known, Told, known_by_area
from geo_housing.evacuation.models import Evacuation, EvacuationCount, EvacuationFigure
from geo_housing.evacuation.queries import within
from geo_housing.evacuation.released import Standing, released_in, released_of, without_danger
from geo_housing.evacuation.standing_figures import standing_figures
from geo_housing.evacuation.states import MOVED, NOT_HOME, NOT_MOVED
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class AreaTotals:
    """One area: 应转 (``due``) = 已转 (``moved``) + 未转 (``left``), by the names; what telephones told stands beside.

    ``without_family`` of the households are houses of which no family is in the register; ``unnamed`` are told by
    figures and not yet named, ``figure`` is the one that stands for this very area.
    """

    code: str
    name: str
    due: Heads
    moved: Heads
    left: Heads
    by_state: dict[str, Heads]
    without_family: int
    extra: int
    unnamed: Heads
    figure: "FigureEntry | None" = None


@dataclass(frozen=True)
class FigureEntry:
    """电话报数 of one area; ``is_covered``: the names have reached it."""

    id: int
    area: str
    households: int
    people: int | None
    said_at: datetime
    reported_by: str | None
    reported_how: str
    note: str | None
    entered_by: str
    entered_at: datetime
    version: int
    is_covered: bool


@dataclass(frozen=True)
class Totals:
    """An event at a moment: the whole, by township, by village; each level adds up to the whole."""

    event: int
    as_of: datetime
    total: AreaTotals
    townships: tuple[AreaTotals, ...]
    villages: tuple[AreaTotals, ...]
    figures: tuple[FigureEntry, ...]


_PRESENT = """
    SELECT scope_code, state, sum(households)::int AS households, sum(people)::int AS people, sum(unsized)::int AS unsized,
        sum(without_family)::int AS without_family, sum(extra)::int AS extra
    FROM evacuation_count
    WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi
    GROUP BY 1, 2 HAVING sum(households) > 0
"""

# Before its first step after that moment a row stood as this step found it.
_THEN = """(
        SELECT r.id, r.scope_code, coalesce(s.state_before, r.state) AS state, r.household_id, r.house_id, r.origin, r.was_listed,
            CASE WHEN s.evacuation_id IS NULL THEN r.people ELSE s.people_before END AS people
        FROM evacuation r
        LEFT JOIN (
            SELECT DISTINCT ON (evacuation_id) evacuation_id, state_before, people_before, counts_before
            FROM evacuation_step
            WHERE event_id = :event AND at > :as_of AND scope_code >= :lo AND scope_code < :hi
            ORDER BY evacuation_id, id
        ) s ON s.evacuation_id = r.id
        WHERE r.event_id = :event AND r.scope_code >= :lo AND r.scope_code < :hi AND r.opened_at <= :as_of
          AND coalesce(s.counts_before, r.withdrawn_at IS NULL))"""

_COUNTED_THEN = f"""
    SELECT e.scope_code, e.state, count(*) AS households, coalesce(sum(e.people), 0)::int AS people,
        (count(*) - count(e.people))::int AS unsized,
        count(*) FILTER (WHERE e.household_id IS NULL AND e.house_id IS NOT NULL)::int AS without_family,
        count(*) FILTER (WHERE e.origin = 'extra' AND NOT e.was_listed)::int AS extra
    FROM {_THEN} e
    GROUP BY 1, 2
"""


_NOT_MOVED_THEN = f"SELECT e.* FROM {_THEN} e WHERE e.state = ANY (CAST(:states AS text[]))"


@dataclass
class _Tally:
    """One area while its rows come in."""

    states: dict[str, Heads] = field(default_factory=dict)
    without_family: int = 0
    extra: int = 0

    def add(self, state: str, heads: Heads, without_family: int, extra: int) -> None:
        self.states[state] = self.states.get(state, Heads()).plus(heads)
        self.without_family += without_family
        self.extra += extra

    def sum(self, *, moved: bool | None = None) -> Heads:
        wanted = [heads for state, heads in self.states.items() if moved is None or (state in MOVED) == moved]
        return Heads(*(sum(getattr(one, name) for one in wanted) for name in ("households", "people", "unsized")))


def totals(session: Session, event_id: int, scope: AreaScope, *, as_of: datetime | None = None) -> Totals:
    """How many must be moved, are and are not, within the scope; ``as_of`` an earlier moment, as it was known then."""
    at = clock.now()
    values: dict[str, object] = {"event": event_id, "lo": scope.lo, "hi": scope.hi}
    if as_of is not None:
        values["as_of"] = as_of
    total, townships, villages = _Tally(), dict[str, _Tally](), dict[str, _Tally]()
    named: dict[str, Heads] = {}
    for one in _released(session, event_id, scope, as_of):
        less, code = Heads(-1, -(one.people or 0), -(one.people is None)), one.scope_code
        without_family = -(one.household_id is None and one.house_id is not None)
        for tally in (total, townships.setdefault(township_of(code), _Tally()), villages.setdefault(code, _Tally())):
            tally.add(one.state, less, without_family, 0)
    for row in session.execute(text(_PRESENT if as_of is None else _COUNTED_THEN), values):
        heads = Heads(row.households, row.people, row.unsized)
        code = row.scope_code
        for tally in (total, townships.setdefault(township_of(code), _Tally()), villages.setdefault(code, _Tally())):
            tally.add(row.state, heads, row.without_family, row.extra)
        if row.state in MOVED:
            named[code] = named.get(code, NOBODY).plus(heads)
    for tallies in (townships, villages):
        for code in [code for code, tally in tallies.items() if not tally.sum().households]:
            del tallies[code]
    standing = standing_figures(session, event_id, scope, as_of=as_of, rows_then=_THEN)
    told = {one.row.scope_code: Told(one.row.households, one.row.people, one.gone) for one in standing}
    known = known_by_area(named, told)
    figures = {one.row.scope_code: _figure(one.row, known[one.row.scope_code].is_covered) for one in standing}
    for area in figures:
        if len(area) >= TOWNSHIP_DIGITS:
            townships.setdefault(township_of(area), _Tally())
        if is_village(area):
            villages.setdefault(area, _Tally())
    names = names_of(session, {scope.prefix, *townships, *villages} - {""})
    own = scope.prefix if scope.prefix in known else ""
    return Totals(
        event_id,
        as_of or at,
        _counted(scope.prefix or "0", names.get(scope.prefix, ""), total, known.get(own), figures.get(scope.prefix)),
        _ranked(townships, names, known, figures),
        _ranked(villages, names, known, figures),
        tuple(figures[area] for area in sorted(figures)),
    )


def _released(session: Session, event_id: int, scope: AreaScope, as_of: datetime | None) -> Sequence[Standing]:
    """Who counts no more since 误发撤销; of a moment before it nobody."""
    if as_of is None:
        return released_in(session, event_id, scope)
    event = session.get(HazardEvent, event_id)
    if event is None or event.phase != "mistaken" or event.closed_at is None or as_of < event.closed_at:
        return ()
    bound = {"event": event_id, "lo": scope.lo, "hi": scope.hi, "as_of": as_of, "states": list(NOT_MOVED)}
    return without_danger(session, event, session.execute(text(_NOT_MOVED_THEN), bound).all())


@dataclass(frozen=True)
class FirstHeads:
    """Those on the list whose weak house stands in one standing risk area; ``people_said`` who answers for it, masked.

    ``is_ended``: it was taken off (撤销) after the list was made, which says so still.
    """

    zone_id: int
    name: str
    kind: str
    is_ended: bool
    due: Heads
    left: Heads
    people_said: str | None


_FIRST = """
    SELECT z.id AS zone_id, coalesce(z.name, '') AS name, z.kind, z.ended_at IS NOT NULL AS is_ended, count(*)::int AS households,
        coalesce(sum(e.people), 0)::int AS people, (count(*) - count(e.people))::int AS unsized,
        count(*) FILTER (WHERE NOT e.is_moved)::int AS left_households,
        coalesce(sum(e.people) FILTER (WHERE NOT e.is_moved), 0)::int AS left_people,
        (count(*) FILTER (WHERE NOT e.is_moved AND e.people IS NULL))::int AS left_unsized,
        (SELECT string_agg(p.name || coalesce(' ' || p.phone_masked, ''), '、' ORDER BY p.rank)
            FROM standing_person p WHERE p.zone_id = z.id AND p.ended_at IS NULL) AS people_said
    FROM (
        SELECT standing_id, people, state = ANY (CAST(:moved AS text[])) AS is_moved FROM evacuation
        WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi AND withdrawn_at IS NULL
          AND standing_id IS NOT NULL AND id <> ALL (CAST(:released AS bigint[]))
    ) e JOIN hazard_zone z ON z.id = e.standing_id
    GROUP BY z.id ORDER BY left_people DESC, left_households DESC, z.id
"""


def first_heads(session: Session, event_id: int, scope: AreaScope) -> list[FirstHeads]:
    """The first list (首批) by standing area, the most people who are not moved first."""
    released = [one.id for one in released_in(session, event_id, scope)]
    bound = {"event": event_id, "lo": scope.lo, "hi": scope.hi, "moved": list(MOVED), "released": released}
    return [
        FirstHeads(
            row.zone_id,
            row.name,
            row.kind,
            row.is_ended,
            Heads(row.households, row.people, row.unsized),
            Heads(row.left_households, row.left_people, row.left_unsized),
            row.people_said,
        )
        for row in session.execute(text(_FIRST), bound)
    ]


def _counted(code: str, name: str, tally: _Tally, known: Known | None, figure: FigureEntry | None) -> AreaTotals:
    return AreaTotals(
        code=code,
        name=name,
        due=tally.sum(),
        moved=tally.sum(moved=True),
        left=tally.sum(moved=False),
        by_state={state: heads for state, heads in sorted(tally.states.items()) if heads.households},
        without_family=tally.without_family,
        extra=tally.extra,
        unnamed=known.unnamed if known else NOBODY,
        figure=figure,
    )


def _ranked(
    tallies: dict[str, _Tally], names: dict[str, str], known: dict[str, Known], figures: dict[str, FigureEntry]
) -> tuple[AreaTotals, ...]:
    """Worst first: the most households that are neither named nor told to be moved."""
    found = [
        _counted(code, names.get(code, code), tally, known.get(code), figures.get(code))
        for code, tally in tallies.items()
    ]
    return tuple(sorted(found, key=lambda area: (area.unnamed.households - area.left.households, area.code)))


def due_of(session: Session, event_id: int, scope: AreaScope) -> Heads:
    """应转 of an event within the scope."""
    one = EvacuationCount
    row = session.execute(
        select(*(func.coalesce(func.sum(column), 0) for column in (one.households, one.people, one.unsized))).where(
            one.event_id == event_id, one.scope_code >= scope.lo, one.scope_code < scope.hi
        )
    ).one()
    released = released_in(session, event_id, scope)
    return Heads(
        row[0] - len(released),
        row[1] - sum(one.people or 0 for one in released),
        row[2] - sum(one.people is None for one in released),
    )


def _figure(row: EvacuationFigure, is_covered: bool) -> FigureEntry:
    return FigureEntry(
        row.id, row.scope_code, row.households, row.people, row.said_at, row.reported_by, row.reported_how,
        row.note, row.entered_by, row.entered_at, row.version, is_covered,
    )  # fmt: skip


def unplaced_of(session: Session, event_id: int, scope: AreaScope) -> Heads:
    """已转移（去向待核实）: of whom nobody has told where to."""
    one = Evacuation
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(one.people), 0), func.count() - func.count(one.people)).where(
            one.event_id == event_id,
            within(scope),
            one.state == "moved_to_shelter",
            one.withdrawn_at.is_(None),
            one.shelter_id.is_(None),
            func.coalesce(one.destination, "") == "",
        )
    ).one()
    return Heads(row[0], row[1] or 0, row[2])


def left_by_event(
    session: Session, events: Iterable[int], scope: AreaScope, *, called_off: Sequence[int] = ()
) -> dict[int, int]:
    """未转 (户) of each event within the scope; events without a list are not in it. ``called_off``: those of 误发撤销."""
    one = EvacuationCount
    left = func.coalesce(func.sum(one.households).filter(one.state.not_in(MOVED)), 0)
    rows = session.execute(
        select(one.event_id, left, func.sum(one.households))
        .where(one.event_id.in_(list(events)), one.scope_code >= scope.lo, one.scope_code < scope.hi)
        .group_by(one.event_id)
        .having(func.sum(one.households) > 0)
    )
    released = {event: len(found) for event, found in released_of(session, called_off, scope).items()}
    return {row[0]: row[1] - released.get(row[0], 0) for row in rows if row[2] > released.get(row[0], 0)}


def away_of(session: Session, event_id: int, scope: AreaScope) -> int:
    """户 within the scope who are away from home."""
    one = EvacuationCount
    wanted = select(func.coalesce(func.sum(one.households), 0)).where(
        one.event_id == event_id, one.scope_code >= scope.lo, one.scope_code < scope.hi, one.state.in_(NOT_HOME)
    )
    return int(session.execute(wanted).scalar_one())


def moved_of_due(session: Session, event_id: int, scope: AreaScope) -> tuple[int, int]:
    """已转 and 应转 (户) of an event within the scope."""
    one = EvacuationCount
    moved = func.coalesce(func.sum(one.households).filter(one.state.in_(MOVED)), 0)
    row = session.execute(
        select(moved, func.coalesce(func.sum(one.households), 0)).where(
            one.event_id == event_id, one.scope_code >= scope.lo, one.scope_code < scope.hi
        )
    ).one()
    return row[0], row[1] - len(released_in(session, event_id, scope))
