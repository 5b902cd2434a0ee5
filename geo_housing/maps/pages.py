"""一张图: the map's page in the frame, and the tiles of a base map that lies in a folder here."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import FileResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of, page_paths, render
from geo_housing.area_codes import township_of
from geo_housing.areas.queries import AreaName, area_names, has_demo
from geo_housing.base_map import attribution, local_tile
from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.geometry import HOUSE_SRID, zone_of_longitude
from geo_housing.layers.division_layers import TOWNSHIPS, VILLAGES
from geo_housing.layers.house_layer import CATEGORIES, HOUSES
from geo_housing.layers.statistics_layer import VILLAGE_STATISTICS
from geo_housing.maps import queries
from geo_housing.maps.browser_config import FAR_ZOOM, MODULES, legend_words, words_and_colours
from geo_housing.maps.line_facts import KINDS
from geo_housing.maps.lines import kinds_of_lines
from geo_housing.maps.map_content import MapContent, layer_labels
from geo_housing.maps.outlines import Box, bounds, divisions, zone_bounds
from geo_housing.settings import BaseMap
from geo_housing.web_assets import asset
from geo_housing.words import CATEGORY, EVENT_KIND, KEY_GROUPS, WARNING_LEVEL

router = APIRouter(include_in_schema=False)

Viewer = Annotated[Access, requires("map.view")]
# Endings of the files that layers go out as, their labels, and whether their reference system can be chosen (GeoJSON has
# one by its standard).
FILE_FORMATS = (
    ("xlsx", "Excel（.xlsx）", True),
    ("csv", "CSV（.csv）", True),
    ("geojson", "GeoJSON（.geojson）", False),
    ("gpkg", "GeoPackage（.gpkg）", True),
    ("zip", "Shapefile（.zip）", True),
    ("fgb", "FlatGeobuf（.fgb）", True),
    ("parquet", "GeoParquet（.parquet）", True),
    ("geojsonl", "GeoJSON Lines（.geojsonl）", False),
)
MOST_NAMED = 100
MAP_FILE = ("html", "地图网页（.html，离线打开）", False)
# Modules that packages bring, under the names by which they import one another.
PACKAGES = {
    "leaflet": "map/leaflet.js",
    "maplibre-gl": "vendor/maplibre/maplibre-gl.mjs",
    "maplibre-gl-leaflet": "vendor/maplibre/leaflet-maplibre-gl.mjs",
}


@router.get("/map")
def map_page(request: Request, access: Viewer) -> Response:
    """一张图."""
    # Folium brings pandas with it: the service shall answer before they are loaded (serving.py warms them up).
    from geo_housing.maps.folium_page import compose

    session, actor = access.session, access.actor
    language = language_of(request, access.person)
    base_map: BaseMap = request.app.state.settings.base_map
    names = [area for area in area_names(session) if actor.scope.covers(area.code)]
    events = queries.open_events(session, also=_named_events(request)) if actor.may("events.view") else []
    box = bounds(session, actor.scope)
    config: dict[str, Any] = {
        **words_and_colours(language),
        "csrfToken": access.person.csrf_token or "",
        "workerUrl": asset("vendor/maplibre/maplibre-gl-worker.mjs"),
        "farZoom": FAR_ZOOM,
        "bounds": box,
        "opening": _opening(request, access, box),
        "hasBaseMap": base_map.kind != "none",
        "areas": {area.code: area.name for area in names},
        "events": [event.id for event in events],
        "mayReveal": actor.may("personal.view"),
        "mayOpenEvents": actor.may("events.edit") and "/events" in page_paths(request),
    }
    content = MapContent(
        base_map=base_map,
        townships=divisions(session, "township", actor.scope),
        villages=divisions(session, "village", actor.scope),
        bounds=box,
        config=config,
        labels=layer_labels(language),
    )
    return render(
        request,
        access,
        "maps/map.html",
        composed=compose(content),
        import_map={"imports": import_map()},
        panel=panel_of(session, actor, names, events),
        base_map_note=attribution(base_map),
        is_demo_map=has_demo(session),
        export_formats=(*FILE_FORMATS, MAP_FILE) if actor.may("export") else (),
        export_layers=export_layers(actor),
        export_crs=export_crs(box),
        has_outlines=box is not None,
        opened_at=now(),
        may_open_events=config["mayOpenEvents"],
        redrawable=[event for event in events if actor.scope.covers(event.scope_code) and not event.is_over],
        event_kinds=EVENT_KIND.labels,
        warning_levels=WARNING_LEVEL.labels,
        **legend_words(),
    )


def _named_events(request: Request) -> list[int]:
    """Events that the address names: an address keeps its view when the event is over, too."""
    named = ",".join(request.query_params.get(name, "") for name in ("zones", "inspections")).split(",")
    return [int(text) for text in named[:MOST_NAMED] if text.isascii() and text.isdigit() and len(text) < 10]


def _opening(request: Request, access: Access, area: Box | None) -> Box | None:
    """Where a link that names events' zones and no place begins: at those zones, as far as they lie in the area."""
    if not request.query_params.get("zones") or not access.actor.may("events.view"):
        return None
    zones = zone_bounds(access.session, _named_events(request), access.actor.scope)
    if zones is None or area is None:
        return zones
    within = (max(zones[0], area[0]), max(zones[1], area[1]), min(zones[2], area[2]), min(zones[3], area[3]))
    return within if within[0] < within[2] and within[1] < within[3] else zones


