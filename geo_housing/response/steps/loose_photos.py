"""照片归户: many photos are sent at once, wait in a tray of their township, and are dragged or tapped to houses."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Request
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of, redirect, render, status_of
from geo_housing.areas.queries import names_of
from geo_housing.errors import BadInput, GeoHousingError, NotAllowed, NotFound
from geo_housing.files.photos import MOST_BYTES
from geo_housing.files.queries import stored_file
from geo_housing.files.response import file_response
from geo_housing.files.storage import FileStore
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.entry_form import sent_photos
from geo_housing.inspections.form_content import LABELS
from geo_housing.inspections.form_content import WORDS as FORM_WORDS
from geo_housing.inspections.loose import service
from geo_housing.inspections.loose.queries import (
    LooseEntry,
    file_of,
    loose_entry,
    photo_counts,
    tasks_by_area,
    tray_of,
    waiting_counts,
)
from geo_housing.inspections.models import LoosePhoto
from geo_housing.inspections.router import sent_photo
from geo_housing.response.queries import event_of
from geo_housing.response.rows import rows_of
from geo_housing.response.steps.tabs import Head, head_of
from geo_housing.scope import AreaScope
from geo_housing.translation import translate
from geo_housing.words import EVENT_MODE, EVENT_PHASE, WARNING_LEVEL

router = APIRouter(prefix="/events/{event_id}/photos", include_in_schema=False)
api_router = APIRouter(prefix="/api/v1/events/{event_id}/photos", tags=["inspections"])

Inspector = Annotated[Access, requires("inspections.enter")]
FamilyViewer = Annotated[Access, requires("heads.view")]
TOWNSHIP, VILLAGE = 9, 12
# Houses of one village on the page.
MOST_HOUSES = 1_000
WORDS: dict[str, Any] = {**FORM_WORDS, "phase": EVENT_PHASE, "level": WARNING_LEVEL, "mode": EVENT_MODE}


class Where(BaseModel):
    """What becomes of a photo: ``inspection`` gives it to a house, null takes it back; ``set_aside``: it is of no house."""

    model_config = ConfigDict(extra="forbid")

    version: int
    inspection: int | None = None
    set_aside: bool = False


@router.get("")
def choose_area(event_id: int, request: Request, access: Inspector) -> Response:
    """The townships of the event; whoever has only one goes there."""
    session, scope = access.session, access.actor.scope
    event = event_of(session, event_id, scope)
    tasks = tasks_by_area(session, event_id, scope, digits=TOWNSHIP)
    own = scope.prefix if len(scope.prefix) >= TOWNSHIP else next(iter(tasks), None) if len(tasks) == 1 else None
    if own is not None:
        return redirect(f"/events/{event_id}/photos/{own}", request=request)
    waiting: dict[str, int] = {}
    for code, count in waiting_counts(session, event_id, scope).items():
        waiting[code[:TOWNSHIP]] = waiting.get(code[:TOWNSHIP], 0) + count
    return render(
        request,
        access,
        "response/photo_areas.html",
        event=event,
        head=head_of(session, access.actor, event),
        here="",
        tasks=tasks,
        waiting=waiting,
        names=names_of(session, {*tasks, *waiting}),
        words=WORDS,
    )


@router.get("/{area}")
def tray_page(event_id: int, area: str, request: Request, access: Inspector, village: str = "") -> Response:
    """The tray of a township (or village) and the houses of one of its villages."""
    return _page(request, access, event_of(access.session, event_id, access.actor.scope), area, village)


@router.post("/{area}")
def post_photos(
    event_id: int,
    area: str,
    request: Request,
    access: Inspector,
    photos: Annotated[list[UploadFile], Depends(sent_photos)],
    village: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Photos as a plain form: those that can be kept are kept, why not the others."""
    event = event_of(access.session, event_id, access.actor.scope)
    service.check_area(access.actor, event, area)
    kept, refused = 0, []
    for photo in photos:
        name = photo.filename or "照片.jpg"
        try:
            with access.session.begin_nested():
                data = photo.file.read(MOST_BYTES + 1)
                service.keep_loose(access.session, access.actor, _store(request), event, area, data=data, name=name)
            kept += 1
        except (NotFound, NotAllowed):
            raise
        except GeoHousingError as error:
            refused.append(f"照片“{name[:60]}”没有保存：{error.sentence}")
    if refused or not kept:
        why = refused[0] if refused else "没有收到照片，请选择或拍摄一张照片。"
        return _page(request, access, event, area, village, error=BadInput(why), lost=refused)
    return redirect(_address(event_id, area, village), request=request, toast=f"收到照片 {kept} 张。")


