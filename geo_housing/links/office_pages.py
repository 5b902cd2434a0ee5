"""Giving links out: who has which, one press for a village or for all of a township, QR codes on paper, taking back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, names_loopback, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.areas.queries import name_of_area
from geo_housing.errors import BadInput, GeoHousingError, NotFound
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.links import service
from geo_housing.links.queries import event_within, links_of, villages_of
from geo_housing.links.tickets import ticket_of

router = APIRouter(prefix="/events", include_in_schema=False)

Giver = Annotated[Access, requires(service.GIVES_OUT)]


@router.get("/{event_id}/links")
def link_list(event_id: int, request: Request, access: Giver, area: str = "") -> Response:
    """Which links of the event were given out in the area, and the press that gives out new ones."""
    return _list(request, access, event_id, area)


@router.post("/{event_id}/links")
def post_links(
    event_id: int,
    request: Request,
    access: Giver,
    area: Annotated[str, Form(max_length=12)] = "",
    note: Annotated[str, Form(max_length=200)] = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Give out links and show them, this once: never by a redirect, where the token would have to wait somewhere."""
    try:
        with access.session.begin_nested():
            event, made = service.make_links(
                access.session, access.actor, event_id, area=area, note=note, client_id=client_id
            )
    except NotFound:
        raise
    except GeoHousingError as error:
        return _list(request, access, event_id, area, error=error, note=note)
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return render(
        request,
        access,
        "links/made.html",
        event=event,
        area=area,
        note=note,
        tickets=[ticket_of(origin, event, link) for link in made],
        unreachable=names_loopback(request),
        unencrypted=request.url.scheme != "https" and not names_loopback(request),
    )


@router.post("/{event_id}/links/{link_id}/withdraw")
def post_withdraw(
    event_id: int,
    link_id: int,
    request: Request,
    access: Giver,
    area: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Take a link back: it opens nothing from now on."""
    service.withdraw_link(access.session, access.actor, event_id, link_id)
    back = f"/events/{event_id}/links" + (f"?area={area}" if area.isascii() and area.isdigit() else "")
    return redirect(back, request=request, toast="链接已收回，立即失效。")


def _list(
    request: Request, access: Access, event_id: int, area: str, *, error: GeoHousingError | None = None, note: str = ""
) -> Response:
    session = access.session
    event = event_within(session, event_id, access.actor.scope)
    scope = access.actor.scope.narrowed(area)
    status = 200 if error is None else 422 if isinstance(error, BadInput) else 409
    return render(
        request,
        access,
        "links/links.html",
        status_code=status,
        event=event,
        is_over=event.phase in ENDED_PHASES,
        area=scope.prefix,
        place_name=name_of_area(session, scope.prefix) if scope.prefix else None,
        villages=villages_of(session, event_id, scope),
        links=links_of(session, event_id, scope),
        note=note,
        error=error,
    )
