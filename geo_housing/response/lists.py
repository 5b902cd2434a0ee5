"""分村应急排查名单: the rows of a village list, names and phones only for those allowed; making one is journalled as an export."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.areas.queries import maker_of, names_of
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed
from geo_housing.hazards.facts import Occupancy
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import Stand
from geo_housing.hazards.without_home import WithoutHome
from geo_housing.houses.heads import heads_of_house
from geo_housing.houses.living import UNSIZED_SQL, stale_before
from geo_housing.inspections.again import MUST_LOOK_AGAIN
from geo_housing.inspections.priority import SEES_URGENCY, reasons_for_village
from geo_housing.inspections.stages import WARNED_AGAIN
from geo_housing.journal.service import Subject, record
from geo_housing.response import waiting
from geo_housing.response.queries import event_of
from geo_housing.response.rows import order_in_village
from geo_housing.roster.full_phones import FullPhones, household_numbers
from geo_housing.words import (
    CHECK_RESULT,
    DAMAGE_CLASS,
    FINDING_ITEM,
    GRADE_BASIS,
    INSPECTION_STATE,
    REPORTED_HOW,
    RISK,
    STRUCTURE,
    TRAIT,
)

TITLE = "分村应急排查名单"
# In place of the state, so that the workbook's own filter shows these houses alone.
TO_SEE_AGAIN = "需再次查看"


@dataclass(frozen=True)
class ListRow:
    """One house of the list; for those who may not see families nothing of who lives there (``people`` None)."""

    scope_code: str
    heads: str
    phones: str
    people: int | None
    households_without_size: int
    traits: str
    house_code: str
    settlement: str
    structure: str
    risk: str
    priority: str
    due_at: datetime | None
    state: str
    result: str
    damage: str
    rooms: tuple[int | None, int | None, int | None]
    finding_items: str
    findings: str
    visitor: str
    visited_at: datetime | None
    reported_how: str
    reported_by: str
    reported_at: datetime | None
    entered_by: str
    remark: str
    again: bool
    mark: str


@dataclass(frozen=True)
class VillageList:
    """Everything that goes into the workbook."""

    event: HazardEvent
    as_of: datetime
    made_by: str
    rows: tuple[ListRow, ...]
    names: dict[str, str]
    shows_families: bool
    # As the event stands in the list's area.
    level_said: str
    phase_said: str
    # Of the list's area.
    area: str
    without_home: WithoutHome
    waiting_rows: tuple[tuple[int | str, ...], ...]
    full: FullPhones | None = None


_ROWS = """
    SELECT i.id, i.version, i.scope_code, i.state, i.priority, i.reasons, i.uncertain, i.due_at, i.result, i.damage, i.rooms_collapsed,
        i.rooms_severe, i.rooms_slight, i.finding_items, i.findings, i.visitor, i.visited_at, i.reported_how, i.reported_by,
        i.reported_at, i.entered_by, h.code, h.settlement, h.structure, h.risk, h.grade, h.grade_basis,
        h.people, {unsized} AS households_without_size, h.traits, h.location_state, h.occupancy, h.occupancy_checked_on,
        h.rooms AS registered_rooms, h.owner, {again} AS again, f.heads, f.phones, f.phone_owners
    FROM emergency_inspection i
    JOIN house h ON h.id = i.house_id
    LEFT JOIN LATERAL (
        SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE k.head IS NOT NULL) AS heads,
            array_agg(k.phone_masked ORDER BY k.id) FILTER (WHERE k.phone_masked IS NOT NULL) AS phones,
            array_agg(k.id ORDER BY k.id) FILTER (WHERE k.phone_masked IS NOT NULL) AS phone_owners
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
    ) f ON true
    WHERE i.event_id = :event AND i.state <> 'withdrawn' AND i.scope_code >= :lo AND i.scope_code < :hi
    ORDER BY i.scope_code, {in_village}
