"""A house that was registered twice is one house in the night: its task, its people, and who must leave it again."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.evacuation.joining import follow_kept as households_follow
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.houses.register.announcements import HousesJoined
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.joining import follow_kept as tasks_follow
from geo_housing.journal.announcements import announce

_KNOWN = text("""
    SELECT v.id FROM hazard_event v
    WHERE v.phase <> 'draft' AND v.phase <> ALL (CAST(:ended_phases AS text[])) AND (
        EXISTS (SELECT FROM emergency_inspection i WHERE i.event_id = v.id AND i.house_id IN (:ended, :kept))
        OR EXISTS (SELECT FROM emergency_conclusion c WHERE c.event_id = v.id AND c.house_id IN (:ended, :kept))
        OR EXISTS (SELECT FROM evacuation e WHERE e.event_id = v.id AND e.house_id IN (:ended, :kept)))
    ORDER BY v.id
""")
# Steps, photos and pictures bear the division of the house, which the service itself may not write.
_FOLLOWED = text("SELECT night_scope_followed(:kept)")


def follow_kept(session: Session, actor: Actor, joined: HousesJoined) -> None:
    """Both records' tasks and people stand under the kept house; who is home in a house that must not be lived in is fetched.

    Tasks before people, the order in which whoever enters a result locks; judged when both have come together.
    """
    bound = {"ended": joined.ended_id, "kept": joined.kept_id, "ended_phases": list(ENDED_PHASES)}
    events = list(session.scalars(_KNOWN, bound))
    tasks_follow(session, actor, joined)
    households_follow(session, actor, joined)
    session.flush()
    session.execute(_FOLLOWED, {"kept": joined.kept_id})
    for event in events:
        announce(session, actor, HouseJudged(event, joined.kept_id))
