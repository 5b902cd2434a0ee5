"""禁返: who was moved goes back only when the disaster is over and nothing that is known of the house stands in the way.

What stands in the way is decided where conclusions are signed (conclusions/rule.py). A house that collapsed or was found not
habitable keeps its people out; where an inspection or a conclusion is missing, only the county lets them go home, with a
reason that is written down and listed. Who is home already is fetched once more when their house is found to be such a one.
What is known for whole lists at once stands in conclusions/homeward.py.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions.elsewhere import home_elsewhere, warned_elsewhere
from geo_housing.conclusions.homeward import (
    AFTERWARDS,
    LIVES_BEYOND,
    UNKNOWN_HOUSE,
    held_houses,
    held_of,
    is_county,
    lives_beyond,
)
from geo_housing.db import Actor
from geo_housing.evacuation.fetching import fetch_from_house
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.service import Hindrance
from geo_housing.hazards.grounds import phase_at
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.scope import AreaScope

NOT_OVER = "灾害过程还没有结束，暂不返回；确已自行返回的，请登记为“待转移”或“拒绝转移”，再去劝离。"
ASK_COUNTY = "确需返回的，请报县住建局或应急局，由他们在“详细登记”的备注里写明原因后登记。"
WRITE_REASON = "确需返回的，请在“详细登记”的备注里写明原因。"


def hindrance_of(session: Session, actor: Actor, event: HazardEvent) -> Hindrance:
    """Why a household on the event's list must not return yet; None when it may."""
    permits = actor.may("returns.permit") and is_county(actor)

    def hindrance(row: Evacuation, reason: str | None) -> str | None:
        # Nothing has happened (误发): whoever was moved goes home, unless the house was found to be dangerous all the same.
        is_mistaken = event.phase == "mistaken"
        if not is_mistaken and phase_at(session, event, row.scope_code) not in AFTERWARDS:
            return NOT_OVER
        elsewhere = warned_elsewhere(session, event, [row])
        if row.id in elsewhere:
            return elsewhere[row.id]
        held = held_of(session, event, [row]).get(row.id)
        if held is None and not is_county(actor) and lives_beyond(session, [row.household_id]):
            return LIVES_BEYOND + ASK_COUNTY
        if held is None:
            return UNKNOWN_HOUSE if row.house_id is None and not reason and not is_mistaken else None
        if held.blocks:
            return held.sentence
        if held.overcome_by == "county" and not permits:
            return held.sentence + ASK_COUNTY
        return None if reason else held.sentence + WRITE_REASON

    return hindrance


def fetch_back(session: Session, actor: Actor, judged: HouseJudged) -> Heads:
    """Who has returned to a house that must not be lived in (yet) is to be fetched once more."""
    judging = session.get_one(HazardEvent, judged.event_id)
    found = NOBODY
    for number in (judging.id, *home_elsewhere(session, judging, judged.house_id)):
        event = session.get_one(HazardEvent, number)

        def must_leave(event: HazardEvent = event) -> bool:
            held = held_houses(session, event, [judged.house_id]).get(judged.house_id)
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
    held = held_of(session, event, rows)
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
