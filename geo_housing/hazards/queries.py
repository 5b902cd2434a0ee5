"""Reading events, their zones, and whom they concern (影响分析)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shapely import MultiPolygon
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from geo_housing.hazards import earlier, overlay, without_home
from geo_housing.hazards.without_home import WithoutHome, count_without_home
from geo_housing.houses.living import stale_before, unsized_sql
from geo_housing.scope import EVERYWHERE, AreaScope
from geo_housing.words import KEY_GROUPS, RISK, STRUCTURE, TRAIT


@dataclass(frozen=True)
class AffectedArea:
    """One village (or township, county for houses in no village): 栋, 户, 人 of houses inside; ``uncertain`` 栋 beside."""

    code: str
    name: str
    houses: int
    households: int
    people: int
    households_without_size: int
    uncertain: int
    by_risk: dict[str, int]
    key_groups: dict[str, int]
    evacuation_traits: dict[str, int]


@dataclass(frozen=True)
class Affected:
    """影响分析 of an event, or of a drawing (``event`` None). Every total is the sum over ``areas``.

    ``houses`` 栋 whose point lies in a zone; ``uncertain`` further 栋 with no or a disputed point, declared in a
    division that a zone touches. ``people`` leaves out whom nobody counted: ``households_without_size`` 户 of the
    ``households``. ``key_groups`` and ``evacuation_traits`` count 户, ``by_structure`` and ``lived_in`` 栋.
    ``declared_elsewhere`` 栋 are in no other figure: declared in a touched division of the area, they count in another
    area, where their disputed point lies. ``without_home`` 户 are in no other figure either: they wait for a home, and
    lived where the zones lie.
    """

    event: int | None
    houses: int
    households: int
    people: int
    households_without_size: int
    uncertain: int
    by_risk: dict[str, int]
    key_groups: dict[str, int]
    evacuation_traits: dict[str, int]
    by_structure: dict[str, int]
    lived_in: int
    declared_elsewhere: int
    without_home: WithoutHome
    areas: tuple[AffectedArea, ...]


@dataclass(frozen=True)
class Beside:
    """What stands beside the figures and in none of them."""

    declared_elsewhere: int
    without_home: WithoutHome


# One pass over the houses, one hash table; its few rows are summed up in three ways, and the combinations of arrays are taken
# apart in Python.
_COUNTED = f"""
    SELECT grouping(risk) = 0 AS of_risk, grouping(traits) = 0 AS of_families, scope_code, risk, key_groups, traits,
        structure, lived_in, sum(houses)::bigint AS houses, sum(households)::bigint AS households,
        sum(people)::bigint AS people, sum(unsized)::bigint AS unsized, sum(doubtful)::bigint AS doubtful,
        0::bigint AS candidates
    FROM (
        SELECT scope_code, risk, key_groups, traits, structure, lived_in, count(*) AS houses,
            sum(households) AS households, sum(people) AS people, sum({unsized_sql("h")}) AS unsized,
            count(*) FILTER (WHERE location_state <> 'located' AND declared IN (SELECT code FROM touched)) AS doubtful
        FROM inside h
        GROUP BY scope_code, risk, key_groups, traits, structure, lived_in
    ) h
    GROUP BY GROUPING SETS ((scope_code, risk), (scope_code, key_groups, traits), (structure, lived_in))
