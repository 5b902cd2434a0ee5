"""转移名单回传: the list of those to be moved comes back filled in; looked at first, then entered."""

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
from geo_housing.evacuation.states import PLACE_UNKNOWN
from geo_housing.files.models import StoredFile
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.queries import event_of
from geo_housing.response.returned import moves
from geo_housing.response.returned.entering import ConflictCell, Ticked, cell_of
from geo_housing.response.returned.keeping import keep, kept_list, on_disk
from geo_housing.response.returned.moves_weighed import MoveRow
from geo_housing.response.returned.outcome import ListEntered, Preview
from geo_housing.response.returned.which import OtherList
from geo_housing.response.returning import hindrance_of
from geo_housing.response.steps.tabs import head_of
from geo_housing.words import EVACUATION_STATE, EVENT_MODE, EVENT_PHASE, WARNING_LEVEL

router = APIRouter(prefix="/events/{event_id}/evacuation/returned", include_in_schema=False)

Enterer = Annotated[Access, requires("evacuation.enter")]
KIND = "returned_moves"
SHOWN = 500
LABELS = {
    "state": "状态", "people": "人数", "moved_at": "时间", "to": "安置点、去向", "organiser": "组织人",
    "reported_by": "谁报的", "note": "备注",
}  # fmt: skip
WORDS: dict[str, Any] = {"phase": EVENT_PHASE, "level": WARNING_LEVEL, "mode": EVENT_MODE, "state": EVACUATION_STATE}


@router.get("")
def returned_page(event_id: int, request: Request, access: Enterer) -> Response:
    """Where a filled list is chosen."""
    return _page(request, access, event_of(access.session, event_id, access.actor.scope))


@router.post("")
def post_list(
    event_id: int,
    request: Request,
    access: Enterer,
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
                hindrance = hindrance_of(access.session, access.actor, event)
                found = moves.preview(access.session, access.actor, event, path, hindrance=hindrance)
    except NotFound:
        raise
    except GeoHousingError as error:
        if isinstance(error, OtherList) and not sent_on and access.actor.may("inspections.enter"):
            # With what was posted.
            return RedirectResponse(f"/events/{event_id}/returned?sent_on=1", 307)
        return _page(request, access, event, error=error)
    return _page(request, access, event, found=found, kept=kept, sent_on=sent_on)


@router.post("/{file_id}")
def post_enter(
    event_id: int,
    file_id: int,
    request: Request,
    access: Enterer,
    replace: Annotated[list[str] | None, Form()] = None,
    restore: Annotated[list[str] | None, Form()] = None,
    answer: Annotated[list[str] | None, Form()] = None,
    pick: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Enter the list that was looked at; of the conflicts only the rows and fields that were ticked, as they were seen."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    with on_disk(request, kept_list(access, file_id, KIND)) as path:
        hindrance = hindrance_of(session, actor, event)
        ticked = Ticked(set(replace or ()), set(restore or ()), set(answer or ()), pick or ())
        done = moves.enter_list(session, actor, event, path, ticked, hindrance=hindrance)
    if done.faults or done.left or done.left_open:
        return _page(request, access, event, done=done)
    toast = f"已录入 {done.entered} 户，未变 {done.unchanged} 户。"
    return redirect(f"/events/{event_id}/evacuation", request=request, toast=toast)


def _page(
    request: Request,
    access: Access,
    event: HazardEvent,
    *,
    found: Preview[MoveRow] | None = None,
    kept: StoredFile | None = None,
    done: ListEntered | None = None,
    error: GeoHousingError | None = None,
    sent_on: bool = False,
) -> Response:
    codes = (
        {row.area_code for row in (*found.enters, *found.conflicts, *found.taken_off, *found.asked)} if found else set()
    )
    codes |= {code for shown in (found, done) if shown for code in shown.left_open.areas}
    return render(
        request,
        access,
        "response/returned_moves.html",
        status_code=status_of(error),
        event=event,
        head=head_of(access.session, access.actor, event),
        here="evacuation",
        found=found,
        kept=kept,
        done=done,
        shown=SHOWN,
        said=_said,
        cells=_cells,
        cell_of=cell_of,
        place_unknown=PLACE_UNKNOWN,
        labels=LABELS,
        names=names_of(access.session, with_townships(codes)),
        error=error,
        sent_on=sent_on,
        words=WORDS,
    )


def _cells(row: MoveRow) -> list[ConflictCell]:
    """A conflict field by field."""
    return [
        ConflictCell(
            cell_of(row, one.field),
            LABELS[one.field],
            _said(one.field, one.stands),
            PLACE_UNKNOWN if one.field == "state" and row.unplaced else _said(one.field, one.sent),
            is_word=one.field == "state",
        )
        for one in row.changes
    ]


def _said(field: str, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "—"
    if isinstance(value, datetime):
        return f"{value.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    return EVACUATION_STATE.label(str(value)) if field == "state" else str(value)
