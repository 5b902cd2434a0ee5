"""What other real events over the same ground say of a house and its families: two events may go on at once."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.conclusions.rule import Hold
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH
from geo_housing.hazards.grounds import phase_at
from geo_housing.hazards.models import HazardEvent

_LISTED = text("""
    SELECT DISTINCT o.id FROM evacuation e JOIN hazard_event o ON o.id = e.event_id
    WHERE e.event_id <> :event AND e.withdrawn_at IS NULL AND (e.household_id = :family OR e.house_id = :house)
      AND o.mode = 'actual' AND o.phase = ANY (:before)
    ORDER BY o.id
""")
# What fell, in events that are not over; 不可以居住 in those, and in every event while the families are not safely housed.
# Who looked at the house later, in the event asked about, knows better.
_DANGEROUS = text("""
    SELECT f.house_id, o.name, f.fell FROM (
        SELECT i.event_id, i.house_id, true AS fell FROM emergency_inspection i
        WHERE i.house_id = ANY (:houses) AND i.state IN ('in_progress', 'done') AND i.result IN ('collapsed', 'demolished')
        UNION ALL
        SELECT c.event_id, c.house_id, false FROM emergency_conclusion c
        WHERE c.house_id = ANY (:houses) AND c.conclusion = 'not_habitable'
          AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id)
          AND NOT EXISTS (SELECT FROM emergency_conclusion l WHERE l.event_id = :event AND l.house_id = c.house_id
              AND l.conclusion <> 'not_habitable' AND l.signed_at > c.signed_at
              AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = l.id))
        UNION ALL
        -- Joined after the event had ended: what was signed stayed with the other record, the care did not.
        SELECT u.event_id, u.house_id, false FROM unsafe_home u
        WHERE u.house_id = ANY (:houses) AND u.settled_at IS NULL
          AND NOT EXISTS (SELECT FROM emergency_conclusion c WHERE c.event_id = u.event_id AND c.house_id = u.house_id
              AND c.conclusion = 'not_habitable'
              AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id))
          AND NOT EXISTS (SELECT FROM emergency_conclusion l WHERE l.event_id = :event AND l.house_id = u.house_id
              AND l.conclusion <> 'not_habitable' AND l.signed_at > u.opened_at
              AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = l.id))
    ) f JOIN hazard_event o ON o.id = f.event_id
    WHERE f.event_id <> :event AND o.mode = 'actual' AND (o.phase <> 'closed' OR (NOT f.fell AND EXISTS (
        SELECT FROM unsafe_home u WHERE u.event_id = f.event_id AND u.house_id = f.house_id AND u.settled_at IS NULL)))
    ORDER BY f.house_id, f.fell DESC, o.id
""")
_HOME = text("""
    SELECT DISTINCT e.event_id FROM evacuation e JOIN hazard_event o ON o.id = e.event_id
    WHERE (e.house_id = :house OR e.household_id IN (SELECT l.household_id FROM house_household l
            WHERE l.house_id = :house AND l.relation = 'lives' AND l.to_on IS NULL))
      AND e.event_id <> :event AND e.withdrawn_at IS NULL AND e.state = 'returned' AND o.mode = 'actual'
    ORDER BY e.event_id
""")


@dataclass(frozen=True)
class _Found:
    name: str
    fell: bool

    @property
    def hold(self) -> Hold:
        if self.fell:
            return Hold(
                f"“{self.name}”中已登记这栋房屋倒塌或拆除，不能返回。请落实现居住地；登记有误的，请在那个事件里更正。",
                "nobody",
            )
        return Hold(
            f"“{self.name}”中专业技术人员的结论是“不可以居住”，不能返回。请落实现居住地，危险排除后重新评估。",
            "nobody",
        )


def warned_elsewhere(
    session: Session, event: HazardEvent, *, house_id: int | None, household_id: int | None, code: str
) -> str | None:
    """Why a family does not go home although this event is over where it lives: it is on the list of one that goes on."""
    if event.mode != "actual":
        return None
    bound = {"event": event.id, "house": house_id, "family": household_id, "before": list(BEFORE_AFTERMATH)}
    for number in session.scalars(_LISTED, bound):
        other = session.get_one(HazardEvent, number)
        if phase_at(session, other, code) in BEFORE_AFTERMATH:
            return f"这户（或这栋房屋）也在“{other.name}”的转移名单上，那次灾害过程还没有结束，暂不返回。"
    return None


def dangerous_elsewhere(session: Session, event: HazardEvent, house_ids: Collection[int]) -> dict[int, Hold]:
    """Houses that another real event holds for fallen or not fit to live in."""
    if event.mode != "actual" or not house_ids:
        return {}
    found: dict[int, Hold] = {}
    for row in session.execute(_DANGEROUS, {"event": event.id, "houses": list(house_ids)}):
        found.setdefault(row.house_id, _Found(row.name, row.fell).hold)
    return found


def home_elsewhere(session: Session, event: HazardEvent, house_id: int) -> list[int]:
    """The other real events in which somebody has returned to the house."""
    if event.mode != "actual":
        return []
    return list(session.scalars(_HOME, {"event": event.id, "house": house_id}))
