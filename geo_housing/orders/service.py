"""Giving an order, ending it, and signing by it. The organisation sees the houses of its open orders and no others (RLS)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.terms import organisation_name
from geo_housing.conclusions import service as conclusions
from geo_housing.conclusions.models import EmergencyConclusion
from geo_housing.conclusions.queries import seen_event
from geo_housing.conclusions.service import SIGN, TYPE, Signing
from geo_housing.db import APP_ROLE, Actor, enter
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed
from geo_housing.journal.service import Subject, record
from geo_housing.orders.models import OrderedHouse, WorkOrder
from geo_housing.orders.queries import (
    has_had_technicians,
    house_of,
    houses_of,
    order_of,
    ordered_already,
    organisations,
    signers,
    with_task,
)
from geo_housing.policy.queries import effective
from geo_housing.scope import AreaScope

GIVE, CARRY_OUT, VIEW = "orders.give", "orders.carry_out", "orders.view"
MOST_HOUSES = 1000
MOST_TEXT = 500


@dataclass(frozen=True)
class Order:
    """What the office orders."""

    event_id: int
    organisation: str
    houses: Sequence[str]
    due_on: date | None
    reason: str | None = None
    client_id: str | None = None
    # Left out: so many days after the day it is due as the setting says.
    ends_on: date | None = None


def give(session: Session, actor: Actor, order: Order) -> WorkOrder:
    """An order for the emergency assessment of an event; BadInput names every fault at once."""
    if not actor.may(GIVE):
        raise NotAllowed("您当前的角色不能下达委托，请乡镇或县住建局办理。")
    if order.client_id:
        sent = select(WorkOrder).where(WorkOrder.made_by == actor.name, WorkOrder.client_id == order.client_id)
        if (known := session.scalar(sent)) is not None:
            return known
    event = seen_event(session, order.event_id, actor.scope)
    if event.phase in ("draft", "mistaken"):
        raise Conflict("事件还没有确认或已作误发撤销，不能委托评估。")
    organisation = organisation_name(order.organisation)
    found = with_task(session, event.id, order.houses, actor.scope)
    _check(session, order, organisation, {one.code for one in found})
    busy = _sent_elsewhere(session, event.id, {one.id: one.code for one in found})
    if busy:
        names = "、".join(busy[:5])
        raise Conflict(f"有 {len(busy)} 栋已在另一项委托里（{names}），请先收回那一项，或不选这些房屋。")
    row = WorkOrder(
        scope_code=actor.scope.prefix or event.scope_code,
        organisation=organisation,
        event_id=event.id,
        reason=(order.reason or "").strip() or None,
        due_on=order.due_on,
        ends_on=_last_day(session, actor, order.due_on, order.ends_on),
        made_by=actor.name,
        made_at=clock.now(),
        client_id=order.client_id or None,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(OrderedHouse),
        [{"order_id": row.id, "house_id": one.id, "scope_code": row.scope_code} for one in found],
    )
    _note(session, actor, "orders.give", row, counts={"houses": len(found)}, note=f"{event.name} · {organisation}")
    return row


def end(session: Session, actor: Actor, order_id: int, *, reason: str, version: int) -> WorkOrder:
    """Withdraw an order, or end what is done: the organisation sees its houses no more, at once."""
    row = _locked(session, actor, order_id)
    if row.ended_at is not None:
        return row
    _check_version(row, version)
    said = _reason(reason)
    ended = {"ended_at": clock.now(), "ended_by": actor.name, "ended_reason": said, "version": version + 1}
    session.execute(update(WorkOrder).where(WorkOrder.id == order_id).values(ended))
    session.refresh(row)
    _note(session, actor, "orders.end", row, note=f"{row.organisation} · {said}")
    return row


def end_with_event(session: Session, actor: Actor, event_id: int, *, reason: str) -> int:
    """误发撤销 of the event ends its orders: nobody is sent to a house for what did not happen; how many."""
    rows = session.scalars(
        select(WorkOrder).where(WorkOrder.event_id == event_id, WorkOrder.ended_at.is_(None)).with_for_update(),
        execution_options={"populate_existing": True},
    ).all()
    said = f"事件已作误发撤销：{reason}"[:MOST_TEXT]
    for row in rows:
        _change(session, row, {"ended_at": clock.now(), "ended_by": actor.name, "ended_reason": said})
        _note(session, actor, "orders.end", row, note=f"{row.organisation} · {said}")
    return len(rows)


def withdraw(
    session: Session, actor: Actor, order_id: int, codes: Sequence[str], *, reason: str, version: int
) -> WorkOrder:
    """Take houses out of an order that stands: the organisation sees them no more. What is signed stays in it."""
    row = _locked(session, actor, order_id)
    _check_version(row, version)
    if row.ended_at is not None:
        raise Conflict("这项委托已收回，不用再收回其中的房屋。")
    said = _reason(reason)
    rows = {one.house_code: one for one in houses_of(session, order_id) if one.withdrawn_at is None}
    chosen = dict.fromkeys(codes)
    if not chosen:
        raise BadInput("请选择要收回的房屋。")
    if missing := [code for code in chosen if code not in rows]:
        raise BadInput(f"有 {len(missing)} 栋不在这项委托里，或已经收回（{missing[0]}）。请刷新页面后再办。")
    if signed := [code for code in chosen if rows[code].conclusion is not None]:
        raise Conflict(f"有 {len(signed)} 栋已签署结论（{signed[0]}），留在委托里，不能收回。请去掉这些房屋再办。")
    session.execute(
        update(OrderedHouse)
        .where(OrderedHouse.order_id == order_id, OrderedHouse.house_id.in_([rows[code].house_id for code in chosen]))
        .values(withdrawn_at=clock.now(), withdrawn_by=actor.name, withdrawn_reason=said)
    )
    _change(session, row, {})
    note = f"{row.organisation} · {said}"
    _note(session, actor, "orders.withdraw", row, counts={"houses": len(chosen)}, note=note)
    return row


def change_days(
    session: Session, actor: Actor, order_id: int, *, due_on: date | None, ends_on: date | None, version: int
) -> WorkOrder:
    """Other days for an order, also for one that its date has ended: the organisation sees its houses again."""
    row = _locked(session, actor, order_id)
    _check_version(row, version)
    if row.ended_at is not None:
        raise Conflict("这项委托已收回，不能再改期限。需要继续的，请重新委托。")
    if due_on is None or due_on < row.made_at.astimezone(clock.BEIJING).date():
        raise BadInput("请填写完成期限，不早于下达委托的那一天。")
    last = _last_day(session, actor, due_on, ends_on)
    if row.event_id is not None:
        # Once its last day had passed its houses were free, and may have been given to somebody else.
        listed = {one.house_id: one.house_code for one in houses_of(session, order_id) if one.withdrawn_at is None}
        if busy := _sent_elsewhere(session, row.event_id, listed, beside=order_id):
            names = "、".join(busy[:5])
            raise Conflict(f"有 {len(busy)} 栋已在另一项委托里（{names}），不能延长；请先从本项委托里收回这些房屋。")
    told: dict[str, list[str | None]] = {"due_on": [row.due_on.isoformat(), due_on.isoformat()]}
    if last != row.ends_on:
        told["ends_on"] = [row.ends_on.isoformat() if row.ends_on else None, last.isoformat()]
    _change(session, row, {"due_on": due_on, "ends_on": last})
    _note(session, actor, "orders.days", row, diff=told, note=row.organisation)
    return row


def _sent_elsewhere(
    session: Session, event_id: int, houses: Mapping[int, str], *, beside: int | None = None
) -> list[str]:
    """Codes of houses (code by id) that stand in another open order of the event.

    Two offices that give or prolong orders of one event do so one after the other.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"orders:{event_id}", 0))))
    return sorted(
        houses[number] for number in ordered_already(session, event_id, list(houses), clock.today(), beside=beside)
    )


