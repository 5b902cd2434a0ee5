"""会议模式: the page for the wall, without names of persons, and its figures for refreshing."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of, render
from geo_housing.areas.queries import area_names, has_demo, name_of_area
from geo_housing.base_map import attribution
from geo_housing.clock import now
from geo_housing.desk.meeting import meeting
from geo_housing.desk.overview_map import MEASURE
from geo_housing.desk.queries import fresh
from geo_housing.maps.browser_config import words_and_colours
from geo_housing.maps.lines import kinds_of_lines
from geo_housing.maps.map_content import MapContent, layer_labels
from geo_housing.maps.outlines import bounds, divisions
from geo_housing.maps.pages import import_map
from geo_housing.settings import BaseMap

router = APIRouter(include_in_schema=False)

Viewer = Annotated[Access, requires("map.view")]


@router.get("/map/meeting")
def meeting_page(request: Request, access: Viewer) -> Response:
    """The page; ``?area=`` opens it at a township."""
    # Folium brings pandas with it: the service shall answer before they are loaded.
    from geo_housing.maps.folium_page import compose

    session, actor = access.session, access.actor
    language = language_of(request, access.person)
    base_map: BaseMap = request.app.state.settings.base_map
    config = {
        **words_and_colours(language),
        "bounds": bounds(session, actor.scope),
        "hasBaseMap": base_map.kind != "none",
        "meeting": _figures(access),
        "lines": kinds_of_lines(session),
        "root": {"code": actor.scope.prefix, "name": _root_name(access)},
        "areas": {area.code: area.name for area in area_names(session) if actor.scope.covers(area.code)},
    }
    content = MapContent(
        base_map=base_map,
        townships=divisions(session, "township", actor.scope),
        villages=divisions(session, "village", actor.scope),
        bounds=config["bounds"],
        config=config,
        labels=layer_labels(language),
    )
    return render(
        request,
        access,
        "desk/meeting.html",
        composed=compose(content),
        import_map={"imports": import_map()},
        root_name=config["root"]["name"],
        measure=MEASURE,
        has_base_map=config["hasBaseMap"],
        base_map_note=attribution(base_map),
        is_demo_map=has_demo(session),
    )


@router.get("/map/meeting/figures")
def meeting_figures(access: Viewer) -> Response:
    """The figures again, for the page that stands on the wall for hours."""
    return JSONResponse(_figures(access))


def _figures(access: Access) -> dict[str, Any]:
    found = meeting(access.session, access.actor.scope, fresh(access.session, access.actor))
    return {"as_of": now().isoformat(timespec="seconds"), **found.as_json()}


def _root_name(access: Access) -> str:
    """The one division that is looked at; several counties together have no name."""
    prefix = access.actor.scope.prefix
    if prefix:
        return name_of_area(access.session, prefix) or prefix
    counties = area_names(access.session, "county")
    return counties[0].name if len(counties) == 1 else ""
