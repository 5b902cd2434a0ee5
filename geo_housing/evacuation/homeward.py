"""Who of those moved may go home by now, and who may not: of one area, row by row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.conclusions.homeward import Homeward, held_of, homeward
from geo_housing.db import Actor
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.rows import EvacuationRow
from geo_housing.evacuation.states import NOT_HOME, NOT_MOVED
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH
from geo_housing.hazards.grounds import entered_grounds
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.scope import AreaScope

_NOT_HOME = text("""
    SELECT id, house_id, household_id, scope_code, people, state FROM evacuation
    WHERE event_id = :event AND withdrawn_at IS NULL AND scope_code >= :lo AND scope_code < :hi
      AND state = ANY (CAST(:states AS text[]))
""")


@dataclass(frozen=True)
class OnTheWayHome:
    """By row of those who are not home and where the disaster is over; 户 and 人 of those who may return and may not.

    After 误发撤销 by row of those, too, who are at home in a house that they must leave all the same; in neither sum.
    """

    by_row: Mapping[int, Homeward]
    may: Heads = NOBODY
    kept: Heads = NOBODY
    at_home: frozenset[int] = frozenset()

    def ids(self, *, may: bool) -> list[int]:
        """The rows of those who may, or may not."""
        return [row for row, one in self.by_row.items() if one.may is may and row not in self.at_home]

    def told(self, rows: Iterable[EvacuationRow]) -> list[EvacuationRow]:
        """Rows of the list with what is said of their return."""
        return [replace(row, homeward=self.by_row.get(row.id)) for row in rows]


def on_the_way_home(session: Session, actor: Actor, event: HazardEvent, scope: AreaScope) -> OnTheWayHome:
    """Everybody of an area who was moved or had left and has not returned."""
    if event.phase in BEFORE_AFTERMATH and not entered_grounds(session, event):
        # In the night of a warning a township has tens of thousands of rows, and nobody returns.
        return OnTheWayHome({})
    states = [*NOT_HOME, *NOT_MOVED] if event.phase == "mistaken" else list(NOT_HOME)
    bound = {"event": event.id, "lo": scope.lo, "hi": scope.hi, "states": states}
    rows = session.execute(_NOT_HOME, bound).all()
    found = homeward(session, actor, event, rows)
    at_home = {row.id for row in rows if row.state not in NOT_HOME}
    found = {row: one for row, one in found.items() if row not in at_home or one.must_leave}
    people = {row.id: row.people for row in rows if row.id not in at_home}
    return OnTheWayHome(
        found,
        _heads(size for row, size in people.items() if row in found and found[row].may),
        _heads(size for row, size in people.items() if row in found and not found[row].may),
        frozenset(at_home & found.keys()),
    )


def is_in_danger(session: Session, row: Evacuation) -> bool:
    """Whether a family must be fetched although the warning was a mistake: of what was found, or of what a person reported."""
    event = session.get_one(HazardEvent, row.event_id)
    held = held_of(session, event, [row]).get(row.id)
    return row.origin == "extra" or (held is not None and held.fetches)


def with_return(session: Session, actor: Actor, event: HazardEvent, row: EvacuationRow) -> EvacuationRow:
    """One household with what is said of its return."""
    kept = session.get_one(Evacuation, row.id)
    found = homeward(session, actor, event, [kept]).get(row.id)
    is_asked = row.state in NOT_HOME or (event.phase == "mistaken" and row.state != "returned")
    return replace(
        row, homeward=found if is_asked and (row.state in NOT_HOME or (found and found.must_leave)) else None
    )


def _heads(sizes: Iterable[int | None]) -> Heads:
    known = list(sizes)
    return Heads(len(known), sum(size or 0 for size in known), sum(size is None for size in known))
