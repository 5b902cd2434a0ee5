"""Who lives in a house that was found damaged joins those to be moved, though no rule had put them on the list.

The list is made by rules before anybody has looked; a sound house that falls in the night is on none.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.evacuation.additions import join_list
from geo_housing.evacuation.rule import FOUND_WHAT
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.living import LIVED_IN_SQL, SIZE_SQL, stale_before
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.response.phases import RESPOND_IN
from geo_housing.words import CHECK_RESULT

_UNLISTED = text(f"""
    SELECT l.household_id, h.scope_code, {SIZE_SQL} AS persons, i.result
    FROM emergency_inspection i
    JOIN house h ON h.id = i.house_id
    JOIN house_household l ON l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
    JOIN household k ON k.id = l.household_id
    WHERE i.event_id = :event AND i.house_id = :house AND i.state <> 'withdrawn'
      AND i.result IN ('suspected', 'collapsed') AND h.ended_on IS NULL AND {LIVED_IN_SQL}
      AND NOT EXISTS (SELECT FROM evacuation e WHERE e.event_id = :event AND e.withdrawn_at IS NULL
          AND e.household_id = l.household_id)
    ORDER BY l.household_id
""")


def list_found(session: Session, actor: Actor, judged: HouseJudged) -> int:
    """The families of the house that are on no list of the event join it, with what was found; how many."""
    event = session.get_one(HazardEvent, judged.event_id)
    # After 误发撤销 as well: its rows were withdrawn unbegun, and what is left to inspect may be found fallen.
    if event.phase not in (*RESPOND_IN, "mistaken"):
        return 0
    bound = {"event": event.id, "house": judged.house_id, "stale_before": stale_before(session, actor.scope)}
    found = session.execute(_UNLISTED, bound).all()
    for one in found:
        join_list(
            session,
            actor,
            event,
            scope_code=one.scope_code,
            house_id=judged.house_id,
            household_id=one.household_id,
            what=f"{FOUND_WHAT}{CHECK_RESULT.label(one.result)}",
            people=one.persons,
        )
    return len(found)
