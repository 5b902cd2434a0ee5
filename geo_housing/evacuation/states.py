"""What may be said of one household on the list, and what follows from it: decided without a database.

应转 are all households on the list, 已转 those that are out of danger, 未转 the others: so 应转 = 已转 + 未转, always. Who had
left by themselves (已外出) and who has returned after it was allowed count as 已转 and are named beside.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from geo_housing.errors import Fault
from geo_housing.words import EVACUATION_STATE

MOVED = ("moved_to_shelter", "moved_to_kin", "away", "returned")
# Out of danger, and not home again.
NOT_HOME = ("moved_to_shelter", "moved_to_kin", "away")
NOT_MOVED = tuple(state for state in EVACUATION_STATE if state not in MOVED)
# What may be said of many at once: that they are out of danger.
AT_ONCE = ("moved_to_shelter", "moved_to_kin", "away")
# Who was brought away by somebody.
FETCHED = ("moved_to_shelter", "moved_to_kin")
# Who is brought home at once after 误发撤销; who had left by themselves comes when they come.
BROUGHT_HOME = FETCHED
# After 误发撤销 people go home, and what was entered by mistake is put right; nobody is moved any more, but for whom a
# telephone figure has told of before (evacuation/naming.py).
IN_MISTAKEN = ("returned", "pending")
CLOSED_TO_MOVES = "事件已经结束，不再登记新的转移；确实转移了的，请先在事件页把事件重新开启为“灾后排查”并写明原因（没有权限的，报乡镇或县里开启），再登记。"
STILL_TAKEN = {
    "closed": "事件已结束：已转移的户返回、住处变动，仍在这里登记；没有转移的不再登记，确需补登的，先把事件重新开启为“灾后排查”。",
    "mistaken": "事件已作误发撤销：除房屋查出或报有危险的户以外，不再要求转移；已转移的户返回后，请登记“已返回”。",
}
MISTAKEN_TO_MOVES = "事件已作误发撤销，不再登记转移；已转移的户返回后，请登记“已返回”。"
# Acts of steps by which who was home is to be fetched once more: warned again, the house found unsafe.
WARNED_AGAIN, FOUND_UNSAFE = CALLED_BACK = ("again", "unsafe")
# 已转移 by one tap says that they are out of danger, not where they are: until a shelter or a place is told, it is asked for.
PLACE_UNKNOWN = "已转移（去向待核实）"
# Of a house that has ended in the register since: nobody is sent home into one that is gone.
GONE = {
    "demolished": "房屋已拆除，不能返回居住",
    "mistaken": "房屋登记已终止（误登记），请核实住处",
    "duplicate": "房屋登记已终止（重复登记）",
}
# After 误发撤销: of a telephone figure, that those whom nobody named have heard that they may go home.
TOLD_HOME = "已通知返回"
MOST_PEOPLE = 99
MOST_TEXT = 200
# A clock on a phone may run ahead a little.
CLOCK_TOLERANCE = timedelta(minutes=10)
# What is told of one state is no longer true of another.
_OF_STATE = ("shelter_id", "destination", "moved_at", "reported_by", "reported_how")


# People are moved on a forecast, some days before the disaster; who had left by themselves may have gone to work long before.
ON_A_FORECAST = timedelta(days=3)
BY_THEMSELVES = timedelta(days=92)


@dataclass(frozen=True)
class Said:
    """What is said of one household; ``moved_at`` is when the state came about."""

    state: str = "pending"
    people: int | None = None
    organiser: str | None = None
    departure: str | None = None
    shelter_id: int | None = None
    destination: str | None = None
    moved_at: datetime | None = None
    reported_by: str | None = None
    reported_how: str | None = None
    note: str | None = None


def is_unplaced(state: str, shelter_id: int | None, destination: str | None) -> bool:
    """Whether somebody is moved and nobody has told where to."""
    return state == "moved_to_shelter" and shelter_id is None and not destination


def fewer_said(people: int, registered: int) -> str:
    """What to ask where fewer people were brought away than the register says; empty where none is missing."""
    if people >= registered:
        return ""
    return f"台账登记{registered}人，还有{registered - people}人请核实是否已转移"


def state_said(state: str, shelter_id: int | None, destination: str | None) -> str:
    """How a household stands, as people read it: of whom nobody knows where they are, not that they are in a shelter."""
    return PLACE_UNKNOWN if is_unplaced(state, shelter_id, destination) else EVACUATION_STATE.label(state)


FIELDS = tuple(field.name for field in fields(Said))


def combined(before: Said, said: Said, stated: frozenset[str], *, now: datetime) -> Said:
    """What stands after ``stated`` of ``said``, with what follows by itself: when, and what was told of another state."""
    after = replace(before, **{name: getattr(said, name) for name in stated & frozenset(FIELDS)})
    if after.state != before.state:
        gone = {name: None for name in _OF_STATE if name not in stated}
        after = replace(after, **gone)  # type: ignore[arg-type] # all of them may be None
    if after.state == "pending":
        return replace(after, moved_at=None, shelter_id=None, destination=None)
    if after.state != "moved_to_shelter":
        after = replace(after, shelter_id=None)
    return replace(after, moved_at=after.moved_at or now)


def takes(
    phase: str,
    before: str,
    after: str,
    *,
    is_begun: bool,
    is_called_back: bool,
    is_in_danger: bool = False,
    is_told: bool = False,
) -> bool:
    """Whether an event in that phase takes a change from state ``before`` to ``after`` (the same: only what is told beside).

    In one that has ended nobody is newly moved and nothing begins; who is away comes home, what was entered is put right.
    ``is_called_back``: who was home and must leave again (their house was found unsafe) is still fetched. ``is_in_danger``: the
    house was found dangerous or a person reported it; a warning that was a mistake mends no wall. ``is_told``: a telephone
    figure tells of households there that nobody has named, and they may be one of them.
    """
    if phase == "mistaken" and is_in_danger:
        return True
    if phase == "mistaken":
        is_named = is_told and before in NOT_MOVED and after in NOT_HOME
        return after == before or after in IN_MISTAKEN or is_named
    if phase == "closed":
        return is_begun and (after not in MOVED or before in MOVED or is_called_back)
    return True


_NOBODY_MOVED = "已转移的人数不能是 0：请填写实际转移的人数，没有人转移的请改选状态，人数不清楚的请留空"
NOBODY = "人数不能是 0：请填写实际人数，不清楚的请留空；家里的人都已外出的请登记为“已外出”"


def is_of_nobody(said: Said) -> bool:
    """Whether it is said of 0 people what can be said of somebody alone: only where all had left is nobody to be fetched."""
    return said.people == 0 and said.state != "away"


def contradictions(
    before: Said, after: Said, *, now: datetime, earliest: datetime | None, left_at: datetime | None
) -> list[Fault]:
    """What cannot be true; such an entry is not saved.

    ``earliest``: when this disaster can first have been felt; None, when it is another event's word that is taken over.
    ``left_at``: when who returns had been moved. What stands already may be saved again.
    """
    faults: list[Fault] = []
    if after.people is not None and not 0 <= after.people <= MOST_PEOPLE:
        faults.append(Fault(None, "people", str(after.people), f"人数应在 0 到 {MOST_PEOPLE} 之间"))
    if is_of_nobody(after) and (before.people, before.state) != (after.people, after.state):
        faults.append(Fault(None, "people", "0", _NOBODY_MOVED if after.state in FETCHED else NOBODY))
    if after.moved_at is not None and after.moved_at > now + CLOCK_TOLERANCE:
        faults.append(Fault(None, "moved_at", after.moved_at.isoformat(), "时间不能晚于现在"))
    if after.moved_at is not None and after.moved_at != before.moved_at:
        ahead = BY_THEMSELVES if after.state == "away" else ON_A_FORECAST
        if after.state == "returned" and left_at is not None and after.moved_at < left_at - CLOCK_TOLERANCE:
            faults.append(Fault(None, "moved_at", after.moved_at.isoformat(), "返回时间早于转移时间，请核对"))
        elif earliest is not None and after.moved_at < earliest - ahead:
            faults.append(Fault(None, "moved_at", after.moved_at.isoformat(), "时间比这次灾害早得多，请核对年月日"))
    if after.state == "returned" and before.state not in MOVED:
        faults.append(Fault(None, "state", after.state, "这户还没有转移，不能登记为已返回"))
    for name in ("organiser", "departure", "destination", "reported_by", "note"):
        value = getattr(after, name)
        if value is not None and len(value) > MOST_TEXT:
            faults.append(Fault(None, name, None, f"文字最多 {MOST_TEXT} 个字，请精简"))
    return faults
