"""禁返: who was moved goes back only when the disaster is over and nothing that is known of the house stands in the way.

What stands in the way is decided where conclusions are signed (conclusions/rule.py). A house that collapsed or was found not
habitable keeps its people out; where an inspection or a conclusion is missing, only the county lets them go home, with a
reason that is written down and listed. Who is home already is fetched once more when his house is found to be such a one.
A begun row keeps naming the house from which people were fetched; where the register has given them another home since, that
one is asked about, too, because it is where they go.
Two real events may go on over one township: what the other one knows of a family or its house stands in the way, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.conclusions.elsewhere import dangerous_elsewhere, home_elsewhere, warned_elsewhere
from geo_housing.conclusions.queries import checked_houses, required_risks
from geo_housing.conclusions.rule import Hold, hold, hold_of_mistaken
from geo_housing.db import Actor
from geo_housing.evacuation.fetching import fetch_from_house
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.service import Hindrance
from geo_housing.hazards.grounds import phase_at
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.scope import AreaScope

AFTERWARDS = ("aftermath", "closed")
NOT_OVER = "灾害过程还没有结束，暂不返回；确已自行返回的，请登记为“待转移”或“拒绝转移”，再去劝离。"
UNKNOWN_HOUSE = "这户不在台账，房屋没有排查记录，暂不返回。确认安全的，请在“详细登记”的备注里写明由谁看过。"
ASK_COUNTY = "确需返回的，请报县住建局或应急局，由他们在“详细登记”的备注里写明原因后登记。"
LIVES_BEYOND = "这户现在登记的住房在别的辖区，这里看不到那里是否安全，暂不返回。"
WRITE_REASON = "确需返回的，请在“详细登记”的备注里写明原因。"


def hindrance_of(session: Session, actor: Actor, event: HazardEvent) -> Hindrance:
    """Why a household on the event's list must not return yet; None when it may."""
    is_county = actor.may("returns.permit") and len(actor.scope.prefix) <= COUNTY_DIGITS

    def hindrance(row: Evacuation, reason: str | None) -> str | None:
        # Nothing has happened (误发): whoever was moved goes home, unless the house was found to be dangerous all the same.
        is_mistaken = event.phase == "mistaken"
        if not is_mistaken and phase_at(session, event, row.scope_code) not in AFTERWARDS:
            return NOT_OVER
        elsewhere = warned_elsewhere(
            session, event, house_id=row.house_id, household_id=row.household_id, code=row.scope_code
        )
        if elsewhere is not None:
            return elsewhere
        held = _held_of(session, event, [row]).get(row.id)
        if held is None and not is_county and _lives_beyond(session, row.household_id):
            return LIVES_BEYOND + ASK_COUNTY
        if held is None:
            return UNKNOWN_HOUSE if row.house_id is None and not reason and not is_mistaken else None
        if held.blocks:
            return held.sentence
        if held.overcome_by == "county" and not is_county:
            return held.sentence + ASK_COUNTY
        return None if reason else held.sentence + WRITE_REASON

    return hindrance


def _lives_beyond(session: Session, family: int | None) -> bool:
    """Whether the register has given the family a home that the actor does not see: he cannot know whether it is safe."""
    seen = text("SELECT EXISTS (SELECT FROM household WHERE id = :family)")
    return family is not None and not session.scalar(seen, {"family": family})


def fetch_back(session: Session, actor: Actor, judged: HouseJudged) -> Heads:
    """Who has returned to a house that must not be lived in (yet) is to be fetched once more."""
    judging = session.get_one(HazardEvent, judged.event_id)
    found = NOBODY
    for number in (judging.id, *home_elsewhere(session, judging, judged.house_id)):
        event = session.get_one(HazardEvent, number)

        def must_leave(event: HazardEvent = event) -> bool:
            held = _held(session, event, [judged.house_id]).get(judged.house_id)
            return held is not None and held.fetches

        found = found.plus(
            fetch_from_house(session, actor, number, judged.house_id, at=clock.now(), must_leave=must_leave)
        )
    return found


@dataclass(frozen=True)
class LetHome:
    """A household that the county has let home although something stands in the way: ``why``, and the reason it wrote.

    Reason, name and moment are those of the step that let them home; whatever is written of the row afterwards.
    """

    row_id: int
    house_code: str
    scope_code: str
    head: str | None
    why: str
    reason: str | None
    let_by: str
    let_at: datetime


