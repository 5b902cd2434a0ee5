"""通讯录: who answers for which division, shelters, technicians: lists with their gaps, forms, one number at a time."""

import uuid
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from geo_housing import clock
from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.areas.queries import AreaName, area_names
from geo_housing.errors import BadInput, Conflict, GeoHousingError, NotFound
from geo_housing.files.response import made_file
from geo_housing.keys import KeyRing, load_keys
from geo_housing.numbers import whole_number
from geo_housing.roster import overview, queries, service
from geo_housing.roster.closing import StillInside
from geo_housing.roster.facts import KINDS, SEALED, Kind, shown
from geo_housing.roster.inside import inside_now
from geo_housing.roster.leaving import what_follows
from geo_housing.roster.models import Contact
from geo_housing.roster.storing import Row, current, has_ended, kind_of, row_of
from geo_housing.roster.writing import write_roster
from geo_housing.words import CONTACT_ROLE, CONTACT_TURN, EVENT_KIND

router = APIRouter(prefix="/roster", include_in_schema=False)

Viewer = Annotated[Access, requires(service.VIEW)]
Editor = Annotated[Access, requires(service.EDIT)]


async def _posted(request: Request) -> FormData:
    return await request.form()


Posted = Annotated[FormData, Depends(_posted)]


@router.get("")
def contacts_page(request: Request, access: Viewer, area: str = "") -> Response:
    """Contacts by township and village, what is missing on top."""
    return _list(request, access, KINDS["contacts"], area)


@router.get("/shelters")
def shelters_page(request: Request, access: Viewer, area: str = "") -> Response:
    """Shelters by township and village."""
    return _list(request, access, KINDS["shelters"], area)


@router.get("/technicians")
def technicians_page(request: Request, access: Viewer) -> Response:
    """Technicians by team."""
    return _list(request, access, KINDS["technicians"], "")


@router.get("/{kind}/new")
def new_page(request: Request, access: Editor, kind: str, area: str = "", role: str = "") -> Response:
    """The empty form, the division filled in where the link came from one."""
    typed = dict.fromkeys(_kind(kind).facts, "") | ({"role": role[:40]} if kind == "contacts" else {})
    return _form(request, access, _kind(kind), typed=typed | {"area_code": area[:12], "client_id": uuid.uuid4().hex})


@router.post("/{kind}/new")
def post_new(request: Request, access: Editor, kind: str, posted: Posted) -> Response:
    """Add one; a refusal keeps what was typed."""
    wanted, typed = _kind(kind), _typed(_kind(kind), posted)
    try:
        with access.session.begin_nested():
            service.add_row(
                access.session,
                access.actor,
                wanted,
                str(typed["area_code"]),
                {name: typed[name] for name in wanted.facts},
                ring=_ring(request),
                client_id=str(typed["client_id"]) or None,
            )
    except (BadInput, Conflict) as error:
        return _form(request, access, wanted, typed=typed, error=error)
    return redirect(
        _address(wanted, str(typed["area_code"])), request=request, toast=f"已登记{wanted.label}“{typed['name']}”。"
    )


@router.get("/{kind}/{row_id:int}/edit")
def edit_page(request: Request, access: Editor, kind: str, row_id: int) -> Response:
    """The form as it is stored; the telephone is not in it."""
    wanted = _kind(kind)
    row = _row(access, wanted, row_id)
    return _form(request, access, wanted, typed=_stored(access, row), row=row)


@router.post("/{kind}/{row_id:int}/edit")
def post_edit(request: Request, access: Editor, kind: str, row_id: int, posted: Posted) -> Response:
    """Save; a refusal keeps what was typed."""
    wanted, typed = _kind(kind), _typed(_kind(kind), posted)
    try:
        with access.session.begin_nested():
            changed = service.edit_row(
                access.session,
                access.actor,
                wanted,
                row_id,
                {name: typed[name] for name in wanted.facts},
                version=whole_number(typed["version"]) or 0,
                ring=_ring(request),
                drops_phone=bool(typed["drops_phone"]),
                sure=bool(posted.get("sure")),
            )
    except (BadInput, Conflict) as error:
        row = _row(access, wanted, row_id)
        access.session.refresh(row)
        return _form(request, access, wanted, typed={**typed, "version": str(row.version)}, row=row, error=error)
    toast = f"已保存 {len(changed)} 项修改。" if changed else "没有改动，未保存。"
    return redirect(_address(wanted, _row(access, wanted, row_id).scope_code), request=request, toast=toast)


