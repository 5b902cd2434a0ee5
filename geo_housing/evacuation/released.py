"""Who stands on the list of an event that was called off, and need not leave any more: 应转 and 未转 are without them.

误发撤销 takes off the list of whom nothing was said. Who had refused, or could not be reached, keeps the row with what was said;
nobody fetches them, either, unless the house was found dangerous or a person reported it. What is found later brings them back.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from geo_housing.conclusions.homeward import held_of
from geo_housing.evacuation.states import NOT_MOVED
from geo_housing.hazards.models import HazardEvent
from geo_housing.scope import AreaScope

# Of each the id, event, division, state, heads, house and family.
Standing = Row[Any]

_NOT_MOVED = """
    SELECT e.id, e.event_id, e.scope_code, e.state, e.people, e.house_id, e.household_id, e.origin
    FROM evacuation e JOIN hazard_event v ON v.id = e.event_id AND v.phase = 'mistaken'
    WHERE e.withdrawn_at IS NULL AND e.state = ANY (CAST(:states AS text[])) AND e.scope_code >= :lo AND e.scope_code < :hi
      {of}
    ORDER BY e.event_id, e.id
"""


def not_moved_after_mistake(
    session: Session, scope: AreaScope, events: Collection[int] | None = None
) -> dict[int, list[Standing]]:
    """Of ``events`` (None: of all) that were called off, the rows of the scope of which nobody has said that they are moved."""
    bound: dict[str, object] = {"states": list(NOT_MOVED), "lo": scope.lo, "hi": scope.hi}
    if events is not None:
        # Asked first, because the list of a night that goes on is long and none of it is wanted.
        called_off = select(HazardEvent.id).where(HazardEvent.id.in_(events), HazardEvent.phase == "mistaken")
        if not (wanted := list(session.scalars(called_off))):
            return {}
        bound["events"] = wanted
    found: dict[int, list[Standing]] = {}
    statement = _NOT_MOVED.format(of="" if events is None else "AND e.event_id = ANY (CAST(:events AS bigint[]))")
    for row in session.execute(text(statement), bound):
        found.setdefault(row.event_id, []).append(row)
    return found


def without_danger(session: Session, event: HazardEvent, rows: Sequence[Standing]) -> list[Standing]:
    """Those of the rows, of an event that was called off, who need not leave."""
    asked = [row for row in rows if row.origin != "extra"]
    held = held_of(session, event, asked) if asked else {}
    return [row for row in asked if row.id not in held or not held[row.id].fetches]


def released_of(session: Session, events: Sequence[int], scope: AreaScope) -> dict[int, list[Standing]]:
    """By event that was called off, its rows within the scope that are in no sum; events without such a row are not in it."""
    found: dict[int, list[Standing]] = {}
    if not events:
        return found
    for number, rows in not_moved_after_mistake(session, scope, events).items():
        if released := without_danger(session, session.get_one(HazardEvent, number), rows):
            found[number] = released
    return found


def released_in(session: Session, event_id: int, scope: AreaScope) -> list[Standing]:
    """The same of one event."""
    return released_of(session, [event_id], scope).get(event_id, [])


def in_danger_by_event(session: Session, scope: AreaScope) -> dict[int, int]:
    """Events that were called off, with the households (户) there that must be fetched all the same; 0 where none is left."""
    found = {}
    for number, rows in not_moved_after_mistake(session, scope).items():
        found[number] = len(rows) - len(without_danger(session, session.get_one(HazardEvent, number), rows))
    return found
