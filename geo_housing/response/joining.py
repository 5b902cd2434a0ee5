"""A house that was registered twice is one house in the night: its task, its people, and who must leave it again."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.evacuation.joining import follow_kept as households_follow
from geo_housing.evacuation.parting import come_apart as households_part
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.houses.register.announcements import HousesJoined, HousesParted
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.joining import come_apart as tasks_part
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
_JOINED_AT = text("""
    SELECT max(j.at) FROM journal_entry j JOIN house h ON j.subject_kind = 'house' AND j.subject_id = h.code
    WHERE h.id = :ended AND j.action = 'houses.end'
""")
# Where the kept house is concerned: what the other one still lacks.
_LACKS = text("""
    SELECT v.name,
        EXISTS (SELECT FROM emergency_inspection i WHERE i.event_id = v.id AND i.house_id = :kept AND i.state <> 'withdrawn')
            AND NOT EXISTS (SELECT FROM emergency_inspection i WHERE i.event_id = v.id AND i.house_id = :ended
                AND i.state <> 'withdrawn') AS no_task,
        (SELECT count(*) FROM house_household l WHERE l.house_id = :ended AND l.relation = 'lives' AND l.to_on IS NULL
            AND EXISTS (SELECT FROM evacuation e WHERE e.event_id = v.id AND e.house_id = :kept AND e.withdrawn_at IS NULL)
            AND NOT EXISTS (SELECT FROM evacuation e WHERE e.event_id = v.id AND e.household_id = l.household_id
                AND e.withdrawn_at IS NULL)) AS families
    FROM hazard_event v WHERE v.id = ANY (CAST(:events AS bigint[])) ORDER BY v.id
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


def come_apart(session: Session, actor: Actor, parted: HousesParted) -> list[str]:
    """The house is one of its own again: its task waits, its families stand under it; what is still lacking, in sentences."""
    bound = {"ended": parted.house_id, "kept": parted.kept_id, "ended_phases": list(ENDED_PHASES)}
    events = list(session.scalars(_KNOWN, bound))
    since = session.scalar(_JOINED_AT, bound)
    if not events or since is None:
        return []
    tasks_part(session, actor, parted, since=since, events=events)
    households_part(session, actor, parted, since=since, events=events)
    session.flush()
    for house in (parted.house_id, parted.kept_id):
        session.execute(_FOLLOWED, {"kept": house})
    told = []
    for row in session.execute(_LACKS, {**bound, "events": events}):
        if row.families:
            told.append(f"“{row.name}”：有 {row.families} 户不在转移名单上，请核对，需要转移的按“表外新增”登记。")
        elif row.no_task:
            told.append(f"“{row.name}”：这栋没有排查任务，请核对，需要排查的把住户按“表外新增”登记，任务随之下达。")
    return told
