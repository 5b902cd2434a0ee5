"""The inspections of one area for the screen and for the printed page: what must be done first on top."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.hazards.facts import Occupancy
from geo_housing.houses.heads import heads_of_house
from geo_housing.houses.living import UNSIZED_SQL, stale_before
from geo_housing.inspections.again import MUST_LOOK_AGAIN
from geo_housing.inspections.priority import SEES_URGENCY, reasons_for_village, reasons_said
from geo_housing.masking import mask_name
from geo_housing.scope import AreaScope

PAGE_ROWS = 200


@dataclass(frozen=True)
class InspectionRow:
    """One inspection with its house.

    ``again``: it must be looked at again (inspections/again.py), and stands among those that are not done.
    For those who may not see families heads are masked, traits and reasons empty, people, priority and due time None.
    """

    id: int
    scope_code: str
    house_code: str
    heads: str
    people: int | None
    households_without_size: int
    traits: tuple[str, ...]
    settlement: str | None
    structure: str | None
    risk: str
    grade_basis: str | None
    state: str
    priority: int | None
    reasons: tuple[str, ...]
    uncertain: bool
    due_at: datetime | None
    is_overdue: bool
    again: bool
    result: str | None
    damage: str | None
    rooms: str
    visitor: str | None
    visited_at: datetime | None
    lon: float | None
    lat: float | None


# Families are looked up for the rows of the page alone. A page goes on after the last row of the page before it, whatever
# was finished meanwhile; that row is named by its number and whether it was done then.
_ROWS = """
    WITH wanted AS (
        SELECT i.id, i.scope_code, i.house_id, i.state, i.priority, i.reasons, i.uncertain, i.due_at, i.result, i.damage,
            i.rooms_collapsed, i.rooms_severe, i.rooms_slight, i.visitor, i.visited_at, h.code, h.settlement, h.structure,
            h.risk, CASE WHEN h.grade = h.risk THEN h.grade_basis END AS grade_basis, h.people,
            {unsized} AS households_without_size, h.traits, h.geom, h.occupancy, h.occupancy_checked_on,
            h.rooms AS registered_rooms, h.owner,
            {done} AS is_done, {again} AS again, {place} AS place, {urgency} AS urgency
        FROM emergency_inspection i
        JOIN house h ON h.id = i.house_id
        WHERE i.event_id = :event AND i.state <> 'withdrawn' AND i.scope_code >= :lo AND i.scope_code < :hi
          AND (CAST(:after AS bigint) IS NULL OR ({done}, i.scope_code, {urgency}, {rank}, {settlement}, h.code) > (
              SELECT CAST(:after_done AS bool), i.scope_code, {urgency}, {rank}, {settlement}, h.code
              FROM emergency_inspection i JOIN house h ON h.id = i.house_id
              WHERE i.id = CAST(:after AS bigint) AND i.event_id = :event))
        ORDER BY is_done, i.scope_code, urgency, place, {settlement}, h.code
        LIMIT :limit
    )
    SELECT w.*, coalesce(w.state IN ('open', 'in_progress') AND w.due_at < :at, false) AS is_overdue,
        ST_X(w.geom) AS lon, ST_Y(w.geom) AS lat, f.heads
    FROM wanted w
    LEFT JOIN LATERAL (
        SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE k.head IS NOT NULL) AS heads
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.house_id = w.house_id AND l.relation = 'lives' AND l.to_on IS NULL
    ) f ON true
    ORDER BY w.is_done, w.scope_code, w.urgency, w.place, {settlement_of_page}, w.code
