"""The form of an event: what, how strong, where; and other zones for one that stands."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.areas.queries import area_names, names_of
from geo_housing.errors import GeoHousingError, layers_to_choose
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import require_whole_event
from geo_housing.response import queries
from geo_housing.response.standing.details import persons_of
from geo_housing.response.warnings.message_pages import SentMessage, is_message, message_page, text_of_message
from geo_housing.response.zones.answers import loaded_toast
from geo_housing.response.zones.event_form import EventForm, sent_event
from geo_housing.response.zones.redrawing import chosen_before
from geo_housing.words import EVENT_KIND, EVENT_MODE, WARNING_LEVEL

router = APIRouter(prefix="/events", include_in_schema=False)

Editor = Annotated[Access, requires("events.edit")]
Sent = Annotated[EventForm, Depends(sent_event)]
WORDS: dict[str, Any] = {"kind": EVENT_KIND, "level": WARNING_LEVEL, "mode": EVENT_MODE}


@router.get("/new")
def new_event(request: Request, access: Editor, where: Literal["areas", "file"] = "areas") -> Response:
    """The form: what, how strong, where; ``where`` is what is open at first."""
    return _event_form(request, access, EventForm(where=where))


@router.post("/new")
def post_new_event(request: Request, access: Editor, form: Sent) -> Response:
    """Make the event; a refusal keeps what was typed and says what is wrong. A message is first shown as it was read."""
    try:
        if form.where == "file" and form.file is not None and is_message(form.file.filename or ""):
            return message_page(request, access, SentMessage(_beside(form), text_of_message(form.file.file.read())))
        with access.session.begin_nested():
            loaded = form.load(access.session, access.actor)
    except GeoHousingError as error:
        return _event_form(request, access, form, error)
    return redirect(f"/events/{loaded.zoned.event_id}", request=request, toast=loaded_toast(loaded, "已新建事件"))


def _beside(form: EventForm) -> FormData:
    """What of the form is meant for a message: its own kind and level stand in it."""
    return FormData(
        {"client_id": form.client_id, "0-name": form.name, "0-mode": form.mode, "0-buffer_m": form.buffer_m}
    )


@router.get("/{event_id}/zones")
def zones_form(event_id: int, request: Request, access: Editor) -> Response:
    """The form for other zones of the same event; of one that is over its page, where they stand."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    require_whole_event(access.actor, event)
    if event.phase in ENDED_PHASES:
        return redirect(
            f"/events/{event_id}", request=request, toast="事件已结束，影响范围不能再改；最后的范围见本页的图。"
        )
    form = EventForm(
        name=event.name,
        kind=event.kind,
        level=event.level,
        revision=str(event.revision),
        areas=chosen_before(access.session, event),
    )
    return _event_form(request, access, form, event=event)


@router.post("/{event_id}/zones/effect")
def zones_effect(event_id: int, request: Request, access: Editor, form: Sent) -> Response:
    """What the zones of the form would change of the event, as it is typed now; stores nothing."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    require_whole_event(access.actor, event)
    effect, error = None, None
    try:
        effect = form.effect(access.session, access.actor, event)
    except GeoHousingError as refused:
        error = refused
    codes = {one.code for one in effect.changing.houses.townships} if effect else set()
    return render(
        request,
        access,
        "response/zones_effect.html",
        event=event,
        effect=effect,
        error=error,
        layer=form.layer,
        layers=layers_to_choose(error) if error else effect.layers if effect else (),
        names=names_of(access.session, codes),
        first_people=persons_of(access.session, [one.zone_id for one in effect.first.areas])
        if effect and effect.first
        else None,
        words=WORDS,
    )


@router.post("/{event_id}/zones")
def post_zones(event_id: int, request: Request, access: Editor, form: Sent) -> Response:
    """Replace the zones: added houses get their tasks at once, withdrawing waits for the button."""
    event = queries.event_of(access.session, event_id, access.actor.scope)
    try:
        with access.session.begin_nested():
            loaded = form.load(access.session, access.actor, event=event)
    except GeoHousingError as error:
        return _event_form(request, access, form, error, event=event)
    return redirect(f"/events/{event_id}", request=request, toast=loaded_toast(loaded, "已更新影响范围"))


def _event_form(
    request: Request,
    access: Access,
    form: EventForm,
    error: GeoHousingError | None = None,
    *,
    event: HazardEvent | None = None,
) -> Response:
    if error and event:
        # Whoever was too late reads the sentence and may mean it all the same.
        form = replace(form, revision=str(event.revision))
    names = area_names(access.session)
    scope = access.actor.scope
    inside = [area for area in names if scope.covers(area.code)]
    return render(
        request,
        access,
        "response/event_form.html",
        status_code=422 if error else 200,
        form=replace(form, file=None),
        error=error,
        layers=layers_to_choose(error),
        event=event,
        townships=[area for area in inside if area.level == "township"],
        villages=[area for area in inside if area.level == "village"],
        words=WORDS,
    )