@router.post("/map/alone.html")
def alone(
    request: Request,
    access: Annotated[Access, requires("export")],
    area: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "",
) -> Response:
    """The map as one file that opens without network: no names in it, whose copy it is written all over it."""
    from geo_housing.maps.standalone import map_text

    language = language_of(request, access.person)
    made = map_text(access.session, access.actor, area=area or None, purpose=purpose, language=language)
    headers = {"Content-Disposition": f'attachment; filename="map-{now():%Y%m%d-%H%M}.html"'}
    return Response(made.html, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/map/base/{z}/{x}/{y}")
def base_tile(z: int, x: int, y: int, request: Request, access: Viewer) -> Response:
    """One picture of a base map that lies in a folder here."""
    path, kind = local_tile(request.app.state.settings.base_map, z, x, y)
    return FileResponse(path, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})


def import_map() -> dict[str, str]:
    """Names by which the modules import one another → addresses."""
    ours = {f"gh/map/{name}.js": asset(f"map/{name}.js") for name in MODULES}
    return {**ours, **{name: asset(path) for name, path in PACKAGES.items()}}


def panel_of(session: Session, actor: Actor, names: list[AreaName], events: list[queries.OpenEvent]) -> dict[str, Any]:
    """What the panel at the left offers this reader."""
    townships = [area for area in names if area.level == "township"]
    villages: dict[str, list[AreaName]] = {}
    for area in names:
        if area.level == "village":
            villages.setdefault(township_of(area.code), []).append(area)
    categories = {code: CATEGORY.label(code) for code in KEY_GROUPS} if actor.may(CATEGORIES) else {}
    return {
        "townships": townships,
        "villages": villages,
        "counties": [area for area in names if area.level == "county"],
        "categories": categories,
        "events": events,
        "with_inspections": [event for event in events if event.has_inspections],
        "lines": {kind: KINDS[kind] for kind in kinds_of_lines(session)},
        "has_standing": actor.may("events.view") and queries.has_standing_areas(session),
        "measures": queries.MEASURES,
    }


def export_layers(actor: Actor) -> list[tuple[str, str]]:
    """What can be exported from the map, by name of the layer."""
    found = [(HOUSES.name, "农房（逐栋）")]
    if len(actor.scope.prefix) <= (VILLAGE_STATISTICS.whole_digits or 0):
        found.append((VILLAGE_STATISTICS.name, "分村统计（小数已合并，可对外提供）"))
    return [*found, (VILLAGES.name, "行政村界线"), (TOWNSHIPS.name, "乡镇界线")]


def export_crs(box: tuple[float, float, float, float] | None) -> list[tuple[str, str]]:
    """Reference systems that a planner here asks for: degrees, and the 3-degree zones that the county lies in."""
    found = [(f"EPSG:{HOUSE_SRID}", "CGCS2000 经纬度（EPSG:4490）"), ("auto", "CGCS2000 3度带（按范围自动选）")]
    if box is not None:
        for zone in range(zone_of_longitude(box[0]), zone_of_longitude(box[2]) + 1):
            found.append((f"EPSG:{zone}", f"CGCS2000 3度带 第{zone - 4488}带（EPSG:{zone}）"))
    return found
