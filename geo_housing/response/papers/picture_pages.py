"""地图图片: the picture of a township or village for the chat; the page makes a PNG of the drawing."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.response.papers.picture import picture_of
from geo_housing.response.papers.picture_houses import WIDTH

router = APIRouter(prefix="/events", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]


@router.get("/{event_id}/picture")
def area_picture(event_id: int, request: Request, access: Viewer, area: str) -> Response:
    """The picture of a township or village: title, counts, map, legend, date. Chinese, because it goes to villages."""
    found = picture_of(access.session, access.actor, event_id, area)
    return render(
        request,
        access,
        "response/picture.html",
        picture=found,
        width=int(WIDTH),
        file_name=f"{found.event.name}-{found.place}-{found.as_of:%Y%m%d-%H%M}.png",
    )