"""
_CANDIDATES_COUNTED = "SELECT scope_code, count(*) AS houses FROM candidate GROUP BY scope_code"


def affected(session: Session, event_id: int, scope: AreaScope = EVERYWHERE) -> Affected:
    """Whom the event's present zones concern within ``scope`` (and the actor's area)."""
    parts = (overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT)
    bound = {"event": event_id}
    beside = Beside(
        _declared_elsewhere(session, (overlay.TOUCHED_BY_EVENT,), bound, scope),
        count_without_home(session, parts, bound, scope),
    )
    overlapping = zones_overlap(session, event_id)
    return _analysed(session, parts, bound, scope, beside, overlapping=overlapping, event=event_id)


def affected_by_geometry(session: Session, zone: MultiPolygon, scope: AreaScope = EVERYWHERE) -> Affected:
    """The same for a valid lon/lat multipolygon that is not stored: what a drawing would concern."""
    parts = (overlay.PIECES_OF_DRAWING, overlay.TOUCHED_BY_DRAWING)
    bound = overlay.values_of_drawing(zone)
    waiting = (overlay.PIECES_OF_DRAWING, without_home.TOUCHED_BY_DRAWING)
    beside = Beside(
        _declared_elsewhere(session, (overlay.ELSEWHERE_TOUCHED_BY_DRAWING,), {"zone": bound["zone"]}, scope),
        count_without_home(session, waiting, bound, scope),
    )
    return _analysed(session, parts, bound, scope, beside, overlapping=False, event=None)


def affected_by_plan(session: Session, plan: Mapping[str, Any], scope: AreaScope = EVERYWHERE) -> Affected:
    """The same for an event as it would be: ``plan`` as overlay.values_of_plan makes it; nothing is stored."""
    return _analysed(session, PLAN, plan, scope, beside_of_plan(session, plan, scope), overlapping=True, event=None)


def affected_by_revision(
    session: Session, event_id: int, revision: int, scope: AreaScope = EVERYWHERE
) -> Affected | None:
    """The same for an earlier revision of an event's zones, as ``affected`` said it then; None where none is known."""
    bound = earlier.values_of_revision(session, event_id, revision)
    if bound is None:
        return None
    parts = (earlier.PIECES_OF_REVISION, earlier.TOUCHED_BY_REVISION)
    beside = Beside(
        _declared_elsewhere(session, parts, bound, scope),
        count_without_home(session, parts, bound, scope),
    )
    return _analysed(session, parts, bound, scope, beside, overlapping=True, event=event_id)


PLAN = (overlay.PIECES_OF_PLAN, overlay.DRAWN_OF_PLAN, overlay.TOUCHED_BY_PLAN)


def beside_of_plan(session: Session, plan: Mapping[str, Any], scope: AreaScope) -> Beside:
    """What stands beside the figures of an event as it would be."""
    return Beside(
        _declared_elsewhere(session, (overlay.DRAWN_OF_PLAN, overlay.TOUCHED_BY_PLAN), plan, scope),
        count_without_home(session, PLAN, plan, scope),
    )


def concerns(session: Session, event_id: int, scope: AreaScope) -> bool:
    """Whether the event's present zones concern anybody within ``scope``; looks no further than the first house."""
    parts = ", ".join(
        (overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT, overlay.INSIDE, overlay.CANDIDATES),
    )
    statement = f"WITH {parts} SELECT EXISTS (SELECT FROM candidate) OR EXISTS (SELECT FROM inside)"
    bound = {
        "event": event_id,
        "scope_lo": scope.lo,
        "scope_hi": scope.hi,
        "stale_before": stale_before(session, scope),
    }
    if session.scalar(text(statement), bound):
        return True
    parts_read = (overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT)
    return count_without_home(session, parts_read, {"event": event_id}, scope).households > 0


_OVERLAP = """
    SELECT EXISTS (
        SELECT FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id AND a.whole WHERE z.event_id = :event)
      OR EXISTS (
        SELECT FROM hazard_zone a JOIN hazard_zone b ON a.id < b.id AND a.geom && b.geom
        WHERE a.event_id = :event AND b.event_id = :event
          AND EXISTS (SELECT FROM hazard_zone_piece p WHERE p.zone_id = a.id)
          AND EXISTS (SELECT FROM hazard_zone_piece p WHERE p.zone_id = b.id))
"""


def zones_overlap(session: Session, event_id: int) -> bool:
    """Whether a house may lie in two present zones of the event, so that houses must be made distinct."""
    return bool(session.scalar(text(_OVERLAP), {"event": event_id}))


