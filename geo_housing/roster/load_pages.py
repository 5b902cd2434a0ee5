"""Loading a list on a page: file, what it would do, confirmation, who is not in it."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from starlette.responses import Response

from geo_housing import clock
from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.errors import BadInput, Conflict, GeoHousingError
from geo_housing.houses.imports.service import Keeping
from geo_housing.roster.facts import KINDS, Kind
from geo_housing.roster.loads import announce_load, load_of, loads, run_load
from geo_housing.roster.models import RosterLoad
from geo_housing.roster.order import holds_on
from geo_housing.roster.queries import entries_of
from geo_housing.roster.service import EDIT
from geo_housing.roster.undo import has_changes, outlook, undo_load

router = APIRouter(prefix="/roster/loads", include_in_schema=False)

Editor = Annotated[Access, requires(EDIT)]


@router.get("")
def loads_page(request: Request, access: Editor, kind: str = "contacts") -> Response:
    """Where a list is dropped, and what was loaded so far."""
    return _list(request, access, KINDS.get(kind, KINDS["contacts"]))


@router.post("")
def post_file(
    request: Request,
    access: Editor,
    file: UploadFile,
    kind: Annotated[str, Form(max_length=20)] = "contacts",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Keep a list and work out what it would do."""
    wanted = KINDS.get(kind, KINDS["contacts"])
    try:
        if not file.filename:
            raise BadInput("请选择一个表格文件。")
        with access.session.begin_nested():
            load = announce_load(
                access.session,
                access.actor,
                Keeping.of(request.app.state.settings),
                wanted,
                source=file.file,
                name=file.filename,
                client_id=client_id or None,
            )
    except BadInput as error:
        return _list(request, access, wanted, error=error)
    return redirect(f"/roster/loads/{load.id}", request=request)


@router.get("/{load_id:int}")
def load_page(request: Request, access: Editor, load_id: int) -> Response:
    """What a list would do, or has done."""
    return _page(request, access, load_of(access.session, access.actor.scope, load_id))


@router.post("/{load_id:int}/run")
def post_run(request: Request, access: Editor, load_id: int) -> Response:
    """Confirmed: load it, once."""
    try:
        with access.session.begin_nested():
            load = run_load(access.session, access.actor, Keeping.of(request.app.state.settings), load_id)
    except (BadInput, Conflict) as error:
        return _page(request, access, load_of(access.session, access.actor.scope, load_id), error=error)
    done: dict[str, Any] = load.counts or {}
    toast = f"已导入：新增 {done['created']}，更新 {done['updated']}，拒绝 {done['rejected']}。"
    return redirect(f"/roster/loads/{load_id}", request=request, toast=toast)


@router.post("/{load_id:int}/undo")
def post_undo(request: Request, access: Editor, load_id: int) -> Response:
    """Take a load back; what was touched since stays and is named."""
    ring = Keeping.of(request.app.state.settings).ring
    try:
        with access.session.begin_nested():
            done = undo_load(access.session, access.actor, load_id, ring=ring)
    except Conflict as error:
        return _page(request, access, load_of(access.session, access.actor.scope, load_id), error=error)
    toast = f"已撤销这次导入：删去 {done.removed} 条，恢复 {done.restored} 条。{done.sentence}"
    return redirect(f"/roster/loads/{load_id}", request=request, toast=toast)


def _list(request: Request, access: Access, kind: Kind, *, error: GeoHousingError | None = None) -> Response:
    return render(
        request,
        access,
        "roster/loads.html",
        status_code=422 if error else 200,
        kind=kind,
        loads=loads(access.session, access.actor.scope, kind),
        back="/roster" if kind.name == "contacts" else f"/roster/{kind.name}",
        client_id=uuid.uuid4().hex,
        error=error,
    )


def _page(request: Request, access: Access, load: RosterLoad, *, error: GeoHousingError | None = None) -> Response:
    kind = KINDS[load.kind]
    preview: dict[str, Any] = load.preview or {}
    named, today = set(preview.get("missing", ())), clock.today()
    missing = [
        entry
        for entry in (entries_of(access.session, kind, access.actor.scope) if named else ())
        if entry.id in named and holds_on(today, None, entry.valid_to) and not entry.is_closed
    ]
    return render(
        request,
        access,
        "roster/load.html",
        status_code=422 if isinstance(error, BadInput) else 409 if error else 200,
        kind=kind,
        load=load,
        preview={
            "faults": [],
            "created": [],
            "updated": [],
            "sheet": None,
            "faults_in_all": 0,
            **preview,
        },
        counts=load.counts or dict.fromkeys(("read", "created", "updated", "unchanged", "rejected", "missing"), 0),
        # Of a list that was loaded before cells were counted nothing is said of them.
        columns=[[*column, None][:3] for column in preview.get("columns", ())],
        of_columns=[fault for fault in preview.get("faults", ()) if fault["line"] is None],
        missing=missing,
        undoing=outlook(access.session, load) if _may_undo(access, load) else None,
        error=error,
    )


def _may_undo(access: Access, load: RosterLoad) -> bool:
    return load.finished_at is not None and load.undone_at is None and has_changes(access.session, load)
