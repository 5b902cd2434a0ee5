"""委托: the office gives and ends orders; the organisation carries out its own, house by house in walking order."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.area_codes import with_townships
from geo_housing.areas.queries import names_of
from geo_housing.clock import day_typed, today
from geo_housing.conclusions.queries import conclusion_rows, required_risks, seen_event
from geo_housing.conclusions.walk import Stop, walking_order
from geo_housing.errors import BadInput, GeoHousingError, NotAllowed, NotFound
from geo_housing.numbers import whole_number
from geo_housing.orders import queries, service
from geo_housing.orders.own_map import order_map
from geo_housing.policy.queries import effective
from geo_housing.words import (
    CHECK_RESULT,
    CONCLUSION_ITEM,
    DAMAGE_CLASS,
    EMERGENCY_CONCLUSION,
    FINDING_ITEM,
    RISK,
    STRUCTURE,
)

router = APIRouter(prefix="/orders", include_in_schema=False)

Reader = Annotated[Access, requires(service.VIEW)]
Giver = Annotated[Access, requires(service.GIVE)]
Short = Annotated[str, StringConstraints(max_length=100)]
Long = Annotated[str, StringConstraints(max_length=2000)]
WORDS = {
    "risk": RISK, "structure": STRUCTURE, "result": CHECK_RESULT, "damage": DAMAGE_CLASS, "finding": FINDING_ITEM,
    "conclusion": EMERGENCY_CONCLUSION, "item": CONCLUSION_ITEM,
}  # fmt: skip
# Where somebody may go back into danger comes first.
URGENCY = {"collapsed": 1, "suspected": 2}


class OrderForm(BaseModel):
    """What the form of an order sends."""

    event: Short = ""
    organisation: Short = ""
    due_on: Short = ""
    ends_on: Short = ""
    reason: Long = ""
    houses: list[Short] = []
    client_id: Short = ""


class ChangeForm(BaseModel):
    """What changes an order that stands: houses that are given back, or its days."""

    houses: list[Short] = []
    reason: Long = ""
    due_on: Short = ""
    ends_on: Short = ""
    version: Short = ""

    @property
    def stated(self) -> int:
        """The version that was read."""
        number = whole_number(self.version)
        if number is None:
            raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
        return number


@router.get("")
def orders_page(request: Request, access: Reader, event: int | None = None, new: int | None = None) -> Response:
    """Orders, open ones first; with ``?new=EVENT`` the form for another."""
    if new is not None:
        if not access.actor.may(service.GIVE):
            raise NotAllowed("您当前的角色不能下达委托，请乡镇或县住建局办理。")
        return _form(request, access, OrderForm(event=str(new)))
    lines = queries.orders_of(access.session, event_id=event, on=today())
    return render(
        request,
        access,
        "orders/orders.html",
        lines=lines,
        may_give=access.actor.may(service.GIVE),
        today=today(),
        names=names_of(access.session, {line.scope_code for line in lines}),
        own=access.actor.scope,
    )


@router.post("")
def post_order(request: Request, access: Giver, sent: Annotated[OrderForm, Form()]) -> Response:
    """Give an order."""
    try:
        with access.session.begin_nested():
            number = whole_number(sent.event)
            if number is None:
                raise NotFound("没有这个事件。请从事件的“评估”页委托。")
            order = service.Order(
                number,
                sent.organisation,
                sent.houses,
                day_typed(sent.due_on, "完成期限", field="due_on"),
                sent.reason or None,
                sent.client_id or None,
                day_typed(sent.ends_on, "对方可见到", field="ends_on"),
            )
            row = service.give(access.session, access.actor, order)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _form(request, access, sent, error=error)
    return redirect(f"/orders/{row.id}", request=request, toast="委托已下达，对方登录后即可看到这些房屋。")


@router.get("/{order_id:int}")
def order_page(request: Request, access: Reader, order_id: int) -> Response:
    """One order with its houses in walking order: those without a conclusion first."""
    return _order(request, access, order_id)


@router.post("/{order_id:int}/end")
def post_end(request: Request, access: Giver, order_id: int, sent: Annotated[ChangeForm, Form()]) -> Response:
    """Withdraw it, or end what is done."""
    return _changed(
        request,
        access,
        order_id,
        lambda: service.end(access.session, access.actor, order_id, reason=sent.reason, version=sent.stated),
        "委托已收回，对方即时看不到这些房屋。",
    )


@router.post("/{order_id:int}/withdraw")
def post_withdraw(request: Request, access: Giver, order_id: int, sent: Annotated[ChangeForm, Form()]) -> Response:
    """Take some of its houses back."""
    return _changed(
        request,
        access,
        order_id,
        lambda: service.withdraw(
            access.session, access.actor, order_id, sent.houses, reason=sent.reason, version=sent.stated
        ),
        f"已收回 {len(sent.houses)} 栋，对方即时看不到；可以另行委托。",
    )


@router.post("/{order_id:int}/days")
def post_days(request: Request, access: Giver, order_id: int, sent: Annotated[ChangeForm, Form()]) -> Response:
    """Other days."""
    return _changed(
        request,
        access,
        order_id,
        lambda: service.change_days(
            access.session,
            access.actor,
            order_id,
            due_on=day_typed(sent.due_on, "完成期限", field="due_on"),
            ends_on=day_typed(sent.ends_on, "对方可见到", field="ends_on"),
            version=sent.stated,
        ),
        "期限已改，即时生效。",
    )


def _changed(request: Request, access: Access, order_id: int, change: Callable[[], object], toast: str) -> Response:
    """What a press on the page of an order does: back to it, with what is refused above."""
    try:
        with access.session.begin_nested():
            change()
    except NotFound:
        raise
    except GeoHousingError as error:
        return _order(request, access, order_id, error=error)
    return redirect(f"/orders/{order_id}", request=request, toast=toast)


def _form(request: Request, access: Access, sent: OrderForm, *, error: GeoHousingError | None = None) -> Response:
    session, scope = access.session, access.actor.scope
    event = seen_event(session, whole_number(sent.event) or 0, scope)
    risks = required_risks(session, event.scope_code)
    rows = conclusion_rows(session, event.id, scope, risks, limit=service.MOST_HOUSES)
    waiting = [row for row in rows if row.conclusion is None]
    busy = queries.ordered_already(session, event.id, [row.house_id for row in waiting], today())
    free = [row for row in waiting if row.house_id not in busy]
    return render(
        request,
        access,
        "orders/new.html",
        status_code=status_of(error),
        error=error,
        faults={fault.column: fault.sentence for fault in error.faults} if error else {},
        event=event,
        sent=sent,
        rows=free,
        chosen=set(sent.houses) if error else {row.house_code for row in free},
        busy=len(busy),
        units=queries.organisations(session, today()),
        open_days=effective(session, "orders.open_days", area_code=scope.lo, on=today()).value,
        names=names_of(session, with_townships(row.scope_code for row in free)),
        today=today(),
        words=WORDS,
    )


def _order(request: Request, access: Access, order_id: int, *, error: GeoHousingError | None = None) -> Response:
    session = access.session
    order = queries.order_of(session, order_id)
    listed = queries.houses_of(session, order_id)
    rows = [row for row in listed if row.withdrawn_at is None]
    by_id = {row.house_id: row for row in rows}
    stops = [
        Stop(row.house_id, URGENCY.get(row.result or "", 3), row.settlement or "", row.lon, row.lat)
        for row in rows
        if row.conclusion is None
    ]
    waiting = [by_id[number] for number in walking_order(stops)]
    signed = [row for row in rows if row.conclusion is not None]
    may_give = access.actor.may(service.GIVE)
    return render(
        request,
        access,
        "orders/order.html",
        status_code=status_of(error),
        error=error,
        order=order,
        waiting=waiting,
        signed=signed,
        withdrawn=[row for row in listed if row.withdrawn_at is not None],
        map=order_map(session, waiting, signed),
        # Houses that the reader does not see: placed elsewhere since.
        hidden=order.houses - len(rows),
        names=names_of(session, with_townships(row.scope_code for row in listed)),
        may_give=may_give,
        # What came from above is read only.
        may_change=may_give and access.actor.scope.covers(order.scope_code),
        stands=order.stands(today()),
        may_sign=access.actor.may(service.CARRY_OUT),
        today=today(),
        words=WORDS,
    )
