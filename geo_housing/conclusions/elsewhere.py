"""What other real events over the same ground say of a house and its families: two events may go on at once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions.rule import NOT_HABITABLE, Hold
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH, ground_of
from geo_housing.hazards.grounds import entered_grounds
from geo_housing.hazards.models import HazardEvent
from geo_housing.policy.queries import effective

# Settings of evacuation: with which levels a list is made, and for which kinds never.
_LISTS_FOR = ("evacuation.levels", "evacuation.no_list_kinds")
_LISTED = text("""
    SELECT DISTINCT o.id, e.household_id, e.house_id FROM evacuation e JOIN hazard_event o ON o.id = e.event_id
    WHERE e.event_id <> :event AND e.withdrawn_at IS NULL
      AND (e.household_id = ANY (:families) OR e.house_id = ANY (:houses))
      AND o.mode = 'actual' AND o.phase = ANY (:before)
    ORDER BY o.id
""")
# Events whose zones touch a division, of a kind and level that people are moved for: before its tasks are given it has no list.
# The very division: a drawing touches its township and county, too, and would hold back families everywhere in them.
_WARNS = text("""
    SELECT DISTINCT o.id, a.area_code FROM hazard_event o
    JOIN zone_revision r ON r.event_id = o.id AND r.n = o.revision
    JOIN hazard_zone z ON z.revision_id = r.id
    JOIN hazard_zone_area a ON a.zone_id = z.id
    WHERE o.id <> :event AND o.mode = 'actual' AND o.phase = ANY (:before) AND o.level = ANY (:levels)
      AND o.kind <> ALL (:without_list)
      AND a.area_code = ANY (CAST(:codes AS text[]))
    ORDER BY o.id
""")
# Tasks of other events that are open since their disaster was over, of houses that nobody has looked at since then here, either.
_UNSEEN = text("""
    SELECT DISTINCT ON (u.house_id) u.house_id, u.name FROM (
        SELECT i.house_id, o.id, o.name, coalesce(greatest(o.aftermath_at, (
            SELECT max(g.at) FROM event_ground g
            WHERE g.event_id = o.id AND g.phase = 'aftermath' AND g.scope_code = left(i.scope_code, 9))), o.created_at) AS since
        FROM emergency_inspection i JOIN hazard_event o ON o.id = i.event_id
        WHERE i.house_id = ANY (:houses) AND i.event_id <> :event AND o.mode = 'actual' AND o.phase <> ALL (:ended)
          AND i.state IN ('open', 'in_progress')
    ) u
    WHERE NOT EXISTS (SELECT FROM emergency_inspection w WHERE w.event_id = :event AND w.house_id = u.house_id
            AND w.state = 'done' AND w.visited_at >= u.since)
      AND NOT EXISTS (SELECT FROM emergency_conclusion c WHERE c.event_id IN (:event, u.id) AND c.house_id = u.house_id
            AND c.signed_at >= u.since)
    ORDER BY u.house_id, u.id
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
                "已倒塌或拆除，不能返回",
            )
        return Hold(
            f"“{self.name}”中专业技术人员的结论是“不可以居住”，不能返回。请落实现居住地，危险排除后重新评估。",
            "nobody",
            NOT_HABITABLE,
        )


class Listed(Protocol):
    """A household of a list of those to be moved."""

    @property
    def id(self) -> int:
        """The row."""
        ...

    @property
    def house_id(self) -> int | None:
        """From which they are fetched."""
        ...

    @property
    def household_id(self) -> int | None:
        """The family in the register."""
        ...

    @property
    def scope_code(self) -> str:
        """The division whose list it is."""
        ...


def warned_elsewhere(session: Session, event: HazardEvent, rows: Sequence[Listed]) -> dict[int, str]:
    """Why families do not go home although this event is over where they live: they are on the list of one that goes on. By row."""
    if event.mode != "actual":
        return {}
    families = sorted({row.household_id for row in rows if row.household_id is not None})
    houses = sorted({row.house_id for row in rows if row.house_id is not None})
    before = list(BEFORE_AFTERMATH)
    bound = {"event": event.id, "houses": houses, "families": families, "before": before}
    by_family: dict[int, dict[int, None]] = {}
    by_house: dict[int, dict[int, None]] = {}
    for number, family, house in session.execute(_LISTED, bound):
        by_family.setdefault(family, {})[number] = None
        by_house.setdefault(house, {})[number] = None
    codes = sorted({row.scope_code for row in rows})
    policy = {key: effective(session, key, area_code=event.scope_code, on=clock.today()).value for key in _LISTS_FOR}
    levels, without_list = (list(policy[key]) for key in _LISTS_FOR)
    asked = {"event": event.id, "before": before, "levels": levels, "without_list": without_list, "codes": codes}
    warned = [(number, area) for number, area in session.execute(_WARNS, asked)]
    numbers = {number for known in by_house.values() for number in known} | {number for number, _ in warned}
    others = {number: session.get_one(HazardEvent, number) for number in sorted(numbers)}
    over = {number: entered_grounds(session, other) for number, other in others.items()}
    found: dict[int, str] = {}
    for row in rows:
        listed = {**by_family.get(row.household_id or 0, {}), **by_house.get(row.house_id or 0, {})}
        going_on = [number for number in sorted(listed) if ground_of(row.scope_code) not in over[number]]
        if going_on:
            name = others[going_on[0]].name
            found[row.id] = f"这户（或这栋房屋）也在“{name}”的转移名单上，那次灾害过程还没有结束，暂不返回。"
            continue
        for number, area in warned:
            has_tasks = any(
                row.scope_code.startswith(code) or code == "0" for code in others[number].responded_areas or ()
            )
            if row.scope_code == area and not has_tasks and ground_of(row.scope_code) not in over[number]:
                name = others[number].name
                found[row.id] = f"“{name}”正在预警这里，还没有下达任务，暂不返回。"
                break
    return found


def unseen_elsewhere(session: Session, event: HazardEvent, house_ids: Collection[int]) -> dict[int, Hold]:
    """Houses that nobody has looked at since another real event was over there, and that it has open."""
    if event.mode != "actual" or not house_ids:
        return {}
    bound = {"event": event.id, "houses": list(house_ids), "ended": list(ENDED_PHASES)}
    return {
        row.house_id: Hold(
            f"“{row.name}”之后这栋房屋还没有排查，暂不返回。请先排查。", "county", "待排查，暂不返回", True
        )
        for row in session.execute(_UNSEEN, bound)
    }


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
