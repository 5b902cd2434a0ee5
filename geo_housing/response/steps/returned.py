"""名单回传: a village list filled in as a workbook comes back; looked at first, then entered."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.areas.queries import names_of
from geo_housing.clock import BEIJING, now
from geo_housing.errors import BadInput, GeoHousingError, NotFound, TooLarge
from geo_housing.files.models import StoredFile
from geo_housing.files.queries import stored_file
from geo_housing.files.service import content_of, store_file
from geo_housing.files.storage import FileStore
from geo_housing.hazards.models import HazardEvent
from geo_housing.keys import KeyRing, load_keys
from geo_housing.response.queries import event_of
from geo_housing.response.returned import service
from geo_housing.response.returned.compare import Difference
from geo_housing.response.steps.tabs import tabs_of
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, EVENT_MODE, EVENT_PHASE, WARNING_LEVEL

router = APIRouter(prefix="/events/{event_id}/returned", include_in_schema=False)

Inspector = Annotated[Access, requires("inspections.enter")]
MOST_BYTES = 20 * 1024**2
KEPT_FOR = timedelta(hours=12)
KIND = "returned_list"
SHOWN = 500
LABELS = {
    "result": "排查结果", "damage": "损坏程度", "rooms_collapsed": "倒塌（间）", "rooms_severe": "严重损坏（间）",
    "rooms_slight": "一般损坏（间）", "findings": "现场情况", "visitor": "排查人", "visited_at": "排查时间",
}  # fmt: skip
WORDS: dict[str, Any] = {
    "phase": EVENT_PHASE, "level": WARNING_LEVEL, "mode": EVENT_MODE, "result": CHECK_RESULT, "damage": DAMAGE_CLASS,
}  # fmt: skip


@router.get("")
def returned_page(event_id: int, request: Request, access: Inspector) -> Response:
    """Where a filled list is chosen."""
    return _page(request, access, event_of(access.session, event_id, access.actor.scope))


@router.post("")
def post_list(
    event_id: int, request: Request, access: Inspector, file: Annotated[UploadFile | None, File()] = None
) -> Response:
    """Look at a list: what it would enter, what it would overwrite, what cannot be used. Nothing is entered yet."""
    event = event_of(access.session, event_id, access.actor.scope)
    try:
        with access.session.begin_nested():
            kept = _keep(request, access, event, file)
            with _on_disk(request, kept) as path:
                found = service.preview(access.session, access.actor, event, path)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _page(request, access, event, error=error)
    return _page(request, access, event, found=found, kept=kept)


@router.post("/{file_id}")
def post_enter(
    event_id: int,
    file_id: int,
    request: Request,
    access: Inspector,
    replace: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Enter the list that was looked at; of the conflicts only those that were ticked."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    kept = stored_file(session, actor.scope, file_id)
    if kept.kind != KIND or kept.created_by != actor.name:
        raise NotFound("没有这份名单，请重新上传。")
    with _on_disk(request, kept) as path:
        done = service.enter(session, actor, event, path, replace=set(replace or ()))
    if done.faults or done.left:
        return _page(request, access, event, done=done)
    toast = f"已录入 {done.entered} 栋，未变 {done.unchanged} 栋。"
    return redirect(f"/events/{event_id}#progress", request=request, toast=toast)


def _keep(request: Request, access: Access, event: HazardEvent, file: UploadFile | None) -> StoredFile:
    """The workbook, sealed: it names people; gone after half a day."""
    if file is None or not file.filename:
        raise BadInput("请选择填写好的名单文件（.xlsx）。")
    if Path(file.filename).suffix.lower() not in (".xlsx", ".xls", ".xlsm"):
        raise BadInput("请上传 .xlsx 或 .xls 文件。")
    if (file.size or 0) > MOST_BYTES:
        raise TooLarge(f"文件超过 {MOST_BYTES // 1024**2} MB，请按乡镇分开上传。")
    scope = access.actor.scope
    return store_file(
        access.session,
        access.actor,
        _store(request),
        source=file.file,
        name=f"returned{Path(file.filename).suffix.lower()}",
        kind=KIND,
        media_type="application/octet-stream",
        scope_code=scope.prefix if scope.prefix.startswith(event.scope_code) else event.scope_code,
        ring=_ring(request),
        keep_until=now() + KEPT_FOR,
    )


@contextmanager
def _on_disk(request: Request, kept: StoredFile) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="returned-") as folder:
        path = Path(folder) / kept.name
        with path.open("wb") as out:
            for piece in content_of(_store(request), kept, _ring(request)):
                out.write(piece)
        yield path


def _page(
    request: Request,
    access: Access,
    event: HazardEvent,
    *,
    found: service.Preview | None = None,
    kept: StoredFile | None = None,
    done: service.Entered | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    codes = {row.area_code for row in (*found.enters, *found.conflicts)} if found else set()
    return render(
        request,
        access,
        "response/returned.html",
        status_code=status_of(error),
        event=event,
        tabs=tabs_of(access.session, access.actor, event),
        here="",
        found=found,
        kept=kept,
        done=done,
        shown=SHOWN,
        said=_said,
        labels=LABELS,
        names=names_of(access.session, codes | {code[:9] for code in codes}),
        error=error,
        words=WORDS,
    )


def _said(field: str, one: Difference) -> tuple[str, str]:
    """What stands and what was sent, as people read them."""
    return _shown(field, one.stands), _shown(field, one.sent)


def _shown(field: str, value: Any) -> str:
    if value is None:
        return "—"
    if field == "visited_at":
        return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    words = {"result": CHECK_RESULT, "damage": DAMAGE_CLASS}.get(field)
    return words.label(str(value)) if words else str(value)


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)


def _ring(request: Request) -> KeyRing:
    return load_keys(request.app.state.settings.keys_file)