@router.post("/{kind}/{row_id:int}/end")
def post_end(
    request: Request,
    access: Editor,
    kind: str,
    row_id: int,
    back: Annotated[str, Form()] = "",
    sure: Annotated[bool, Form()] = False,
    successor: Annotated[bool, Form()] = False,
) -> Response:
    """They no longer answer from today on, once it has been said what follows; a shelter is closed, asked where people are in it."""
    wanted = _kind(kind)
    if kind != "shelters" and not sure:
        return _leaving(request, access, wanted, row_id, back)
    try:
        with access.session.begin_nested():
            service.end_row(access.session, access.actor, wanted, row_id, sure=sure)
    except StillInside as error:
        row = _row(access, wanted, row_id)
        return _form(request, access, wanted, typed=_stored(access, row), row=row, error=error)
    row = _row(access, wanted, row_id)
    if successor and isinstance(row, Contact):
        asked = urlencode({"area": row.scope_code, "role": row.role})
        toast = f"“{row.name}”已登记离任，请登记接任的人。"
        return redirect(f"/roster/contacts/new?{asked}", request=request, toast=toast)
    said = (
        f"“{row.name}”已停用，不再列入安置点。" if kind == "shelters" else f"“{row.name}”从今天起不再列入，记录保留。"
    )
    return redirect(
        back if back.startswith("/roster/") else _address(wanted, row.scope_code), request=request, toast=said
    )


def _leaving(request: Request, access: Access, kind: Kind, row_id: int, back: str) -> Response:
    """What follows if they leave; nothing is stored."""
    row = _row(access, kind, row_id)
    follows = None
    if isinstance(row, Contact):
        follows = what_follows(access.session, row, access.actor.scope, clock.today())
    back = back if back.startswith("/roster/") else _address(kind, row.scope_code)
    return render(
        request, access, "roster/leaving.html", status_code=409, kind=kind, row=row, follows=follows, back=back
    )


@router.post("/{kind}/{row_id:int}/phone")
def post_phone(request: Request, access: Viewer, kind: str, row_id: int) -> Response:
    """One person's numbers in full, as links that dial; journalled, never kept by a browser."""
    numbers = service.reveal(access.session, access.actor, _kind(kind), row_id, ring=_ring(request))
    response = render(request, access, "roster/phone.html", numbers=numbers)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@router.post("/{kind}/export.xlsx")
def post_export(
    request: Request,
    access: Viewer,
    kind: str,
    area: Annotated[str, Form()] = "",
    personal: Annotated[bool, Form()] = False,
) -> Response:
    """The list as a workbook that can be loaded again; ``personal`` with full telephones."""
    wanted = _kind(kind)
    scope = access.actor.scope.narrowed(area or None)
    ring = _ring(request) if personal else None
    name = f"{wanted.label}-{clock.today():%Y%m%d}.xlsx"
    return made_file(lambda path: write_roster(access.session, access.actor, wanted, scope, path, ring=ring), name)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound("没有这个页面。")
    return KINDS[name]


def _ring(request: Request) -> KeyRing:
    return load_keys(request.app.state.settings.keys_file)


def _row(access: Access, kind: Kind, row_id: int) -> Row:
    row = row_of(access.session, kind, row_id)
    if row is None or not access.actor.scope.covers(row.scope_code):
        raise NotFound(f"没有这个{kind.label}，或不在您的管辖范围内。")
    return row


def _address(kind: Kind, area_code: str) -> str:
    base = "/roster" if kind.name == "contacts" else f"/roster/{kind.name}"
    return (
        base
        if kind.name == "technicians" or len(area_code) < TOWNSHIP_DIGITS
        else f"{base}?area={township_of(area_code)}#a{area_code}"
    )


