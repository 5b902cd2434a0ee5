"""Those who may not live in their house: where they live now, what is done to it, until they are safely housed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions.house_at_event import HouseAtEvent, house_at_event
from geo_housing.conclusions.models import UnsafeHome
from geo_housing.conclusions.queries import not_moved, unsafe_home
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound, differs
from geo_housing.hazards.began import earliest
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.naming import marked
from geo_housing.houses.models import House
from geo_housing.journal.service import Subject, record
from geo_housing.masking import mask_name
from geo_housing.words import EMERGENCY_CONCLUSION, EVACUATION_STATE, UNSAFE_MEASURE

MOST_TEXT = 2000
# Another list than the measure (处置方式) of a house.
_JOURNAL_NAMES = {"measure": "temporary_measure"}
# The days of the care (UnsafeHome), as people read them.
_DAYS = {"measure_on": "措施日期", "assessment_asked_on": "申请评定日期"}


@dataclass(frozen=True)
class Care:
    """What is said of families who may not live in their house; ``stated`` names the fields that are meant."""

    living_now: str | None = None
    measure: str | None = None
    measure_on: date | None = None
    assessment_asked_on: date | None = None
    note: str | None = None
    settled_how: str | None = None
    stated: frozenset[str] = field(default_factory=frozenset)


def keep_care(
    session: Session, actor: Actor, event_id: int, house_code: str, care: Care, *, version: int | None
) -> UnsafeHome:
    """Where they live now, what is done to the house; ``settled_how`` ends it. Conflict upon a stale version."""
    if not actor.may("inspections.enter"):
        raise NotAllowed("您没有登记的权限。")
    house = house_at_event(session, event_id, house_code, actor.scope)
    home = unsafe_home(session, event_id, house.house_id, lock=True)
    if home is None:
        raise NotFound("这栋房屋没有“不可以居住”的结论，不需要登记现居住地。")
    if version is not None and home.version != version:
        raise Conflict("这一条刚被别人改过，您的没有保存。请核对后再保存。", faults=_care_clashes(home, care))
    before = {name: getattr(home, name) for name in sorted(care.stated)}
    for name in care.stated - {"settled_how"}:
        value = getattr(care, name)
        if isinstance(value, str):
            value = value.strip() or None
        if value is not None and name == "measure":
            value = UNSAFE_MEASURE.code(value)
        if isinstance(value, str) and len(value) > MOST_TEXT:
            raise BadInput(f"文字最多 {MOST_TEXT} 个字，请精简。")
        setattr(home, name, value)
    if home.settled_at is not None and not home.living_now:
        # Nobody knows any more where they live: that is not safely housed.
        home.settled_how, home.settled_at = None, None
    if "settled_how" in care.stated:
        how = (care.settled_how or "").strip() or None
        if how is not None and not home.living_now:
            raise BadInput("请先填写现居住地，再办结。", faults=[Fault(None, "living_now", None, "请填写现居住地")])
        if how is not None and before["settled_how"] is None:
            _check_moved(session, event_id, house.house_id)
        home.settled_how = how
        home.settled_at = clock.now() if how else None
    after = {name: getattr(home, name) for name in before}
    if after == before:
        return home
    _check_days(session, event_id, before, after)
    home.version += 1
    session.flush()
    record(
        session,
        actor,
        "conclusions.care",
        Subject("house", house.house_code, house.scope_code),
        diff={
            _JOURNAL_NAMES.get(name, name): [_plain(before[name]), _plain(after[name])]
            for name in before
            if before[name] != after[name]
        },
        note=marked(session.get_one(HazardEvent, event_id)),
    )
    return home


def _check_moved(session: Session, event_id: int, house_id: int) -> None:
    """Conflict while a family of the house is on the list of the same event as still there; once that has ended nobody is moved."""
    if session.get_one(HazardEvent, event_id).phase in ENDED_PHASES:
        return
    if left := not_moved(session, event_id, house_id):
        said = "、".join(
            f"{mask_name(head) if head else '未登记姓名的一户'}（{EVACUATION_STATE.label(state)}）"
            for head, state in left
        )
        why = f"转移名单上还没有转移的：{said}。请先在“转移避险”登记他们现在的情况，再办结。"
        raise Conflict(why, faults=[Fault(None, "settled_how", None, why)])


def _check_days(session: Session, event_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """BadInput for a day, newly stated, that lies before the disaster or is still to come."""
    event = session.get_one(HazardEvent, event_id)
    first, last = earliest(event).astimezone(clock.BEIJING).date(), clock.today()
    faults = []
    for name, label in _DAYS.items():
        if name not in after:
            continue
        day = after[name]
        if day is None or day == before[name] or first <= day <= last:
            continue
        why = f"{label}不能晚于今天" if day > last else f"{label}早于这次灾害，请核对；以前做的请写在备注里"
        faults.append(Fault(None, name, day.isoformat(), why))
    if faults:
        raise BadInput("没有保存：" + "；".join(fault.sentence for fault in faults) + "。", faults=faults)


def open_care_again(session: Session, actor: Actor, event_id: int, house_id: int) -> None:
    """A family of a house that may not be lived in is there again, or may be: whoever was safely housed is so no more."""
    home = unsafe_home(session, event_id, house_id, lock=True)
    if home is None or home.settled_at is None:
        return
    house = session.get_one(House, house_id)
    diff = {"settled_how": [home.settled_how, None]}
    home.settled_how, home.settled_at = None, None
    home.version += 1
    session.flush()
    note = marked(session.get_one(HazardEvent, event_id))
    record(session, actor, "conclusions.care", Subject("house", house.code, home.scope_code), diff=diff, note=note)


def keep_unsafe(session: Session, event_id: int, house: HouseAtEvent, conclusion: str) -> None:
    """不可以居住 opens the care for those who lived there, or opens it again; what permits ends it."""
    home = unsafe_home(session, event_id, house.house_id, lock=True)
    if conclusion == "not_habitable":
        if home is None:
            session.add(
                UnsafeHome(
                    event_id=event_id, house_id=house.house_id, scope_code=house.scope_code, opened_at=clock.now()
                )
            )
        elif home.settled_at is not None:
            home.settled_at, home.settled_how = None, None
            home.version += 1
    elif home is not None:
        settle_by(home, conclusion)
    session.flush()


def settle_by(home: UnsafeHome, conclusion: str) -> None:
    """The care ends with a conclusion that permits; one that has ended stays as it ended."""
    if home.settled_at is None:
        home.settled_at = clock.now()
        home.settled_how = f"结论改为“{EMERGENCY_CONCLUSION.label(conclusion)}”"
        home.version += 1


def _care_clashes(home: UnsafeHome, care: Care) -> list[Fault]:
    return [
        differs(name, _plain(getattr(home, name)))
        for name in sorted(care.stated)
        if getattr(home, name) != getattr(care, name)
    ]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
