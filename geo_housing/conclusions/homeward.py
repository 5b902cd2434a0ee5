"""禁返: what stands between those who were moved and their houses, for many households at once.

A household of a list is whatever names a row, a house, a family and a division. It keeps naming the house from which people
were fetched; where the register has given them another home since, that one is asked about, too, because it is where they go.
Two real events may go on over one township: what the other one knows of a family or its house stands in the way, too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.conclusions.elsewhere import Listed, dangerous_elsewhere, unseen_elsewhere, warned_elsewhere
from geo_housing.conclusions.queries import alarming_houses, checked_houses, required_risks
from geo_housing.conclusions.rule import Hold, hold, hold_of_mistaken
from geo_housing.db import Actor
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.ground_phase import ground_of
from geo_housing.hazards.grounds import entered_grounds
from geo_housing.hazards.models import HazardEvent

AFTERWARDS = ("aftermath", "closed")
LIVES_BEYOND = "这户现在登记的住房在别的辖区，这里看不到那里是否安全，暂不返回。"
UNKNOWN_HOUSE = "这户不在台账，房屋没有排查记录，暂不返回。确认安全的，请在“详细登记”的备注里写明由谁看过。"


@dataclass(frozen=True)
class Homeward:
    """Whether a household may go home, as people read it: ``said`` in a few words, ``why`` in full (empty where it may).

    ``must_leave``: whoever is in the house must leave it.
    """

    may: bool
    said: str
    why: str = ""
    must_leave: bool = False


MAY = Homeward(True, "可以返回")


def homeward(session: Session, actor: Actor, event: HazardEvent, rows: Sequence[Listed]) -> dict[int, Homeward]:
    """By row; nothing of those where the disaster goes on: there nobody returns."""
    is_mistaken = event.phase == "mistaken"
    over = entered_grounds(session, event)
    asked = [row for row in rows if event.phase in (*AFTERWARDS, *ENDED_PHASES) or ground_of(row.scope_code) in over]
    if not asked:
        return {}
    warned = warned_elsewhere(session, event, asked)
    held = held_of(session, event, asked)
    beyond = set() if is_county(actor) else lives_beyond(session, [row.household_id for row in asked])
    found = {}
    for row in asked:
        if row.id in warned:
            found[row.id] = Homeward(False, "另一过程未结束，暂不返回", warned[row.id])
        elif row.id in held:
            found[row.id] = Homeward(False, held[row.id].said, held[row.id].sentence, held[row.id].fetches)
        elif row.household_id in beyond:
            found[row.id] = Homeward(False, "现住房在别的辖区，暂不返回", LIVES_BEYOND)
        elif row.house_id is None and not is_mistaken:
            found[row.id] = Homeward(False, "房屋不在台账，先确认安全", UNKNOWN_HOUSE)
        else:
            found[row.id] = MAY
    return found


def is_county(actor: Actor) -> bool:
    """Whether somebody sees every house of the county."""
    return len(actor.scope.prefix) <= COUNTY_DIGITS


def lives_beyond(session: Session, families: Collection[int | None]) -> set[int]:
    """Families to whom the register has given a home that the actor does not see: nobody here knows whether it is safe."""
    wanted = {family for family in families if family is not None}
    seen = text("SELECT id FROM household WHERE id = ANY (:families)")
    return wanted - set(session.scalars(seen, {"families": sorted(wanted)}))


# Where families live by now, if not in the house of their row; whether the event has anything to look at there.
_LIVES = text("""
    SELECT l.household_id, l.house_id, h.code, EXISTS (
        SELECT FROM emergency_inspection i
        WHERE i.event_id = :event AND i.house_id = l.house_id AND i.state <> 'withdrawn') AS is_concerned
    FROM house_household l JOIN house h ON h.id = l.house_id
    WHERE l.household_id = ANY (:families) AND l.relation = 'lives' AND l.to_on IS NULL
""")


def held_of(session: Session, event: HazardEvent, rows: Sequence[Listed]) -> dict[int, Hold]:
    """What keeps the household of each row out of its house, or out of the one in which it lives by now."""
    families = [row.household_id for row in rows if row.household_id is not None]
    lives = {one.household_id: one for one in session.execute(_LIVES, {"event": event.id, "families": families})}
    houses = {row.house_id for row in rows if row.house_id is not None}
    held = held_houses(session, event, [*houses, *(one.house_id for one in lives.values() if one.is_concerned)])
    # Beyond the zones nobody looks at a house; what another event knows of it counts all the same.
    held |= dangerous_elsewhere(session, event, [one.house_id for one in lives.values() if not one.is_concerned])
    found: dict[int, Hold] = {}
    for row in rows:
        own = None if row.house_id is None else held.get(row.house_id)
        home = None if row.household_id is None else lives.get(row.household_id)
        if home is not None and home.house_id != row.house_id and not (own and own.blocks):
            there = held.get(home.house_id)
            if there is not None and (own is None or there.fetches):
                own = replace(there, sentence=f"这户现住房是 {home.code}。{there.sentence}")
        if own is not None:
            found[row.id] = own
    return found


def unsafe_houses(session: Session, event: HazardEvent) -> list[int]:
    """Houses of the event that were found dangerous, or are signed as such, and that nobody has signed to be habitable since."""
    found = held_houses(session, event, list(alarming_houses(session, event.id)))
    return [house for house, held in found.items() if held.fetches]


def held_houses(session: Session, event: HazardEvent, houses: Sequence[int]) -> dict[int, Hold]:
    """What keeps everybody out of each house."""
    risks = required_risks(session, event.scope_code)
    is_mistaken = event.phase == "mistaken"
    found = {
        house: hold_of_mistaken(checked) if is_mistaken else hold(checked, risks)
        for house, checked in checked_houses(session, event.id, houses).items()
    }
    own = {house: held for house, held in found.items() if held is not None}
    elsewhere = dangerous_elsewhere(session, event, houses)
    own = unseen_elsewhere(session, event, houses) | own
    return own | {house: held for house, held in elsewhere.items() if house not in own or not own[house].blocks}
