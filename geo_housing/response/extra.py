"""表外新增: a household that no list held joins the list, and its house the inspections; one that is in no register enters it."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import township_of
from geo_housing.db import Actor
from geo_housing.evacuation import additions
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.left_already import left_already
from geo_housing.evacuation.meant import fault, registered
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.service import MoveEntry, enter, may_enter
from geo_housing.evacuation.states import MOVED, Said
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event
from geo_housing.houses.register.outside import register_outside
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.opening import mark_reported, open_extra
from geo_housing.inspections.queries import locked_inspection
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record, reserve_entry
from geo_housing.response.grounds import opening_of


def add_extra(
    session: Session,
    actor: Actor,
    event_id: int,
    extra: ExtraHousehold,
    *,
    is_house: bool = True,
    state: str | None = None,
    is_report: bool = True,
) -> Evacuation:
    """Put a household on the list; what was seen of its house is entered, counted and judged as of any other house.

    Of a family that the list holds what is told is kept with it, and nobody goes home to the house before it was looked at.
    ``is_report`` False: nobody has seen anything of the house, the family comes back to the list alone.

    ``is_house`` False: people without a house of theirs (a shed, travellers) join the list alone, as does a family that
    waits for a home. ``state``: how the family stands, 待转移 where nobody says otherwise. The same form twice is once.
    """
    may_enter(actor)
    event = lock_event(session, event_id)
    code = actor.own_id(extra.client_id)
    if code is not None:
        known = session.scalar(select(Evacuation).where(Evacuation.client_id == code))
        if known is not None:
            return known
    row = _added(session, actor, event, extra, needs_house=is_house and extra.household_id is None)
    if row.house_id is not None:
        _open(session, actor, event, row.house_id, row.scope_code)
    if row.house_id is not None and is_report:
        mark_reported(session, event.id, row.house_id, at=clock.now())
        # Whoever is home there, too.
        announce(session, actor, HouseJudged(event.id, row.house_id))
    if state not in (None, row.state):
        # What 表外新增 says itself is not said again: a size that the register has is no word of tonight.
        named = frozenset({"state"} if extra.people is None else {"state", "people"})
        entry = MoveEntry(Said(state=state or row.state, people=extra.people), named, row.version)
        enter(session, actor, event_id, row.id, entry, hindrance=lambda *_: None)
    return row


def _added(
    session: Session, actor: Actor, event: HazardEvent, extra: ExtraHousehold, *, needs_house: bool
) -> Evacuation:
    if extra.household_id is not None:
        return additions.add_extra(session, actor, event.id, extra)
    stated = additions.checked(session, actor, event, extra)
    # Whoever tells of the family need not know that it has a house: what was told is kept all the same.
    if (row := additions.listed(session, event.id, stated)) is None:
        wanted = _registered(session, actor, event, extra) if needs_house else extra
        return additions.add_extra(session, actor, event.id, wanted)
    additions.report_listed(session, actor, row, stated.what)
    return row


def require_state(extra: ExtraHousehold, state: str | None) -> None:
    """BadInput where the words say that somebody has left and nobody says how the family stands: whoever reads 待转移 goes there.

    Also where fewer have left than would count as moved: nobody would go there for the others.
    """
    left = left_already(extra.what)
    if left is None:
        return
    if state in MOVED and left.people is not None and extra.people is not None and left.people < extra.people:
        raise fault(
            "state",
            f"情况里写着 {left.people} 人已离开，人数是 {extra.people}：还有人没走的，“现在”请选“待转移”；都走了的，请改写情况。",
        )
    if state is None:
        raise fault("state", "情况里写着有人已经离开：请核对人数，选好“现在”是已转移还是待转移，再加入名单。")


def open_again(session: Session, actor: Actor, event: HazardEvent, house_id: int, inspection_id: int) -> int:
    """An inspection that a change of the zones withdrew is open again, of which something is known now; its version."""
    event = lock_event(session, event.id)
    inspection = locked_inspection(session, inspection_id, actor.scope)
    _open(session, actor, event, house_id, inspection.scope_code)
    return locked_inspection(session, inspection_id, actor.scope).version


def _open(session: Session, actor: Actor, event: HazardEvent, house_id: int, scope_code: str) -> None:
    batch = reserve_entry(session)
    opening = opening_of(session, event, batch, actor.scope, grounds=[township_of(scope_code)])
    opened = open_extra(session, opening, house_id)
    subject = Subject("event", str(event.id), scope_code)
    record(session, actor, "response.extra", subject, counts={"opened": opened}, entry_id=batch)


def _registered(session: Session, actor: Actor, event: HazardEvent, extra: ExtraHousehold) -> ExtraHousehold:
    """What was entered, naming a house of the register: an inspection, a conclusion and a report need one."""
    stated = additions.checked(session, actor, event, extra)
    if registered(session, stated.area, stated.head, stated.house_code) is not None or event.mode == "drill":
        # What is only played enters no register.
        return extra
    made = register_outside(
        session,
        actor,
        area=stated.area,
        head=stated.head,
        persons=stated.people,
        remark=f"{clock.today():%Y-%m-%d} 表外新增（{event.id}号事件）",
    )
    # Under its code: a namesake may have come to the village at this very moment.
    return replace(extra, house_code=made.code)
