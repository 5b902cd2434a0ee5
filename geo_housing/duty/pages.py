"""交接班: one's own shift, what waits to be taken over, the list of shifts; and the line that reminds of it on every page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.clock import moment_typed, now
from geo_housing.duty import matters, queries, service
from geo_housing.duty.standing import COMING, is_soon_over
from geo_housing.errors import GeoHousingError, NotFound
from geo_housing.numbers import whole_number

router = APIRouter(prefix="/duty", include_in_schema=False)

Officer = Annotated[Access, requires(service.WORK)]
Leaver = Annotated[Access, requires(service.HAND_OVER)]
Manager = Annotated[Access, requires(service.MANAGE)]
Typed = Annotated[str, Form(max_length=service.MOST_NOTE + 100)]
Short = Annotated[str, Form(max_length=64)]


@router.get("")
def duty_page(request: Request, access: Officer) -> Response:
    """Who is on duty, what waits, who handed over to whom."""
    return _page(request, access)


@router.get("/line")
def line(request: Request, access: Officer) -> Response:
    """Under the top bar, while there is something to do: my end comes near, somebody waits for me to take over."""
    at = now()
    lines = queries.shift_lines(access.session, access.actor.scope, at)
    own = _own(access, lines)
    return render(
        request,
        access,
        "duty/line.html",
        own=own if own and is_soon_over(own.shift, at) else None,
        waiting=_waiting(access, lines, at),
        at=at,
    )


@router.post("/hand-over")
def post_hand_over(
    request: Request, access: Leaver, note: Typed = "", to: Short = "", client_id: Short = ""
) -> Response:
    """Leave the shift with a note; the figures of the open events are kept as they are now."""
    try:
        with access.session.begin_nested():
            service.hand_over(
                access.session,
                access.actor,
                note=note,
                to_user_id=whole_number(to) if to else None,
                client_id=client_id or None,
            )
    except GeoHousingError as error:
        return _page(request, access, error=error, note=note)
    toast = "已交班。有人接班前您的权限不变，请等对方按“接班”。"
    return redirect("/duty", request=request, toast=toast)


@router.post("/shifts/{grant_id:int}/take-over")
def post_take_over(request: Request, access: Officer, grant_id: int, read: Short = "") -> Response:
    """Go on from a shift: one press."""
    try:
        with access.session.begin_nested():
            service.take_over(
                access.session, access.actor, grant_id=grant_id, read=whole_number(read) if read else None
            )
    except NotFound:
        raise
    except GeoHousingError as error:
        return _page(request, access, error=error)
    return redirect("/duty", request=request, toast="已接班，时间和双方姓名已记录。")


@router.post("/shifts/{grant_id:int}/extend")
def post_extend(request: Request, access: Manager, grant_id: int, until: Short = "") -> Response:
    """Another planned end."""
    try:
        with access.session.begin_nested():
            service.extend(access.session, access.actor, grant_id=grant_id, until=moment_typed(until, "结束时间改为"))
    except NotFound:
        raise
    except GeoHousingError as error:
        return _page(request, access, error=error)
    return redirect("/duty", request=request, toast="班次时间已改，即时生效。")


@router.post("/shifts/{grant_id:int}/end")
def post_end(request: Request, access: Manager, grant_id: int, reason: Typed = "") -> Response:
    """End a shift early, with a reason."""
    try:
        with access.session.begin_nested():
            service.end_early(access.session, access.actor, grant_id=grant_id, reason=reason)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _page(request, access, error=error)
    return redirect("/duty", request=request, toast="班次已结束，权限即时收回。")


def _own(access: Access, lines: list[queries.ShiftLine]) -> queries.ShiftLine | None:
    return next((line for line in lines if line.grant_id == access.actor.shift_id), None)


def _waiting(access: Access, lines: list[queries.ShiftLine], at: datetime) -> list[queries.ShiftLine]:
    found = queries.waiting_lines(lines, access.actor.user_id)
    return [line for line in found if line.shift.planned_end > at - queries.STILL_WAITS]


def _note(own: queries.ShiftLine | None, figures: Mapping[str, Any]) -> str:
    """What was said already, else what is open."""
    if own is not None and own.handover is not None and own.handover.note:
        return own.handover.note
    return matters.note_of(figures)


def _page(
    request: Request,
    access: Access,
    *,
    error: GeoHousingError | None = None,
    note: str | None = None,
) -> Response:
    session, actor, at = access.session, access.actor, now()
    lines = queries.shift_lines(session, actor.scope, at)
    own = _own(access, lines)
    figures = matters.open_matters(session, actor.scope)
    return render(
        request,
        access,
        "duty/duty.html",
        status_code=status_of(error),
        error=error,
        own=own,
        waiting=_waiting(access, lines, at),
        lines=lines,
        areas=queries.names_of_shifts(session, lines),
        figures=figures,
        parts_of=matters.parts_of,
        note=note if note is not None else _note(own, figures),
        successors=queries.successors(lines, own, at) if own else [],
        may_manage=actor.may(service.MANAGE),
        coming=COMING,
        at=at,
    )
