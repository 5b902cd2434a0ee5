"""Who of those moved may go home by now, and who may not: of one area, row by row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.conclusions.homeward import Homeward, homeward
from geo_housing.db import Actor
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.rows import EvacuationRow
from geo_housing.evacuation.states import NOT_HOME
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.scope import AreaScope

_NOT_HOME = text("""
    SELECT id, house_id, household_id, scope_code, people FROM evacuation
    WHERE event_id = :event AND withdrawn_at IS NULL AND scope_code >= :lo AND scope_code < :hi
      AND state = ANY (CAST(:not_home AS text[]))
""")


@dataclass(frozen=True)
class OnTheWayHome:
    """By row of those who are not home and where the disaster is over; 户 and 人 of those who may return and may not."""

    by_row: Mapping[int, Homeward]
    may: Heads = NOBODY
    kept: Heads = NOBODY

    def ids(self, *, may: bool) -> list[int]:
        """The rows of those who may, or may not."""
        return [row for row, one in self.by_row.items() if one.may is may]

    def told(self, rows: Iterable[EvacuationRow]) -> list[EvacuationRow]:
        """Rows of the list with what is said of their return."""
        return [replace(row, homeward=self.by_row.get(row.id)) for row in rows]


def on_the_way_home(session: Session, actor: Actor, event: HazardEvent, scope: AreaScope) -> OnTheWayHome:
    """Everybody of an area who was moved or had left and has not returned."""
    bound = {"event": event.id, "lo": scope.lo, "hi": scope.hi, "not_home": list(NOT_HOME)}
    rows = session.execute(_NOT_HOME, bound).all()
    found = homeward(session, actor, event, rows)
    people = {row.id: row.people for row in rows}
    return OnTheWayHome(
        found,
        _heads(people[row] for row, one in found.items() if one.may),
        _heads(people[row] for row, one in found.items() if not one.may),
    )


def with_return(session: Session, actor: Actor, event: HazardEvent, row: EvacuationRow) -> EvacuationRow:
    """One household with what is said of its return."""
    kept = session.get_one(Evacuation, row.id)
    found = homeward(session, actor, event, [kept]) if row.state in NOT_HOME else {}
    return replace(row, homeward=found.get(row.id))


def _heads(sizes: Iterable[int | None]) -> Heads:
    known = list(sizes)
    return Heads(len(known), sum(size or 0 for size in known), sum(size is None for size in known))
