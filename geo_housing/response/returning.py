"""禁返: who was moved goes back only when the disaster is over and nothing that is known of the house stands in the way.

What stands in the way is decided where conclusions are signed (conclusions/rule.py). A house that collapsed or was found not
habitable keeps its people out; where only an inspection or a conclusion is missing, a reason that is written down lets them.
"""

from sqlalchemy.orm import Session

from geo_housing.conclusions.queries import checked_houses, required_risks
from geo_housing.conclusions.rule import hold
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.service import Hindrance
from geo_housing.hazards.grounds import phase_at
from geo_housing.hazards.models import HazardEvent

AFTERWARDS = ("aftermath", "closed")
NOT_OVER = "灾害过程还没有结束，暂不返回；确已自行返回的，请登记为“待转移”或“拒绝转移”，再去劝离。"
UNKNOWN_HOUSE = "这户不在台账，房屋没有排查记录，暂不返回。确认安全的，请在“详细登记”的备注里写明由谁看过。"


def hindrance_of(session: Session, event: HazardEvent) -> Hindrance:
    """Why a household on the event's list must not return yet; None when it may."""

    def hindrance(row: Evacuation, reason: str | None) -> str | None:
        if phase_at(session, event, row.scope_code) not in AFTERWARDS:
            return NOT_OVER
        if row.house_id is None:
            return None if reason else UNKNOWN_HOUSE
        checked = checked_houses(session, event.id, [row.house_id]).get(row.house_id)
        held = hold(checked, required_risks(session, event.scope_code)) if checked else None
        if held is None or (reason and not held.blocks):
            return None
        return held.sentence if held.blocks else f"{held.sentence}确需返回的，请在“详细登记”的备注里写明原因。"

    return hindrance