def _typed(kind: Kind, posted: FormData) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name, fact in kind.facts.items():
        if fact.kind in ("words", "areas"):
            typed[name] = [value for value in posted.getlist(name) if isinstance(value, str)][:300]
        else:
            typed[name] = _text(posted, name, 2000)
    own_role = _text(posted, "role_own", 40)
    if typed.get("role") == "own":
        typed["role"] = own_role
    return typed | {name: _text(posted, name, 64) for name in ("area_code", "client_id", "version", "drops_phone")}


def _text(posted: FormData, name: str, longest: int) -> str:
    value = posted.get(name)
    return value.strip()[:longest] if isinstance(value, str) else ""


def _stored(access: Access, row: Row) -> dict[str, Any]:
    """What is stored as the form shows it."""
    kind = kind_of(row)
    values = current(access.session, row)
    typed: dict[str, Any] = {}
    for name, fact in kind.facts.items():
        value = values[name]
        if fact.kind in ("words", "areas"):
            typed[name] = list(value or ())
        elif fact.kind == "word":
            typed[name] = value or ""
        else:
            typed[name] = "" if name == SEALED else shown(fact, value)
    return typed | {"area_code": row.scope_code, "version": str(row.version), "client_id": "", "drops_phone": ""}


def _choices(access: Access) -> list[AreaName]:
    return [area for area in area_names(access.session) if access.actor.scope.covers(area.code)]


def _form(
    request: Request,
    access: Access,
    kind: Kind,
    *,
    typed: dict[str, Any],
    row: Row | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
    areas = _choices(access)
    named = row.scope_code if row else str(typed["area_code"])
    return render(
        request,
        access,
        "roster/form.html",
        status_code=status,
        kind=kind,
        typed=typed,
        row=row,
        has_ended=row is not None and has_ended(row, clock.today()),
        error=error,
        faults={fault.column: fault.sentence for fault in error.faults if fault.column} if error else {},
        areas=areas,
        townships=[area for area in areas if area.level == "township"],
        back=_address(kind, named if any(area.code == named for area in areas) else ""),
        words={"role": CONTACT_ROLE, "turn": CONTACT_TURN, "kind": EVENT_KIND},
    )


def _list(request: Request, access: Access, kind: Kind, area: str) -> Response:
    actor, today = access.actor, clock.today()
    scope = actor.scope.narrowed(area or None)
    areas = [one for one in area_names(access.session) if scope.covers(one.code)]
    townships = [one for one in _choices(access) if one.level == "township"]
    # One township is a list; a county is a table of its townships.
    is_list = len(scope.prefix) >= TOWNSHIP_DIGITS or len(townships) <= 1
    found: dict[str, Any] = {"contacts": [], "shelters": [], "technicians": []}
    if kind.name == "contacts":
        found["contacts"] = queries.contacts_of(access.session, scope)
        gaps: Any = overview.contact_gaps(found["contacts"], areas, today)
    elif kind.name == "shelters":
        found["shelters"] = queries.shelters_of(access.session, scope, with_closed=True)
        gaps = overview.shelter_gaps([row for row in found["shelters"] if scope.covers(row.area_code)], areas)
    else:
        found["technicians"] = queries.all_technicians(access.session, scope)
        gaps = overview.technician_gaps([row for row in found["technicians"] if scope.covers(row.area_code)], today)
    county = [one for one in areas if one.level == "county"]
    listed = areas if is_list else county
    return render(
        request,
        access,
        "roster/list.html",
        kind=kind,
        gaps=gaps,
        area=next((one for one in areas if one.code == scope.prefix), None) if area else None,
        divisions=overview.divisions(listed, found["contacts"], found["shelters"], today),
        above=[row for row in found["shelters"] if not scope.covers(row.area_code)],
        # Technicians are the county's: they belong to no division of this table.
        townships=[]
        if is_list or kind.name == "technicians"
        else overview.by_township(areas, found["contacts"], found["shelters"], today),
        technicians=found["technicians"],
        township_names={one.code: one.name for one in townships},
        inside=inside_now(access.session) if kind.name == "shelters" else {},
        has_rows=bool(found["contacts"] or found["shelters"] or found["technicians"]),
        shows_phones=actor.may("heads.view"),
        may_reveal=actor.may(service.REVEAL),
        may_edit=actor.may(service.EDIT),
        covers=actor.scope.covers,
        today=today,
        scope_code=scope.prefix,
        words={"kind": EVENT_KIND},
    )
