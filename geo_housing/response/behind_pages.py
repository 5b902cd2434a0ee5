"""What register, risk areas and zones have changed since tasks were given, told where lists are worked on and on the desk.

The page of the event has the press that brings it onto the lists; who never opens that page must be told, too.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.numbers import MOST_BIGINT
from geo_housing.response.queries import event_of, events_page
from geo_housing.response.situation import behind_of

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
# Open events in one answer, the newest first; the answer itself asks for those before them.
COMPARED_TOGETHER = 5


@router.get("/behind")
def behind_anywhere(
    request: Request, access: Viewer, before: Annotated[int | None, Query(ge=1, le=MOST_BIGINT)] = None
) -> Response:
    """Of all open events in the reader's area; the desk asks for it when it stands."""
    session, actor = access.session, access.actor
    open_ = [
        entry.event
        for entry in events_page(session, actor.scope, only_open=True, before=before, limit=COMPARED_TOGETHER)
    ]
    found = [(event, behind_of(session, actor, event)) for event in open_]
    further = open_[-1].id if len(open_) == COMPARED_TOGETHER else None
    return render(request, access, "response/behind.html", found=found, names=True, further=further)


@router.get("/{event_id:int}/behind")
def behind_here(event_id: int, request: Request, access: Viewer) -> Response:
    """Of one event; its list asks for it when it stands."""
    event = event_of(access.session, event_id, access.actor.scope)
    found = [(event, behind_of(access.session, access.actor, event))]
    return render(request, access, "response/behind.html", found=found, names=False, further=None)
