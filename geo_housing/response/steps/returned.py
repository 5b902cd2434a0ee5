"""名单回传: a village list filled in as a workbook comes back; looked at first, then entered."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.area_codes import with_townships
from geo_housing.areas.queries import names_of
from geo_housing.clock import BEIJING
from geo_housing.errors import GeoHousingError, NotFound
from geo_housing.files.models import StoredFile
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.queries import event_of
from geo_housing.response.returned import service
from geo_housing.response.returned.compare import CellDifference
from geo_housing.response.returned.entering import ConflictCell, Ticked, cell_of
from geo_housing.response.returned.keeping import keep, kept_list, on_disk
from geo_housing.response.returned.outcome import ListEntered, Preview
from geo_housing.response.returned.which import OtherList
from geo_housing.response.steps.tabs import head_of
from geo_housing.words import (
    CHECK_RESULT,
    DAMAGE_CLASS,
    EVENT_MODE,
    EVENT_PHASE,
    FINDING_ITEM,
    REPORTED_HOW,
    WARNING_LEVEL,
)

router = APIRouter(prefix="/events/{event_id}/returned", include_in_schema=False)

Inspector = Annotated[Access, requires("inspections.enter")]
KIND = "returned_list"
SHOWN = 500
LABELS = {
    "result": "排查结果", "damage": "损坏程度", "rooms_collapsed": "倒塌（间）", "rooms_severe": "严重损坏（间）",
    "rooms_slight": "一般损坏（间）", "finding_items": "损坏情况", "findings": "现场情况", "visitor": "排查人",
    "visited_at": "排查时间", "reported_how": "报告方式", "reported_by": "报告人", "reported_at": "报告时间",
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
    event_id: int,
    request: Request,
    access: Inspector,
    file: Annotated[UploadFile | None, File()] = None,
    sent_on: bool = False,
) -> Response:
    """Look at a list: what it would enter, what it would overwrite, what cannot be used. Nothing is entered yet.

    The other list is sent on to its own page with the file, ``sent_on``.
    """
    event = event_of(access.session, event_id, access.actor.scope)
    try:
        with access.session.begin_nested():
            kept = keep(request, access, event, file, KIND)
            with on_disk(request, kept) as path:
                found = service.preview(access.session, access.actor, event, path)
    except NotFound:
        raise
    except GeoHousingError as error:
        if isinstance(error, OtherList) and not sent_on and access.actor.may("evacuation.enter"):
            # With what was posted.
            return RedirectResponse(f"/events/{event_id}/evacuation/returned?sent_on=1", 307)
        return _page(request, access, event, error=error)
    return _page(request, access, event, found=found, kept=kept, sent_on=sent_on)


@router.post("/{file_id}")
def post_enter(
    event_id: int,
    file_id: int,
    request: Request,
    access: Inspector,
    replace: Annotated[list[str] | None, Form()] = None,
    restore: Annotated[list[str] | None, Form()] = None,
    pick: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Enter the list that was looked at; of the conflicts only the rows and fields that were ticked, as they were seen."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    kept = kept_list(access, file_id, KIND)
    with on_disk(request, kept) as path:
        done = service.enter(
            session, actor, event, path, Ticked(set(replace or ()), set(restore or ()), picked=pick or ())
        )
    if done.faults or done.left or done.again or done.odd or done.left_open or done.left_out:
        return _page(request, access, event, done=done)
    toast = f"已录入 {done.entered} 栋，未变 {done.unchanged} 栋。"
    return redirect(f"/events/{event_id}#progress", request=request, toast=toast)


def _page(
    request: Request,
    access: Access,
    event: HazardEvent,
    *,
    found: Preview[service.Row] | None = None,
    kept: StoredFile | None = None,
    done: ListEntered | None = None,
    error: GeoHousingError | None = None,
    sent_on: bool = False,
) -> Response:
    codes = {row.area_code for row in (*found.enters, *found.conflicts, *found.taken_off)} if found else set()
    codes |= {one.area_code for shown in (found, done) if shown for one in shown.again}
    codes |= {one.area_code for one in done.odd} if done else set()
    codes |= {code for shown in (found, done) if shown for code in shown.left_open.areas}
    return render(
        request,
        access,
        "response/returned.html",
        status_code=status_of(error),
        event=event,
        head=head_of(access.session, access.actor, event),
        here="",
        found=found,
        kept=kept,
        done=done,
        shown=SHOWN,
        said=_said,
        cells=_cells,
        labels=LABELS,
        names_families=access.actor.may("heads.view"),
        names=names_of(access.session, with_townships(codes)),
        error=error,
        sent_on=sent_on,
        words=WORDS,
    )


def _cells(row: service.Row) -> list[ConflictCell]:
    """A conflict field by field."""
    return [
        ConflictCell(cell_of(row, one.field), LABELS[one.field], *_said(one.field, one))
        for one in row.verdict.differences
    ]


def _said(field: str, one: CellDifference) -> tuple[str, str]:
    """What stands and what was sent, as people read them."""
    return _shown(field, one.stands), _shown(field, one.sent)


def _shown(field: str, value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    if field == "finding_items":
        return "；".join(FINDING_ITEM.label(item) for item in value) or "无"
    words = {"result": CHECK_RESULT, "damage": DAMAGE_CLASS, "reported_how": REPORTED_HOW}.get(field)
    return words.label(str(value)) if words else str(value)