@router.post("/{area}/press")
def post_press(
    event_id: int,
    area: str,
    request: Request,
    access: Inspector,
    press: Annotated[str, Form(max_length=60)],
    photo: Annotated[list[str] | None, Form(max_length=500)] = None,
    village: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """``house-n``: the photos that are ticked are of this house; ``aside``: of none; ``back-…``, ``restore-…``: one waits again."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    is_part = "hx-request" in request.headers
    act, _, what = press.partition("-")
    try:
        with session.begin_nested():
            seen = service.numbers_of([what] if act in ("back", "restore") else photo or ())
            if not seen:
                raise BadInput("请先选照片，再选房屋。")
            done, said = _pressed(request, access, event, area, act, what, seen)
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        if is_part:
            raise
        return _page(request, access, event, area, village, error=error)
    if not is_part:
        return redirect(_address(event_id, area, village), request=request, toast=said)
    undoes = act in ("house", "aside") and done
    undo = (
        f"/events/{event_id}/photos/{area}/undo/{'.'.join(f'{one.id}-{one.version}' for one in done)}"
        if undoes
        else None
    )
    response = _page(request, access, event, area, village, is_part=True)
    told = {"text": translate(said, language_of(request, access.person)), "undo": undo}
    response.headers["HX-Trigger"] = json.dumps({"gh:toast": told})
    return response


@router.post("/{area}/undo/{seen}")
def post_undo(event_id: int, area: str, seen: str, request: Request, access: Inspector) -> Response:
    """Take back what was just done with photos."""
    event = event_of(access.session, event_id, access.actor.scope)
    done = service.undo(access.session, access.actor, event, area, service.numbers_of(seen.split(".")))
    return redirect(_address(event_id, area, ""), request=request, toast=f"照片 {len(done)} 张放回待归户。")


@api_router.get("/{area}")
def get_tray(event_id: int, area: str, access: FamilyViewer) -> Any:
    """The photos of a township or village that wait, and the last that are settled."""
    event = event_of(access.session, event_id, access.actor.scope)
    service.check_area(access.actor, event, area)
    tray = tray_of(access.session, event, area)
    return {
        "waiting": [_out(event_id, one) for one in tray.waiting],
        "assigned": [_out(event_id, one) for one in tray.assigned],
        "set_aside": [_out(event_id, one) for one in tray.aside],
    }


@api_router.post("/{area}/photos")
def post_photo(
    event_id: int, area: str, request: Request, access: Inspector, photo: Annotated[UploadFile, Depends(sent_photo)]
) -> Any:
    """Keep a photo until somebody says of which house it is: checked, encoded anew; the same one again is kept once."""
    event = event_of(access.session, event_id, access.actor.scope)
    data, name = photo.file.read(MOST_BYTES + 1), photo.filename or "照片.jpg"
    kept = service.keep_loose(access.session, access.actor, _store(request), event, area, data=data, name=name)
    return _out(event_id, loose_entry(access.session, event, area, kept.id))


@api_router.patch("/{area}/{photo_id}")
def patch_photo(event_id: int, area: str, photo_id: int, body: Where, request: Request, access: Inspector) -> Any:
    """Give a photo to a house, take it back, set it aside; 409 when somebody else has decided since (``version``)."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    seen = {photo_id: body.version}
    if body.inspection is not None:
        if body.set_aside:
            raise BadInput("归户和不归户只能选一个。")
        service.assign(session, actor, _store(request), event, area, seen, body.inspection)
    elif body.set_aside:
        service.set_aside(session, actor, event, area, seen)
    else:
        service.undo(session, actor, event, area, seen)
    return _out(event_id, loose_entry(session, event, area, photo_id))


@api_router.get("/{area}/{photo_id}/image")
def get_image(
    event_id: int,
    area: str,
    photo_id: int,
    request: Request,
    access: FamilyViewer,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The photo itself."""
    event_of(access.session, event_id, access.actor.scope)
    file = stored_file(access.session, access.actor.scope, file_of(access.session, event_id, area, photo_id))
    return file_response(_store(request), file, if_none_match=if_none_match)


def _pressed(
    request: Request, access: Access, event: HazardEvent, area: str, act: str, what: str, seen: dict[int, int]
) -> tuple[list[LoosePhoto], str]:
    session, actor = access.session, access.actor
    if act == "house" and what.isascii() and what.isdigit() and len(what) < 19:
        done = service.assign(session, actor, _store(request), event, area, seen, int(what))
        return done, f"照片 {len(done)} 张已归户。"
    if act == "aside":
        done = service.set_aside(session, actor, event, area, seen)
        return done, f"照片 {len(done)} 张不归户，仍保存在下面。"
    if act == "back":
        done = service.take_back(session, actor, event, area, seen)
    elif act == "restore":
        done = service.restore(session, actor, event, area, seen)
    else:
        raise BadInput("操作没有说明是哪一栋，请刷新页面后重试。")
    return done, f"照片 {len(done)} 张放回待归户。"


def _page(
    request: Request,
    access: Access,
    event: HazardEvent,
    area: str,
    village: str,
    *,
    error: GeoHousingError | None = None,
    lost: list[str] | None = None,
    is_part: bool = False,
) -> Response:
    session, actor = access.session, access.actor
    service.check_area(actor, event, area)
    villages = tasks_by_area(session, event.id, AreaScope(area), digits=VILLAGE)
    chosen = village if village in villages else next(iter(villages), "")
    rows = rows_of(session, actor, event.id, AreaScope(chosen), limit=MOST_HOUSES) if chosen else []
    return render(
        request,
        access,
        "response/photo_tray.html" if is_part else "response/photos.html",
        status_code=status_of(error),
        event=event,
        head=Head() if is_part else head_of(session, actor, event),
        here="",
        area=area,
        chosen=chosen,
        villages=villages,
        names=names_of(session, {area, *villages}),
        tray=tray_of(session, event, area),
        rows=rows,
        counts=photo_counts(session, [row.id for row in rows]),
        place={"holder": f"user:{access.person.user_id}"},
        labels=LABELS,
        error=error,
        lost=lost or [],
        words=WORDS,
    )


def _out(event_id: int, one: LooseEntry) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "area": one.scope_code,
        "name": one.name,
        "taken_at": one.taken_at,
        "sent_by": one.sent_by,
        "sent_at": one.sent_at,
        "inspection": one.inspection_id,
        "house_code": one.house_code,
        "assigned_by": one.assigned_by,
        "set_aside": one.is_aside,
        "hint": one.hint,
        "url": f"/api/v1/events/{event_id}/photos/{one.scope_code}/{one.id}/image",
    }


def _address(event_id: int, area: str, village: str) -> str:
    return f"/events/{event_id}/photos/{area}" + (f"?village={village}" if village.isdigit() else "")


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)
