"""过程: how the event stood at a moment that is asked for, every change of its zones as a picture, and what was done."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from geo_housing import clock
from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render, status_of
from geo_housing.area_codes import county_of
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, GeoHousingError
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.queries import JournalPosition
from geo_housing.response.course import acts_of
from geo_housing.response.papers.zone_pictures import zone_pictures
from geo_housing.response.queries import event_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.steps.tabs import head_of
from geo_housing.words import DAMAGE_CLASS, EVENT_MODE, EVENT_PHASE, WARNING_LEVEL

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
NAME = "course"
SHOWN_ACTS = 200
WORDS: dict[str, Any] = {"phase": EVENT_PHASE, "level": WARNING_LEVEL, "mode": EVENT_MODE, "damage": DAMAGE_CLASS}


@router.get("/{event_id}/course")
def course_page(event_id: int, request: Request, access: Viewer, at: str = "", before: str = "") -> Response:
    """The event as it was known at ``at``, now where nothing is asked; ``before``: what was done on the page before that."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    moment, place, error = None, None, None
    try:
        moment, place = _moment(at, event), JournalPosition.read(before[:200])
    except GeoHousingError as refused:
        error = refused
    acts, following = acts_of(session, actor, event, limit=SHOWN_ACTS, until=moment, after=place)
    return render(
        request,
        access,
        "response/course.html",
        status_code=status_of(error),
        event=event,
        head=head_of(session, actor, event),
        here=NAME,
        figures=gather(session, event, actor.scope, as_of=moment),
        as_of=moment or clock.now(),
        is_then=moment is not None,
        asked=at[:30],
        latest=clock.now().astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M"),
        pictures=zone_pictures(session, event_id, actor.scope.narrowed(county_of(event.scope_code)), until=moment),
        acts=acts,
        earlier=_address(event_id, at=at[:30], before=following.text()) if following else None,
        newest=_address(event_id, at=at[:30]) if place else None,
        error=error,
        words=WORDS,
    )


def _address(event_id: int, **asked: str) -> str:
    return f"/events/{event_id}/course?{urlencode({name: value for name, value in asked.items() if value})}#acts"


def _moment(text: str, event: HazardEvent) -> datetime | None:
    at = clock.typed_until(text, "查看以前某时的情况")
    if at is None:
        return None
    if at < event.created_at:
        raise BadInput("那时还没有这个事件，请选事件建立之后的时间。")
    return min(at, clock.now())
