"""What goes on at a division that an event concerned and whose zones touch it no more: lists and houses do not forget."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.calls.readout import Left
from geo_housing.conclusions.homeward import unsafe_houses
from geo_housing.db import Actor
from geo_housing.evacuation.homeward import on_the_way_home
from geo_housing.evacuation.states import NOT_HOME, NOT_MOVED
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.worked_on import worked_on
from geo_housing.scope import AreaScope

# Who was reported by a person, or lives where danger was found, is fetched and kept whatever the zones are.
_ROWS = text("""
    SELECT id, state, (origin = 'extra' OR house_id = ANY (CAST(:unsafe AS bigint[]))) IS TRUE AS is_in_danger
    FROM evacuation
    WHERE event_id = :event AND withdrawn_at IS NULL AND scope_code >= :lo AND scope_code < :hi
      AND state = ANY (CAST(:states AS text[]))
""")
_STAYS = text("""
    SELECT count(*) FROM emergency_inspection
    WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi
      AND (state = 'in_progress' OR (state IN ('prepared', 'open') AND house_id = ANY (CAST(:worked_on AS bigint[]))))
""")


def left_of(session: Session, actor: Actor, event: HazardEvent, scope: AreaScope, *, doubtful: int) -> Left:
    """What is left to be done and told there; ``doubtful``: 栋 declared there that may lie in a zone."""
    bound = {"event": event.id, "lo": scope.lo, "hi": scope.hi}
    unsafe = {"unsafe": unsafe_houses(session, event), "states": [*NOT_HOME, *NOT_MOVED]}
    rows = session.execute(_ROWS, {**bound, **unsafe}).all()
    home = on_the_way_home(session, actor, event, scope)
    returning = {number for number, one in home.by_row.items() if one.may}
    danger = {row.id for row in rows if row.is_in_danger} - returning
    moved = {row.id for row in rows if row.state in NOT_HOME} - danger
    told = {number: one.may for number, one in home.by_row.items() if number in moved}
    stays = session.scalar(_STAYS, {**bound, "worked_on": sorted(worked_on(session, event.id))})
    return Left(
        danger=len(danger),
        wait=len(moved - told.keys()),
        may=sum(told.values()),
        kept=len(told) - sum(told.values()),
        inspect=int(stays or 0),
        doubtful=doubtful,
    )
