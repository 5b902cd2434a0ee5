"""The API of 委托: the office gives, changes and ends orders; the organisation reads its own and signs house by house."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from geo_housing.accounts.access import Access, requires
from geo_housing.clock import today
from geo_housing.conclusions.schemas import SigningBody, Word
from geo_housing.errors import BadInput
from geo_housing.orders import queries, service
from geo_housing.orders.queries import OrderedRow, OrderLine

router = APIRouter(prefix="/api/v1/orders", tags=["orders"])

Reader = Annotated[Access, requires(service.VIEW)]
Giver = Annotated[Access, requires(service.GIVE)]
Doer = Annotated[Access, requires(service.CARRY_OUT)]
Name = Annotated[str, Field(max_length=100)]
Sentence = Annotated[str, Field(max_length=service.MOST_TEXT)]
DEFAULT_ROWS = 50


class OrderBody(BaseModel):
    """An order for the emergency assessment of houses of one event; without ``ends_on`` the setting says until when."""

    model_config = ConfigDict(extra="forbid")

    event: int
    organisation: Name
    houses: list[Name] = Field(max_length=service.MOST_HOUSES)
    due_on: date
    ends_on: date | None = None
    reason: Sentence | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None


class EndBody(BaseModel):
    """Why an order ends, or why ``houses`` of it are given back, upon the version that was read."""

    model_config = ConfigDict(extra="forbid")

    reason: Sentence
    version: int


class WithdrawBody(EndBody):
    """Houses that are given back."""

    houses: list[Name] = Field(max_length=service.MOST_HOUSES)


class DaysBody(BaseModel):
    """Other days."""

    model_config = ConfigDict(extra="forbid")

    due_on: date
    ends_on: date | None = None
    version: int


@router.get("")
def list_orders(
    access: Reader,
    event: int | None = None,
    cursor: Annotated[str | None, Query(max_length=60)] = None,
    limit: Annotated[int, Query(ge=1, le=queries.MOST_ROWS)] = DEFAULT_ROWS,
) -> Any:
    """Orders as far as they are seen, open ones first, those due first on top; ``houses`` and ``signed`` in 栋."""
    on = today()
    found = queries.orders_of(access.session, event_id=event, on=on, after=_place(cursor), limit=limit + 1)
    rest = found[limit:]
    return {
        "items": [_line_json(line, on) for line in found[:limit]],
        "next": _cursor(found[limit - 1], on) if rest else None,
    }


@router.post("")
def post_order(access: Giver, body: OrderBody) -> Any:
    """Give an order; the same ``client_id`` again is the same order."""
    order = service.Order(
        body.event, body.organisation, body.houses, body.due_on, body.reason, body.client_id, body.ends_on
    )
    row = service.give(access.session, access.actor, order)
    access.session.flush()
    return _order_json(access, row.id)


@router.get("/{order_id}")
def get_order(access: Reader, order_id: int) -> Any:
    """One order with its houses, by village and code."""
    return _order_json(access, order_id)


@router.post("/{order_id}/end")
def post_end(access: Giver, order_id: int, body: EndBody) -> Any:
    """Withdraw it as a whole, or end what is done."""
    service.end(access.session, access.actor, order_id, reason=body.reason, version=body.version)
    return _order_json(access, order_id)


@router.post("/{order_id}/withdraw")
def post_withdraw(access: Giver, order_id: int, body: WithdrawBody) -> Any:
    """Take houses back that nobody has signed for; 409 for those that are signed."""
    service.withdraw(access.session, access.actor, order_id, body.houses, reason=body.reason, version=body.version)
    return _order_json(access, order_id)


@router.post("/{order_id}/days")
def post_days(access: Giver, order_id: int, body: DaysBody) -> Any:
    """Other days, also for an order that its date has ended."""
    service.change_days(
        access.session, access.actor, order_id, due_on=body.due_on, ends_on=body.ends_on, version=body.version
    )
    return _order_json(access, order_id)


@router.post("/{order_id}/houses/{code:path}")
def post_conclusion(access: Doer, order_id: int, code: Word, body: SigningBody) -> Any:
    """Sign for one house as a technician of the organisation; 409 when somebody has signed since ``upon`` was read."""
    service.sign(access.session, access.actor, order_id, code, body.signing())
    return _house_json(queries.house_of(access.session, order_id, code))


def _order_json(access: Access, order_id: int) -> dict[str, Any]:
    line = queries.order_of(access.session, order_id)
    rows = queries.houses_of(access.session, order_id)
    return {**_line_json(line, today()), "items": [_house_json(row) for row in rows]}


def _line_json(line: OrderLine, on: date) -> dict[str, Any]:
    return {
        "order": line.id,
        "area_code": line.scope_code,
        "organisation": line.organisation,
        "event": line.event_id,
        "event_name": line.event_name,
        "mode": line.mode,
        "reason": line.reason,
        "due_on": line.due_on.isoformat(),
        "ends_on": line.ends_on and line.ends_on.isoformat(),
        "made_at": line.made_at.isoformat(timespec="seconds"),
        "ended_at": line.ended_at and line.ended_at.isoformat(timespec="seconds"),
        "ended_reason": line.ended_reason,
        "stands": line.stands(on),
        "houses": line.houses,
        "signed": line.signed,
        "withdrawn": line.withdrawn,
        "version": line.version,
    }


def _house_json(row: OrderedRow) -> dict[str, Any]:
    return {
        "house_code": row.house_code,
        "area_code": row.scope_code,
        "settlement": row.settlement,
        "structure": row.structure,
        "built_year": row.built_year,
        "storeys": row.storeys,
        "rooms": row.rooms,
        "area_m2": row.area_m2,
        "risk": row.risk,
        "lon": row.lon,
        "lat": row.lat,
        "result": row.result,
        "damage": row.damage,
        "finding_items": list(row.finding_items),
        "conclusion": row.conclusion,
        "signed": row.signed,
        "conclusion_id": row.conclusion_id,
        "items": list(row.items),
        "advice": row.advice,
        "signed_by": row.signed_by,
        "signed_at": row.signed_at and row.signed_at.isoformat(timespec="seconds"),
        "withdrawn_at": row.withdrawn_at and row.withdrawn_at.isoformat(timespec="seconds"),
    }


def _cursor(line: OrderLine, on: date) -> str:
    over, due, number = queries.place_of(line, on)
    return f"{int(over)}.{due.isoformat()}.{-number}"


def _place(cursor: str | None) -> tuple[bool, date, int] | None:
    """Where the page before ended; BadInput for what was not made here."""
    if cursor is None:
        return None
    try:
        over, due, number = cursor.split(".")
        return bool(int(over)), date.fromisoformat(due), -int(number)
    except ValueError:
        raise BadInput("cursor 不对：请原样使用上一页返回的 next。") from None