def sign(session: Session, actor: Actor, order_id: int, house_code: str, signing: Signing) -> EmergencyConclusion:
    """Sign by an order, as one of the organisation's own technicians.

    What is read before is what the database shows the organisation. The signing is the conclusions' room's: it is entered
    as gh_app narrowed to the village of the house, where a trigger asks once more for the order.
    """
    if not actor.may(CARRY_OUT):
        raise NotAllowed("您没有按委托签署结论的权限。")
    order = order_of(session, order_id)
    house = house_of(session, order_id, house_code)
    if order.event_id is None:
        raise Conflict("这项委托没有对应的灾害事件，不能录入应急评估结论。")
    own = signers(session, order.organisation, house.scope_code, clock.today())
    by = signing.technician_id or next((one.id for one in own if one.app_user_id == actor.user_id), None)
    if by is None or all(one.id != by for one in own):
        sentence = "请选择本机构在通讯录里登记、负责本村的专业技术人员"
        raise BadInput(f"结论没有保存：{sentence}。", faults=[Fault(None, "technician", None, sentence)])
    with as_office(session, actor, house.scope_code, SIGN, TYPE) as office:
        return conclusions.sign(session, office, order.event_id, house_code, replace(signing, technician_id=by))


@contextmanager
def as_office(session: Session, actor: Actor, village: str, *permissions: str) -> Iterator[Actor]:
    """Within it the database sees the office, narrowed to one village, for whoever came by an order.

    What the order opens was looked up before, as the organisation; triggers ask for the order once more. A refusal leaves it
    as it is: the savepoint or transaction that it ends sets the role back.
    """
    office = replace(actor, scope=AreaScope(village), permissions=frozenset(permissions), database_role=APP_ROLE)
    enter(session.connection(), office)
    yield office
    session.flush()
    enter(session.connection(), actor)


