"""巡查排查: what is to be inspected in one's area, and the form in which a result is entered (代录) with photos."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.area_codes import is_village, township_of, with_townships
from geo_housing.areas.queries import names_of
from geo_housing.clock import now
from geo_housing.errors import GeoHousingError, NotFound
from geo_housing.files.storage import FileStore
from geo_housing.hazards.facts import Occupancy
from geo_housing.houses.living import stale_before
from geo_housing.inspections import service
from geo_housing.inspections.entry_form import SentForm, as_typed, carried, entry_of, own_name, sent_form
from geo_housing.inspections.form_content import WORDS, FormPlace, add_photo, form_content, keep_photos, odd_of
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.priority import SEES_URGENCY, reasons_said
from geo_housing.inspections.queries import (
    event_named,
    inspection_people,
    inspection_view,
    is_drill,
    is_overdue,
    next_open,
)
from geo_housing.inspections.stages import why_over
from geo_housing.inspections.worklist import DUE, Asked, drills_left, place_of, work_counts, work_page
from geo_housing.words import CHECK_RESULT, EVENT_MODE, INSPECTION_STATE

router = APIRouter(prefix="/inspections", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Inspector = Annotated[Access, requires("inspections.enter")]
PAGE_ROWS = 100


@router.get("")
def inspection_list(
    request: Request,
    access: Viewer,
    state: str = "",
    overdue: bool = False,
    again: bool = False,
    result: str = "",
    event: int | None = None,
    mode: str = "",
    area: str = "",
    since: date | None = None,
    after: str | None = None,
) -> Response:
    """Unfinished inspections of all open real events in one's area, the first to be done on top; drills by themselves."""
    asked = Asked(
        access.actor.scope.narrowed(area or None),
        event_id=event,
        mode=mode if mode in EVENT_MODE else "",
        state=state if state in INSPECTION_STATE or state == DUE else "",
        result=result if result in CHECK_RESULT else "",
        only_overdue=overdue,
        only_again=again and not overdue,
        done_since=since,
    )
    counts = work_counts(access.session, asked)
    found = work_page(
        access.session, asked, after=place_of(after), limit=PAGE_ROWS, by_priority=access.actor.may(SEES_URGENCY)
    )
    kept = {"event": event, "mode": asked.mode, "area": area, "since": since}
    here = {
        "state": asked.state,
        "overdue": "1" if overdue else "",
        "again": "1" if asked.only_again else "",
        "result": asked.result,
        **kept,
    }
    return render(
        request,
        access,
        "inspections/inspections.html",
        rows=_entries(access, found.rows),
        sees_urgency=access.actor.may(SEES_URGENCY),
        counts=counts,
        total=counts.of(asked),
        asked=asked,
        event_name=event_named(access.session, event) if event is not None else None,
        is_drill=asked.mode == "drill" or (event is not None and is_drill(access.session, event)),
        drills_left=drills_left(access.session, asked) if event is None else None,
        place=_place_name(access, area) if area else None,
        every_place=list_address({**here, "area": ""}),
        every_event=list_address({**here, "event": ""}),
        every_day=list_address({**here, "since": ""}),
        every_mode=list_address({**here, "mode": ""}),
        drills=list_address({"mode": "drill", "area": area}),
        first_page=list_address(here) if after else None,
        next_page=list_address({**here, "after": found.following}) if found.following else None,
        chip=lambda **chosen: list_address({**kept, **chosen}),
        words=WORDS,
    )


def list_address(asked: Mapping[str, object]) -> str:
    """The list under a filter; empty values ask nothing."""
    query = urlencode({name: str(value) for name, value in asked.items() if value})
    return f"/inspections?{query}" if query else "/inspections"


@router.get("/{inspection_id}")
def inspection_form(inspection_id: int, request: Request, access: Viewer) -> Response:
    """One inspection: the house, why it is urgent, what was seen."""
    return _form(request, access, inspection_id)