def _analysed(
    session: Session,
    parts: tuple[str, ...],
    values: Mapping[str, Any],
    scope: AreaScope,
    beside: Beside,
    *,
    overlapping: bool,
    event: int | None,
) -> Affected:
    inside = overlay.INSIDE_ONCE if overlapping else overlay.INSIDE
    statement = (
        f"WITH {', '.join((*parts, overlay.CANDIDATES, inside))}, counted AS ({_COUNTED}),"
        f" candidates AS ({_CANDIDATES_COUNTED})"
        " SELECT c.*, a.name FROM counted c LEFT JOIN area a ON a.code = c.scope_code"
        " UNION ALL SELECT true, false, c.scope_code, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, c.houses, a.name"
        " FROM candidates c LEFT JOIN area a ON a.code = c.scope_code"
    )
    bound = {**values, "scope_lo": scope.lo, "scope_hi": scope.hi, "stale_before": stale_before(session, scope)}
    return summed(session.execute(text(statement), bound).all(), event, beside)


def _declared_elsewhere(session: Session, touched: tuple[str, ...], values: Mapping[str, Any], scope: AreaScope) -> int:
    """Houses (栋) that the area declares in a touched division and that count elsewhere."""
    parts = ", ".join((overlay.ELSEWHERE, *touched))
    statement = f"WITH {parts} SELECT count(*) FROM elsewhere WHERE code IN (SELECT code FROM touched)"
    return session.scalar(text(statement), {**values, "scope_lo": scope.lo, "scope_hi": scope.hi}) or 0


@dataclass
class _Tally:
    """One area while its rows come in."""

    name: str
    houses: int = 0
    households: int = 0
    people: int = 0
    unsized: int = 0
    uncertain: int = 0
    risks: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    traits: Counter[str] = field(default_factory=Counter)

    def counted(self, code: str) -> AffectedArea:
        """The finished entry; every code of a list appears, with 0 where there is none."""
        return AffectedArea(
            code=code,
            name=self.name,
            houses=self.houses,
            households=self.households,
            people=self.people,
            households_without_size=self.unsized,
            uncertain=self.uncertain,
            by_risk=_complete(self.risks, RISK),
            key_groups=_complete(self.groups, KEY_GROUPS),
            evacuation_traits=_complete(self.traits, TRAIT),
        )


def _complete(found: Counter[str], codes: Iterable[str]) -> dict[str, int]:
    known = {code: found[code] for code in codes}
    return known | {code: n for code, n in sorted(found.items()) if code not in known}


def _added(parts: Iterable[dict[str, int]], codes: Iterable[str]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return _complete(total, codes)


def summed(rows: Sequence[Row[Any]], event: int | None, beside: Beside) -> Affected:
    """The rows of the statement as the answer; what is doubtful inside a zone is not counted as uncertain again."""
    tally: dict[str, _Tally] = {}
    structures: Counter[str] = Counter()
    lived_in = 0
    for row in rows:
        if not row.houses and not row.of_risk:
            continue
        if row.scope_code is None:
            structures[row.structure or "unknown"] += row.houses
            lived_in += row.houses if row.lived_in else 0
            continue
        area = tally.setdefault(row.scope_code, _Tally(row.name or row.scope_code))
        if row.of_risk:
            area.houses += row.houses
            area.households += row.households
            area.people += row.people
            area.unsized += row.unsized
            area.uncertain += row.candidates - row.doubtful
            if row.houses:
                area.risks[row.risk] += row.houses
        else:
            for code in row.key_groups or ():
                area.groups[code] += row.houses
            for code in row.traits or ():
                area.traits[code] += row.houses
    areas = tuple(area.counted(code) for code, area in sorted(tally.items()) if area.houses or area.uncertain)
    return Affected(
        event=event,
        houses=sum(area.houses for area in areas),
        households=sum(area.households for area in areas),
        people=sum(area.people for area in areas),
        households_without_size=sum(area.households_without_size for area in areas),
        uncertain=sum(area.uncertain for area in areas),
        by_risk=_added((area.by_risk for area in areas), RISK),
        key_groups=_added((area.key_groups for area in areas), KEY_GROUPS),
        evacuation_traits=_added((area.evacuation_traits for area in areas), TRAIT),
        by_structure=_complete(structures, STRUCTURE),
        lived_in=lived_in,
        declared_elsewhere=beside.declared_elsewhere,
        without_home=beside.without_home,
        areas=areas,
    )
