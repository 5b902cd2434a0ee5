"""What the map asks besides tiles: figures of what is in view, villages from far, one house.

Every figure is counted under the same filter and area as the tiles, so that legend, table, file and picture agree.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Integer, and_, case, func, or_, select, tuple_
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotFound
from geo_housing.houses.living import lived_in, stale_before, unsized
from geo_housing.layers.filters import EVERYTHING, Filter, condition
from geo_housing.layers.hazard_layers import EMERGENCY_INSPECTIONS
from geo_housing.layers.house_layer import CATEGORIES, HEADS, HOUSES
from geo_housing.layers.queries import rows_of
from geo_housing.layers.tables import EVENT, HOUSE, INSPECTION, ZONE
from geo_housing.maps.tiles import tile_columns
from geo_housing.scope import AreaScope
from geo_housing.words import INSPECTION_STATE, RENOVATION, RISK

MOST_EVENTS = 30


@dataclass(frozen=True)
class ViewCounts:
    """Figures of what is in view. Each list counts 栋 under all filters but its own: the legend is the filter.

    ``unlocated`` are 栋 of the same filter and area without a point: they are on no map.
    """

    total_houses: int
    total_households: int
    by_risk: dict[str, int]
    by_renovation: dict[str, int]
    unlocated: int


def view_counts(session: Session, wanted: Filter, scope: AreaScope) -> ViewCounts:
    """One pass over the houses in view."""
    h = HOUSE.c
    open_lists = replace(wanted, risk=(), renovation=())
    rows = session.execute(
        select(h.risk, h.renovation, func.count().label("houses"), func.sum(h.households).label("households"))
        .where(condition(open_lists, scope=scope), h.tile_key.is_not(None))
        .group_by(h.risk, h.renovation)
    ).all()
    risks: Counter[str] = Counter()
    renovations: Counter[str] = Counter()
    houses = households = 0
    for row in rows:
        of_risk = not wanted.risk or row.risk in wanted.risk
        of_renovation = not wanted.renovation or row.renovation in wanted.renovation
        risks[row.risk] += row.houses if of_renovation else 0
        renovations[row.renovation] += row.houses if of_risk else 0
        houses += row.houses if of_risk and of_renovation else 0
        households += row.households if of_risk and of_renovation else 0
    without = replace(wanted, bbox=None, within=None, location=("unlocated",))
    unlocated = session.execute(select(func.count()).where(condition(without, scope=scope))).scalar_one()
    return ViewCounts(
        houses,
        households,
        {code: risks[code] for code in RISK},
        {code: renovations[code] for code in RENOVATION},
        unlocated,
    )


# What must be done first stands first; 未评定 may hide anything, so it comes before the safe ones.
ROW_ORDER = ("D", "C", "suspected", "none", "B", "A")
ROWS = 100


def rows_in_view(session: Session, wanted: Filter, scope: AreaScope, *, cursor: str | None) -> dict[str, Any]:
    """A page of located houses in the order of ROW_ORDER, then code; ``next`` is the cursor after it."""
    h = HOUSE.c
    order = case({code: place for place, code in enumerate(ROW_ORDER)}, value=h.risk, else_=len(ROW_ORDER))
    columns = tile_columns(HOUSES)
    lon, lat = func.ST_X(h.geom).label("lon"), func.ST_Y(h.geom).label("lat")
    statement = rows_of(HOUSES, columns, wanted, scope).add_columns(lon, lat, order.label("_order"))
    statement = statement.where(h.tile_key.is_not(None)).order_by(order, h.code).limit(ROWS + 1)
    if cursor:
        statement = statement.where(tuple_(order, h.code) > tuple_(*_place_of(cursor)))
    found = [dict(row) for row in session.execute(statement).mappings()]
    places = [f"{row.pop('_order')}.{row['house_code']}" for row in found]
    return {"items": found[:ROWS], "next": places[ROWS - 1] if len(found) > ROWS else None}


def _place_of(cursor: str) -> tuple[Any, Any]:
    order, _, code = cursor.partition(".")
    if not (order.isascii() and order.isdigit() and len(order) < 3) or "\x00" in code:
        raise BadInput("cursor 不对：请原样使用上一页返回的 next。")
    return value_of(int(order), Integer), value_of(code, HOUSE.c.code.type)


@dataclass(frozen=True)
class Measure:
    """What villages are coloured by: ``figure`` 栋 per 100 户; of which ``risk`` and ``renovation`` (empty: of all)."""

    code: str
    label: str
    figure: str
    risk: tuple[str, ...]
    renovation: tuple[str, ...] = ()

    def is_left_out(self, wanted: Filter) -> bool:
        """Whether a filter leaves nothing of what is measured: a 0 would then say that the village is safe."""
        return any(
            counted and asked and not set(counted) & set(asked)
            for counted, asked in ((self.risk, wanted.risk), (self.renovation, wanted.renovation))
        )


MEASURES: dict[str, Measure] = {
    measure.code: measure
    for measure in (
        Measure("dangerous_lived_in", "C、D级有人居住（栋/百户）", "cd", ("C", "D")),
        Measure("suspected", "疑似危房（栋/百户）", "suspected", ("suspected",)),
        Measure("unassessed", "未评定（栋/百户）", "unassessed", ("none",)),
        Measure("unplanned", "C、D级未纳入改造计划（栋/百户）", "unplanned", ("C", "D"), ("unplanned",)),
    )
}
DEFAULT_MEASURE = "dangerous_lived_in"


@dataclass(frozen=True)
class VillageFigures:
    """Figures of one village under a filter: 栋 everywhere, 户 in ``households``.

    ``all_households`` are the 户 of the village under no filter, which ``value`` is per 100 of; None where nobody lives
    or where the filter leaves nothing of what is measured.
    """

    code: str
    value: float | None
    all_households: int
    houses: int
    households: int
    cd: int
    suspected: int
    unassessed: int
    unplanned: int
    unlocated: int


def village_figures(session: Session, wanted: Filter, scope: AreaScope, measure: Measure) -> list[VillageFigures]:
    """All villages with houses, by the village that is responsible for the house; without one of ``wanted`` all are 0.

    A rate per 100 households of those that a filter has left would be 100 wherever one dangerous house is left.
    """
    h = HOUSE.c
    dangerous = h.risk.in_(("C", "D"))
    lived_in = condition(Filter(lived_in=True, fresh_since=wanted.fresh_since))
    counted = {
        "cd": and_(dangerous, lived_in),
        "suspected": h.risk == "suspected",
        "unassessed": h.risk == "none",
        "unplanned": and_(dangerous, h.renovation == "unplanned"),
        "unlocated": h.tile_key.is_(None),
    }
    rows = session.execute(
        select(
            h.scope_code.label("code"),
            func.count().label("houses"),
            func.sum(h.households).label("households"),
            *(func.count().filter(which).label(name) for name, which in counted.items()),
        )
        .where(condition(wanted, scope=scope), func.length(h.scope_code) == 12)
        .group_by(h.scope_code)
        .order_by(h.scope_code)
    ).mappings()
    found = {row["code"]: dict(row) for row in rows}
    if replace(wanted, area=None, fresh_since=None) == EVERYTHING:
        return [_figures(row, int(row["households"]), measure) for row in found.values()]
    nothing = dict.fromkeys(("houses", "households", *counted), 0)
    shown = None if measure.is_left_out(wanted) else measure
    return [
        _figures(found.get(code, {"code": code, **nothing}), households, shown)
        for code, households in village_households(session, scope.narrowed(wanted.area)).items()
    ]


def village_households(session: Session, scope: AreaScope) -> dict[str, int]:
    """户 of every village with houses in ``scope``, by code in order."""
    h = HOUSE.c
    rows = session.execute(
        select(h.scope_code, func.sum(h.households))
        .where(condition(EVERYTHING, scope=scope), func.length(h.scope_code) == 12)
        .group_by(h.scope_code)
        .order_by(h.scope_code)
    )
    return {row[0]: int(row[1]) for row in rows}


def per_hundred(houses: int, all_households: int) -> float | None:
    """栋 per 100 户, one measure on the map, the desk and the wall; None where no household is registered."""
    return round(100 * houses / all_households, 2) if all_households else None


def _figures(row: dict[str, Any], all_households: int, measure: Measure | None) -> VillageFigures:
    value = per_hundred(row[measure.figure], all_households) if measure else None
    households = int(row.pop("households"))
    return VillageFigures(value=value, all_households=all_households, households=households, **row)


POPUP = (
    "house_code area_code township village declared_village settlement location_state head lon lat structure built_year"
    " storeys rooms area_m2 occupancy occupancy_checked_on grade grade_basis graded_on risk renovation renovation_year"
    " measure"
).split()


def house_facts(session: Session, actor: Actor, code: str) -> dict[str, Any]:
    """One house by its code; NotFound outside the actor's area."""
    columns = [column for column in HOUSES.visible(actor, "ledger") if column.name in POPUP]
    statement = rows_of(HOUSES, columns, Filter(), actor.scope).where(HOUSE.c.code == code)
    living = lived_in(HOUSE.c, stale_before(session, actor.scope))
    statement = statement.add_columns(
        HOUSE.c.people.label("people"),
        unsized(HOUSE.c, living).label("households_without_size"),
        HOUSE.c.traits.label("traits"),
    )
    row = session.execute(statement).mappings().one_or_none()
    if row is None:
        raise NotFound(f"没有编号为 {code} 的房屋，或不在您的管辖范围内。")
    facts = dict(row)
    if not actor.may(HEADS):
        del facts["people"], facts["households_without_size"]
    traits = facts.pop("traits")
    if actor.may(CATEGORIES):
        facts["traits"] = sorted(set(traits or ()))
    return facts


