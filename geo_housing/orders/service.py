"""Giving an order, ending it, and signing by it. The organisation sees the houses of its open orders and no others (RLS)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.terms import organisation_name
from geo_housing.conclusions import service as conclusions
from geo_housing.conclusions.models import EmergencyConclusion
from geo_housing.conclusions.queries import seen_event
from geo_housing.conclusions.service import SIGN, Signing
from geo_housing.db import APP_ROLE, Actor, enter
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed
from geo_housing.journal.service import Subject, record
from geo_housing.orders.models import OrderedHouse, WorkOrder
from geo_housing.orders.queries import house_of, order_of, ordered_already, organisations, signers, with_task
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
    busy = ordered_already(session, event.id, [one.id for one in found])
    if busy:
        names = "、".join(sorted(one.code for one in found if one.id in busy)[:5])
        raise Conflict(f"有 {len(busy)} 栋已在另一项委托里（{names}），请先收回那一项，或不选这些房屋。")
    row = WorkOrder(
        scope_code=actor.scope.prefix or event.scope_code,
        organisation=organisation,
        event_id=event.id,
        reason=(order.reason or "").strip() or None,
        due_on=order.due_on,
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
    if not actor.may(GIVE):
        raise NotAllowed("您当前的角色不能收回委托，请乡镇或县住建局办理。")
    order_of(session, order_id)
    row = session.scalars(
        select(WorkOrder).where(WorkOrder.id == order_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
    if row.ended_at is not None:
        return row
    if row.version != version:
        raise Conflict("这项委托刚被别人改过，请刷新页面后再办。")
    said = reason.strip()
    if not said or len(said) > MOST_TEXT:
        raise BadInput(f"请写明收回或办结的原因，最多 {MOST_TEXT} 个字。")
    ended = {"ended_at": clock.now(), "ended_by": actor.name, "ended_reason": said, "version": version + 1}
    session.execute(update(WorkOrder).where(WorkOrder.id == order_id).values(ended))
    session.refresh(row)
    _note(session, actor, "orders.end", row, note=f"{row.organisation} · {said}")
    return row


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
    office = replace(actor, scope=AreaScope(house.scope_code), permissions=frozenset({SIGN}), database_role=APP_ROLE)
    enter(session.connection(), office)
    row = conclusions.sign(session, office, order.event_id, house_code, replace(signing, technician_id=by))
    session.flush()
    enter(session.connection(), actor)
    return row


def _check(session: Session, order: Order, organisation: str, found: set[str]) -> None:
    faults = []
    if organisation not in organisations(session):
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
    note: str | None = None,
) -> None:
    record(session, actor, action, Subject("order", str(row.id), row.scope_code), counts=counts, note=note)
