"""The printed village list: A4 pages, one village after the other, each with a small map (small_map.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village, township_of, with_townships
from geo_housing.areas.queries import maker_of, names_of
from geo_housing.base_map import BaseLayer, attribution, layers_of
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed, TooLarge
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import Stand
from geo_housing.hazards.without_home import WaitingFamily
from geo_housing.journal.service import Subject, record
from geo_housing.response import waiting
from geo_housing.response.papers.small_map import SmallMap, small_map
from geo_housing.response.queries import event_of, kind_label
from geo_housing.response.rows import InspectionRow, rows_of
from geo_housing.roster.full_phones import FullPhones, household_numbers
from geo_housing.settings import BaseMap

# Beyond this a browser prints no more; the workbook has no such limit.
MOST_ROWS = 5_000
# Beyond this many villages the county's base map stays out: a map for each would ask its server for thousands of tiles.
MOST_BASE_MAPS = 40
# Drawn larger on the map.
LARGE = ("C", "D", "suspected")


@dataclass(frozen=True)
class VillagePage:
    """One village: its rows in the order of the list, and its map when anything of it has a place."""

    code: str
    name: str
    township: str
    rows: tuple[InspectionRow, ...]
    people: int | None
    households_without_size: int
    map: SmallMap | None
    level_said: str
    phase_said: str
    without_home: tuple[tuple[int | str, ...], ...] = ()

    @property
    def again(self) -> int:
        """栋 that must be looked at again."""
        return sum(row.again for row in self.rows)

    def numbers_of(self, risks: Sequence[str]) -> frozenset[int]:
        """Numbers in the list of the houses of these classes."""
        return numbers_of(self.rows, risks)

    @property
    def large(self) -> frozenset[int]:
        """Numbers of those that the map draws larger."""
        return self.numbers_of(LARGE)


@dataclass(frozen=True)
class Paper:
    """The whole paper."""

    event: HazardEvent
    kind: str
    as_of: datetime
    made_by: str
    villages: tuple[VillagePage, ...]
    base_map_note: str
    shows_families: bool
    # Full numbers of each inspection's families, on a list that somebody has pressed for.
    phones: dict[int, tuple[str, ...]]
    full: FullPhones | None = None

    @property
    def at_said(self) -> str:
        """截至, as papers write it."""
        return clock.on_paper(self.as_of)

    @property
    def houses(self) -> int:
        """栋 on all pages."""
        return sum(len(village.rows) for village in self.villages)


def paper_of(
    session: Session,
    actor: Actor,
    event_id: int,
    *,
    area: str | None = None,
    base_map: BaseMap | None = None,
    full: FullPhones | None = None,
) -> Paper:
    """The list within the actor's area (or ``area`` in it); journalled as an export. TooLarge past MOST_ROWS."""
    if not (actor.may("export") or actor.may("inspections.enter")):
        raise NotAllowed("您没有打印名单的权限。")
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    rows = rows_of(session, actor, event_id, scope, limit=MOST_ROWS + 1, for_village=True)
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"名单超过 {MOST_ROWS:,} 栋，浏览器打印不了这么多；请按乡镇或村分别打印，或下载 Excel 名单。")
    if not rows and event.responded_at is None:
        raise Conflict("这个事件还没有下达任务，没有名单可打印；请先核对影响范围并下达任务。")
    by_village: dict[str, list[InspectionRow]] = {}
    for row in rows:
        by_village.setdefault(row.scope_code, []).append(row)
    without_home = waiting.concerned(session, event, scope)
    waiting_in: dict[str, list[WaitingFamily]] = {}
    for family in without_home:
        by_village.setdefault(family.scope_code, [])
        waiting_in.setdefault(family.scope_code, []).append(family)
    waiting_phones = household_numbers(session, [family.household_id for family in without_home], full)
    phones = _numbers(session, [row.id for row in rows], full)
    record(
        session,
        actor,
        "export.village_list",
        Subject("event", str(event_id), scope.prefix or event.scope_code),
        counts={
            "rows": len(rows) + len(without_home),
            "villages": len(by_village),
            "personal": actor.may("heads.view"),
            "format": "print",
            **({} if full is None else {**full.counts, "phones": sum(map(len, phones.values())) + len(waiting_phones)}),
        },
    )
    names = names_of(session, with_townships(by_village))
    under = layers_of(base_map) if base_map and len(by_village) <= MOST_BASE_MAPS else ()
    stand = Stand(session, event)
    pages = tuple(
        VillagePage(
            code=code,
            name=names.get(code, code) if is_village(code) else "不在任何村内",
            township=names.get(township_of(code), ""),
            rows=tuple(listed),
            people=sum(row.people or 0 for row in listed) if actor.may("heads.view") else None,
            households_without_size=sum(row.households_without_size for row in listed),
            level_said=stand.level_said(code),
            phase_said=stand.phase_said(code),
            map=_map_of(session, event, code, listed, under) if listed else None,
            without_home=tuple(waiting.paper_rows(waiting_in.get(code, ()), actor, names, waiting_phones)),
        )
        for code, listed in sorted(by_village.items())
    )
    made_by = maker_of(session, actor)
    return Paper(
        event,
        kind_label(event),
        clock.now(),
        made_by,
        pages,
        attribution(base_map) if base_map and under else "",
        shows_families=actor.may("heads.view"),
        phones=phones,
        full=full,
    )


def numbers_of(rows: Sequence[InspectionRow], risks: Sequence[str]) -> frozenset[int]:
    """Numbers in the list of the houses of these classes."""
    return frozenset(n for n, row in enumerate(rows, start=1) if row.risk in risks)


def _map_of(
    session: Session, event: HazardEvent, code: str, rows: Sequence[InspectionRow], under: Sequence[BaseLayer]
) -> SmallMap | None:
    return small_map(session, event, code, rows, under, large=numbers_of(rows, LARGE))


_LIVING = text("""
    SELECT i.id, l.household_id FROM emergency_inspection i
    JOIN house_household l ON l.house_id = i.house_id AND l.relation = 'lives' AND l.to_on IS NULL
    WHERE i.id = ANY (:ids) ORDER BY i.id, l.household_id
""")


def _numbers(session: Session, ids: list[int], full: FullPhones | None) -> dict[int, tuple[str, ...]]:
    if full is None:
        return {}
    living = session.execute(_LIVING, {"ids": ids}).all()
    numbers = household_numbers(session, [row.household_id for row in living], full)
    found: dict[int, tuple[str, ...]] = {}
    for row in living:
        if number := numbers.get(row.household_id):
            found[row.id] = (*found.get(row.id, ()), number)
    return found