@dataclass(frozen=True)
class OpenEvent:
    """An event of the panel. ``has_inspections``: its tasks have been given."""

    id: int
    scope_code: str
    name: str
    kind: str
    level: str
    phase: str
    mode: str
    has_inspections: bool

    @property
    def is_over(self) -> bool:
        """Whether it is closed, or was a mistake: shown to whoever asks for it, and marked."""
        return self.phase in OVER


OVER = ("closed", "mistaken")


def open_events(session: Session, *, event: int | None = None, also: Collection[int] = ()) -> list[OpenEvent]:
    """Events of the actor's area that are not over, and those of ``also``, the newest first; or the one ``event``."""
    e = EVENT.c
    wanted = e.id == event if event is not None else or_(e.phase.not_in(OVER), e.id.in_(list(also)))
    rows = session.execute(
        select(e.id, e.scope_code, e.name, e.kind, e.level, e.phase, e.mode, e.responded_at.is_not(None))
        .where(wanted, e.revision > 0)
        .order_by(e.created_at.desc())
        .limit(MOST_EVENTS)
    )
    return [OpenEvent(*row) for row in rows]


def inspection_counts(session: Session, wanted: Filter, scope: AreaScope) -> dict[str, Any]:
    """Inspections in view by state (under all filters but the state), how many are overdue, how many have no point."""
    layer = EMERGENCY_INSPECTIONS
    overdue = layer.column("overdue")
    assert overdue is not None, "the layer has it"
    rows = session.execute(
        select(INSPECTION.c.state, func.count(), func.count().filter(overdue.value))
        .select_from(layer.source)
        .where(condition(replace(wanted, state=()), layer=layer, scope=scope), HOUSE.c.tile_key.is_not(None))
        .group_by(INSPECTION.c.state)
    ).all()
    states = {row[0]: row[1] for row in rows}
    without = replace(wanted, bbox=None, within=None, location=("unlocated",))
    unlocated = session.execute(
        select(func.count()).select_from(layer.source).where(condition(without, layer=layer, scope=scope))
    ).scalar_one()
    return {
        "by_state": {state: states.get(state, 0) for state in INSPECTION_STATE},
        "overdue": sum(row[2] for row in rows),
        "unlocated": unlocated,
    }


def has_standing_areas(session: Session) -> bool:
    """Whether any standing risk area holds today."""
    found = select(ZONE.c.id).where(ZONE.c.event_id.is_(None), ZONE.c.ended_at.is_(None)).limit(1)
    return session.execute(found).first() is not None