"""
_RANK = "array_position(ARRAY['D', 'C', 'suspected', 'none', 'B', 'A'], h.risk)"
# A house without a settlement stands after all that have one.
_SETTLEMENT = "coalesce({table}.settlement, U&'\\FFFD') COLLATE \"C\""


@dataclass(frozen=True)
class RowPosition:
    """Where a page begins: after this inspection, which was done then or was not."""

    after: int
    was_done: bool

    def __str__(self) -> str:
        return f"{self.after}-{int(self.was_done)}"


def place_of(text: str | None) -> RowPosition | None:
    """The place that an address names; BadInput when it names none."""
    if not text:
        return None
    number, _, done = text.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and done in ("0", "1")):
        raise BadInput("翻页位置不对，请从列表第一页重新开始。")
    return RowPosition(int(number), done == "1")


def rows_of(
    session: Session,
    actor: Actor,
    event_id: int,
    scope: AreaScope,
    *,
    limit: int = PAGE_ROWS,
    after: RowPosition | None = None,
    for_village: bool = False,
) -> list[InspectionRow]:
    """Inspections of an event within the scope: unfinished ones first, then by village, priority (if seen) and risk.

    ``for_village``: a paper that goes to the village, whose reasons do not tell which family is of the six groups.
    """
    again, fresh_since = MUST_LOOK_AGAIN.format(i="i"), stale_before(session, scope)
    statement = _ROWS.format(
        done=f"(i.state = 'done' AND NOT {again})",
        again=again,
        unsized=UNSIZED_SQL,
        place=_RANK,
        rank=_RANK,
        urgency="i.priority" if actor.may(SEES_URGENCY) else "CAST(0 AS smallint)",
        settlement=_SETTLEMENT.format(table="h"),
        settlement_of_page=_SETTLEMENT.format(table="w"),
    )
    values = {
        "event": event_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "at": clock.now(),
        "after": after.after if after else None,
        "after_done": after.was_done if after else None,
        "limit": limit,
        "stale_before": fresh_since,
    }
    say = reasons_for_village if for_village else reasons_said
    return [_row(row, actor, fresh_since, say) for row in session.execute(text(statement), values)]


def order_in_village(actor: Actor) -> str:
    """How the rows of a village (``i``, its house ``h``) stand on every list, so that their numbers are the same ones."""
    urgency = "i.priority, " if actor.may(SEES_URGENCY) else ""
    done = f"(i.state = 'done' AND NOT {MUST_LOOK_AGAIN.format(i='i')})"
    return f"{done}, {urgency}{_RANK}, {_SETTLEMENT.format(table='h')}, h.code"


def _row(
    row: Any, actor: Actor, fresh_since: date, say: Callable[[Sequence[str], Occupancy], list[str]]
) -> InspectionRow:
    may_see = actor.may("heads.view")
    sees_urgency = actor.may(SEES_URGENCY)
    occupancy = Occupancy(row.occupancy, row.occupancy_checked_on, fresh_since)
    return InspectionRow(
        id=row.id,
        scope_code=row.scope_code,
        house_code=row.code,
        heads="、".join(heads_of_house(row.heads or (), row.owner, str if may_see else mask_name)),
        people=row.people if may_see else None,
        households_without_size=row.households_without_size if may_see else 0,
        traits=tuple(dict.fromkeys(row.traits or [])) if may_see else (),
        settlement=row.settlement,
        structure=row.structure,
        risk=row.risk,
        grade_basis=row.grade_basis,
        state=row.state,
        priority=row.priority if sees_urgency else None,
        reasons=tuple(say(row.reasons, occupancy)) if sees_urgency else (),
        uncertain=row.uncertain,
        due_at=row.due_at if sees_urgency else None,
        is_overdue=row.is_overdue,
        again=row.again,
        result=row.result,
        damage=row.damage,
        rooms=rooms_text(row.rooms_collapsed, row.rooms_severe, row.rooms_slight, row.registered_rooms),
        visitor=row.visitor if may_see else None,
        visited_at=row.visited_at,
        lon=row.lon,
        lat=row.lat,
    )


def rooms_text(collapsed: int | None, severe: int | None, slight: int | None, registered: int | None) -> str:
    """倒塌2间 严重1间: only what there is; marked where it is more than the house is registered with."""
    parts = (("倒塌", collapsed), ("严重", severe), ("一般", slight))
    damaged = sum(count or 0 for _, count in parts)
    mark = "（多于登记）" if registered is not None and damaged > registered else ""
    return " ".join(f"{label}{count}间" for label, count in parts if count) + mark