@router.post("/{inspection_id}")
def post_inspection(
    inspection_id: int, request: Request, access: Inspector, sent: Annotated[SentForm, Depends(sent_form)]
) -> Response:
    """Save what was seen, photos with it; a refusal keeps what was typed, and the photos: a browser forgets chosen files."""
    typed, photos = sent.typed, sent.photos
    try:
        with access.session.begin_nested():
            entry = entry_of(typed, has_photos=bool(photos), stated=sent.stated)
            saved = service.enter_result(access.session, access.actor, inspection_id, entry)
            for photo in photos:
                add_photo(access.session, access.actor, _store(request), inspection_id, photo)
    except NotFound:
        raise
    except GeoHousingError as error:
        store = _store(request)
        typed, kept, refused = keep_photos(access.session, access.actor, store, inspection_id, typed, photos)
        return _form(request, access, inspection_id, typed=typed, error=error, kept=kept, refused=refused)
    if saved.state == "done":
        following = next_open(access.session, access.actor.scope, saved)
        said = service.toast_of(access.session, saved) + (f"照片 {len(photos)} 张。" if photos else "")
        # The next house is shown: what is odd of this one must be said here, with its code.
        view = inspection_view(access.session, inspection_id, access.actor.scope)
        said += odd_of(view, len(photos))
        address = f"/inspections/{following}" if following and access.actor.may("inspections.enter") else None
        return redirect(address or f"/inspections/{inspection_id}", request=request, toast=said)
    return redirect(f"/inspections/{inspection_id}", request=request, toast=service.toast_of(access.session, saved))


def _form(
    request: Request,
    access: Access,
    inspection_id: int,
    *,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
    kept: int = 0,
    refused: Sequence[str] = (),
) -> Response:
    session, actor = access.session, access.actor
    view = inspection_view(session, inspection_id, actor.scope)
    may_see = actor.may("heads.view")
    item = view.inspection
    following = next_open(session, actor.scope, item)
    place = FormPlace(
        action=f"/inspections/{item.id}",
        api=f"/api/v1/inspections/{item.id}",
        photos=f"/api/v1/inspections/{item.id}/photos/",
        holder=f"user:{access.person.user_id}",
        back=f"/events/{item.event_id}/areas/{item.scope_code}",
        asks_report=not is_village(actor.scope.prefix),
        following=f"/inspections/{following}" if following else None,
    )
    present = as_typed(service.findings_of(item), view, visitor=own_name(access))
    over = why_over(view.event_phase, item.state) if item.state != "withdrawn" else None
    proposed = carried(access, item) if typed is None else {}
    return render(
        request,
        access,
        "inspections/inspection.html",
        status_code=status_of(error),
        may_see=may_see,
        sees_urgency=actor.may(SEES_URGENCY),
        people=inspection_people(session, item.house_id, actor.scope) if may_see else None,
        place_name=_place_name(access, item.scope_code),
        reasons=_reasons(access, item, view.occupancy),
        is_carried=bool(proposed),
        kept_photos=kept,
        lost_photos=len(refused),
        # The form's own refusal is shown already, and may be one of these.
        why_lost=[sentence for sentence in dict.fromkeys(refused) if error is None or sentence != error.sentence],
        # A form that was refused keeps what was typed in it.
        may_enter=actor.may("inspections.enter") and item.state != "withdrawn" and (over is None or typed is not None),
        over=over if actor.may("inspections.enter") and error is None else None,
        **form_content(view, place, {**present, **proposed}, typed=typed, error=error),
    )


def _reasons(access: Access, inspection: EmergencyInspection, occupancy: Occupancy) -> list[str]:
    """Why it is urgent, for those who may see that."""
    return reasons_said(inspection.reasons, occupancy) if access.actor.may(SEES_URGENCY) else []


def _entries(access: Access, rows: Sequence[Any]) -> list[dict[str, Any]]:
    names = names_of(access.session, with_townships(row[0].scope_code for row in rows))
    at, fresh_since = now(), stale_before(access.session, access.actor.scope)
    return [
        {
            "item": inspection,
            "house": house,
            "reasons": _reasons(
                access, inspection, Occupancy(house.occupancy, house.occupancy_checked_on, fresh_since)
            ),
            "place": _joined(names, inspection.scope_code),
            "event": event,
            "is_overdue": is_overdue(inspection, at),
            "again": again,
        }
        for inspection, house, event, again, *_ in rows
    ]


def _place_name(access: Access, code: str) -> str:
    return _joined(names_of(access.session, with_townships([code])), code)


def _joined(names: Mapping[str, str], code: str) -> str:
    """镇 · 村."""
    above_and_own = dict.fromkeys((township_of(code), code))
    return " · ".join(names[part] for part in above_and_own if part in names) or code


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)