# The step that brought them home, and what was noted with it: before a later step has changed it.
_HOME = text("""
    SELECT e.id, e.house_id, e.household_id, e.scope_code, h.code, coalesce(k.head, e.named) AS head,
        CASE WHEN n.id IS NULL THEN e.note ELSE n.note END AS reason, s.entered_by, s.at
    FROM evacuation e JOIN house h ON h.id = e.house_id LEFT JOIN household k ON k.id = e.household_id
    JOIN LATERAL (
        SELECT id, entered_by, at FROM evacuation_step
        WHERE evacuation_id = e.id AND state_after = 'returned' AND state_before <> 'returned' ORDER BY id DESC LIMIT 1
    ) s ON true
    LEFT JOIN LATERAL (
        SELECT id, changes -> 'note' ->> 0 AS note FROM evacuation_step
        WHERE evacuation_id = e.id AND id > s.id AND changes ? 'note' ORDER BY id LIMIT 1
    ) n ON true
    WHERE e.event_id = :event AND e.scope_code >= :lo AND e.scope_code < :hi AND e.state = 'returned'
      AND e.withdrawn_at IS NULL
    ORDER BY s.at DESC, e.id DESC
""")


def let_home(session: Session, event: HazardEvent, scope: AreaScope) -> list[LetHome]:
    """Who is home by the county's decision alone, the last first; nobody in an event that was a mistake."""
    if event.phase == "mistaken":
        return []
    rows = session.execute(_HOME, {"event": event.id, "lo": scope.lo, "hi": scope.hi}).all()
    held = _held_of(session, event, rows)
    return [
        LetHome(
            row.id,
            row.code,
            row.scope_code,
            row.head,
            held[row.id].sentence,
            row.reason,
            row.entered_by,
            row.at,
        )
        for row in rows
        if row.id in held and held[row.id].fetches
    ]


# Where families live by now, if not in the house of their row; whether the event has anything to look at there.
_LIVES = text("""
    SELECT l.household_id, l.house_id, h.code, EXISTS (
        SELECT FROM emergency_inspection i
        WHERE i.event_id = :event AND i.house_id = l.house_id AND i.state <> 'withdrawn') AS is_concerned
    FROM house_household l JOIN house h ON h.id = l.house_id
    WHERE l.household_id = ANY (:families) AND l.relation = 'lives' AND l.to_on IS NULL
""")


def _held_of(session: Session, event: HazardEvent, rows: Sequence[Any]) -> dict[int, Hold]:
    """What keeps the household of each row out of its house, or out of the one in which it lives by now."""
    families = [row.household_id for row in rows if row.household_id is not None]
    lives = {one.household_id: one for one in session.execute(_LIVES, {"event": event.id, "families": families})}
    houses = {row.house_id for row in rows if row.house_id is not None}
    held = _held(session, event, [*houses, *(one.house_id for one in lives.values() if one.is_concerned)])
    # Beyond the zones nobody looks at a house; what another event knows of it counts all the same.
    held |= dangerous_elsewhere(session, event, [one.house_id for one in lives.values() if not one.is_concerned])
    found: dict[int, Hold] = {}
    for row in rows:
        own, home = held.get(row.house_id), lives.get(row.household_id)
        if home is not None and home.house_id != row.house_id and not (own and own.blocks):
            there = held.get(home.house_id)
            if there is not None and (own is None or there.fetches):
                own = replace(there, sentence=f"这户现住房是 {home.code}。{there.sentence}")
        if own is not None:
            found[row.id] = own
    return found


def _held(session: Session, event: HazardEvent, houses: Sequence[int]) -> dict[int, Hold]:
    risks = required_risks(session, event.scope_code)
    is_mistaken = event.phase == "mistaken"
    found = {
        house: hold_of_mistaken(checked) if is_mistaken else hold(checked, risks)
        for house, checked in checked_houses(session, event.id, houses).items()
    }
    own = {house: held for house, held in found.items() if held is not None}
    elsewhere = dangerous_elsewhere(session, event, houses)
    return own | {house: held for house, held in elsewhere.items() if house not in own or not own[house].blocks}