def _locked(session: Session, actor: Actor, order_id: int) -> WorkOrder:
    """An order that the actor may change: their own, or one of below."""
    if not actor.may(GIVE):
        raise NotAllowed("您当前的角色不能办理委托，请乡镇或县住建局办理。")
    line = order_of(session, order_id)
    if not actor.scope.covers(line.scope_code):
        raise NotAllowed("这是上级下达的委托，您可以查看本辖区的房屋；收回和改期限由下达委托的一级办理。")
    return session.scalars(
        select(WorkOrder).where(WorkOrder.id == order_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()


def _check_version(row: WorkOrder, version: int) -> None:
    if row.version != version:
        raise Conflict("这项委托刚被别人改过，请刷新页面后再办。")


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > MOST_TEXT:
        raise BadInput(f"请写明收回或办结的原因，最多 {MOST_TEXT} 个字。")
    return said


def _change(session: Session, row: WorkOrder, values: dict[str, object]) -> None:
    session.execute(update(WorkOrder).where(WorkOrder.id == row.id).values({**values, "version": row.version + 1}))
    session.refresh(row)


def _last_day(session: Session, actor: Actor, due_on: date | None, ends_on: date | None) -> date:
    """The last day on which the organisation sees the houses."""
    assert due_on is not None, "checked before"
    if ends_on is None:
        days = int(effective(session, "orders.open_days", area_code=actor.scope.lo, on=clock.today()).value)
        # The calendar's last day is nobody's open end.
        return due_on + min(timedelta(days=days), date.max - due_on)
    if ends_on < due_on:
        raise BadInput(
            "“对方可见到”不能早于完成期限。", faults=[Fault(None, "ends_on", ends_on.isoformat(), "不能早于完成期限")]
        )
    return ends_on


def _check(session: Session, order: Order, organisation: str, found: set[str]) -> None:
    faults = []
    if organisation not in organisations(session, clock.today()):
        if has_had_technicians(session, organisation):
            sentence = f"“{organisation}”的专业技术人员今天没有一人在任期内，没有人能签字。请先在“通讯录 · 专业技术人员”中核对任期"
        else:
            sentence = (
                f"通讯录里没有单位为“{organisation}”的专业技术人员，没有人能签字。请先在“通讯录 · 专业技术人员”中登记"
            )
        faults.append(Fault(None, "organisation", organisation, sentence))
    if order.due_on is None:
        faults.append(Fault(None, "due_on", None, "请填写完成期限"))
    elif order.due_on < clock.today():
        faults.append(Fault(None, "due_on", order.due_on.isoformat(), "完成期限不能早于今天"))
    if not order.houses:
        faults.append(Fault(None, "houses", None, "请选择要评估的房屋"))
    elif len(order.houses) > MOST_HOUSES:
        faults.append(Fault(None, "houses", None, f"一项委托最多 {MOST_HOUSES} 栋，请分成几项"))
    if missing := sorted(set(order.houses) - found):
        sentence = f"有 {len(missing)} 栋不在这个事件的排查任务里，或不在您的管辖范围内"
        faults.append(Fault(None, "houses", missing[0], sentence))
    if order.reason and len(order.reason) > MOST_TEXT:
        faults.append(Fault(None, "reason", None, f"文字最多 {MOST_TEXT} 个字，请精简"))
    if faults:
        raise BadInput("委托没有下达：" + "；".join(fault.sentence for fault in faults) + "。", faults=faults)


def _note(
    session: Session,
    actor: Actor,
    action: str,
    row: WorkOrder,
    *,
    counts: dict[str, int] | None = None,
    diff: dict[str, list[str | None]] | None = None,
    note: str | None = None,
) -> None:
    record(session, actor, action, Subject("order", str(row.id), row.scope_code), counts=counts, diff=diff, note=note)