"""


def village_list(
    session: Session, actor: Actor, event_id: int, *, area: str | None = None, full: FullPhones | None = None
) -> VillageList:
    """The list of an event's inspections within the actor's area (or ``area`` in it); journalled as an export.

    ``full``: somebody has pressed for full telephone numbers.
    """
    if not (actor.may("export") or actor.may("inspections.enter")):
        raise NotAllowed("您没有导出名单的权限。")
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    statement = _ROWS.format(
        in_village=order_in_village(actor),
        again=MUST_LOOK_AGAIN.format(i="i"),
        unsized=UNSIZED_SQL,
    )
    fresh_since = stale_before(session, scope)
    bound = {"event": event_id, "lo": scope.lo, "hi": scope.hi, "stale_before": fresh_since}
    found = session.execute(text(statement), bound).all()
    without_home = waiting.concerned(session, event, scope)
    owners = [owner for row in found for owner in row.phone_owners or ()]
    phones = household_numbers(session, [*owners, *(family.household_id for family in without_home)], full)
    rows = tuple(_row(row, actor, fresh_since, phones) for row in found)
    if not rows and event.responded_at is None:
        raise Conflict("这个事件还没有下达任务，没有名单可出；请先核对影响范围并下达任务。")
    codes = {row.scope_code for row in rows} | {family.scope_code for family in without_home}
    record(
        session,
        actor,
        "export.village_list",
        Subject("event", str(event_id), scope.prefix or event.scope_code),
        counts={
            "rows": len(rows) + len(without_home),
            "villages": len(codes),
            "personal": actor.may("heads.view"),
            "format": "xlsx",
            **({} if full is None else {**full.counts, "phones": len(phones)}),
        },
    )
    names = names_of(
        session, {code[:length] for code in codes for length in (COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS)}
    )
    made_by = maker_of(session, actor)
    stand = Stand(session, event)
    return VillageList(
        event,
        clock.now(),
        made_by,
        rows,
        names,
        shows_families=actor.may("heads.view"),
        level_said=stand.level_said(scope.prefix),
        phase_said=stand.phase_said(scope.prefix),
        area=scope.prefix,
        without_home=waiting.summed(without_home),
        waiting_rows=tuple(waiting.paper_rows(without_home, actor, names, phones)),
        full=full,
    )


def _row(row: Any, actor: Actor, fresh_since: date, phones: dict[int, str]) -> ListRow:
    may_see, sees_urgency = actor.may("heads.view"), actor.may(SEES_URGENCY)
    owned = zip(row.phone_owners or (), row.phones or (), strict=True)
    shown = [phones.get(owner, masked) for owner, masked in owned]
    occupancy = Occupancy(row.occupancy, row.occupancy_checked_on, fresh_since)
    remarks = [f"需再次查看：{WARNED_AGAIN}"] if row.again else []
    rooms = (row.rooms_collapsed, row.rooms_severe, row.rooms_slight)
    if row.registered_rooms is not None and sum(count or 0 for count in rooms) > row.registered_rooms:
        remarks.append(f"损坏间数多于登记的{row.registered_rooms}间")
    if row.uncertain:
        remarks.append("位置待核对" if row.location_state == "disputed" else "无坐标，按申报村列入")
    return ListRow(
        scope_code=row.scope_code,
        # Pages name families by their family name; a file leaves the service.
        heads="、".join(heads_of_house(row.heads or (), row.owner)) if may_see else "",
        phones="、".join(shown) if may_see else "",
        people=row.people if may_see else None,
        households_without_size=row.households_without_size if may_see else 0,
        traits="、".join(TRAIT.label(code) for code in dict.fromkeys(row.traits or [])) if may_see else "",
        house_code=row.code,
        settlement=row.settlement or "",
        structure="" if row.structure is None else STRUCTURE.label(row.structure),
        risk=RISK.label(row.risk) + (f"（{GRADE_BASIS.label(row.grade_basis)}）" if row.grade == row.risk else ""),
        priority=f"优先级{row.priority}：" + "；".join(reasons_for_village(row.reasons, occupancy))
        if sees_urgency
        else "",
        due_at=row.due_at if sees_urgency else None,
        state=TO_SEE_AGAIN if row.again else INSPECTION_STATE.label(row.state),
        result="" if row.result is None else CHECK_RESULT.label(row.result),
        damage="" if row.damage is None else DAMAGE_CLASS.label(row.damage),
        rooms=rooms,
        # Some items have the ordinary mark between two in their own name.
        finding_items="；".join(FINDING_ITEM.label(item) for item in row.finding_items or ()),
        findings=(row.findings or "") if may_see else "",
        visitor=(row.visitor or "") if may_see else "",
        visited_at=row.visited_at,
        reported_how="" if row.reported_how is None else REPORTED_HOW.label(row.reported_how),
        reported_by=(row.reported_by or "") if may_see else "",
        reported_at=row.reported_at,
        entered_by=(row.entered_by or "") if may_see else "",
        remark="；".join(remarks),
        again=row.again,
        mark=f"{row.id}-{row.version}",
    )
