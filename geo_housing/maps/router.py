"""What the map asks for: vector tiles and their TileJSON, figures of what is in view, single houses."""

import gzip
import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.parameters import READS_ADDRESS
from geo_housing.accounts.rendering import language_of
from geo_housing.clock import now
from geo_housing.errors import BadInput
from geo_housing.layers.catalogue import layer_named
from geo_housing.layers.columns import Layer
from geo_housing.layers.filters import Filter, settled
from geo_housing.layers.hazard_layers import EMERGENCY_INSPECTIONS
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.parsing import parse_filter
from geo_housing.maps import outlines, points, queries, tile_json
from geo_housing.maps.line_facts import KINDS
from geo_housing.maps.lines import lines_in_view
from geo_housing.maps.tile_address import MAX_ZOOM, Tile
from geo_housing.maps.tiles import TileAsked, tile_bytes
from geo_housing.maps.versions import data_version, matches, tile_etag
from geo_housing.numbers import whole_number
from geo_housing.response.standing.details import details_of, persons_of
from geo_housing.translation import translate

Viewer = Annotated[Access, requires("map.view")]
MVT = "application/vnd.mapbox-vector-tile"
# The browser keeps a tile but asks each time whether it is still true (and still theirs to see).
TILE_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization, Accept-Encoding"}
GZIP_FROM = 20_000

tiles_router = APIRouter(prefix="/tiles", tags=["tiles"])
router = APIRouter(prefix="/api/v1/map", tags=["map"])


@tiles_router.get("/{layer_name}/{z}/{x}/{y}.mvt", summary="矢量瓦片")
def tile(layer_name: str, z: int, x: int, y: int, request: Request, access: Viewer) -> Response:
    """One tile under the filter of the address; 304 when the browser has it already."""
    return answer_tile(request, access, layer_named(layer_name), Tile(z, x, y))


def answer_tile(request: Request, access: Access, layer: Layer, tile: Tile) -> Response:
    """The tile as it goes to whoever asked, whichever address they know it by."""
    asked = TileAsked(tile, _wanted(request, layer, access), access.actor.scope)
    etag = tile_etag(access.session, access.actor, layer.name, asked.wanted, f"{tile.z}/{tile.x}/{tile.y}")
    headers = {**TILE_HEADERS, "ETag": etag}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    data = tile_bytes(access.session, layer, asked)
    if len(data) >= GZIP_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        data = gzip.compress(data, 1, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type=MVT, headers=headers)


@tiles_router.get("/{layer_name}.json", summary="TileJSON")
def tilejson(layer_name: str, request: Request, access: Viewer) -> Response:
    """Where the tiles of a layer are and what is in them, for QGIS and MapLibre."""
    layer = layer_named(layer_name)
    _wanted(request, layer, access)
    base = str(request.base_url).rstrip("/")
    query = f"?{request.url.query}" if request.url.query else ""
    bounds = outlines.bounds(access.session, access.actor.scope)
    answer = tile_json.document(layer, address=f"{base}/tiles/{layer.name}/{{z}}/{{x}}/{{y}}.mvt{query}", bounds=bounds)
    return JSONResponse(answer, headers={"Cache-Control": "private, no-cache"})


@router.get("/counts", summary="视野内的数量（图例）", dependencies=[READS_ADDRESS])
def counts(request: Request, access: Viewer) -> Response:
    """Figures of what is in ``bbox``; each list of the legend under all filters but its own."""
    wanted = _wanted(request, HOUSES, access)
    # Before the figures: a page that sees another version asks for its tiles again.
    version = data_version(access.session, HOUSES.name)
    found = queries.view_counts(access.session, wanted, access.actor.scope)
    return _answer({"as_of": _moment(), "version": version, **asdict(found)})


@router.get("/inspection-counts", summary="视野内的应急排查（按状态）", dependencies=[READS_ADDRESS])
def inspection_counts(request: Request, access: Viewer) -> Response:
    """Emergency inspections in ``bbox`` by state, under all filters but the state."""
    wanted = _wanted(request, EMERGENCY_INSPECTIONS, access)
    found = queries.inspection_counts(access.session, wanted, access.actor.scope)
    return _answer({"as_of": _moment(), **found})


@router.get("/rows", summary="视野内的房屋列表", dependencies=[READS_ADDRESS])
def rows(request: Request, access: Viewer) -> Response:
    """Houses in ``bbox`` for the table under the map, the most dangerous first; ``next`` goes on."""
    wanted = _wanted(request, HOUSES, access, besides=frozenset({"cursor"}))
    cursor = request.query_params.get("cursor")
    return _answer(queries.rows_in_view(access.session, wanted, access.actor.scope, cursor=cursor))


@router.get("/villages", summary="各村数量", dependencies=[READS_ADDRESS])
def villages(request: Request, access: Viewer) -> Response:
    """Villages from far: a measure per 100 户, and what it is made of."""
    code = request.query_params.get("measure") or queries.DEFAULT_MEASURE
    measure = queries.MEASURES.get(code)
    if measure is None:
        raise BadInput(f"没有“{code}”这个指标，可用的有：{'、'.join(queries.MEASURES)}。")
    wanted = _wanted(request, HOUSES, access, besides=frozenset({"measure"}))
    items = queries.village_figures(access.session, wanted, access.actor.scope, measure)
    return _answer({"as_of": _moment(), "measure": asdict(measure), "items": [asdict(item) for item in items]})


@router.get("/{layer_name}/points", summary="视野内的点（不用 WebGL 时）", dependencies=[READS_ADDRESS])
def points_in_view(layer_name: str, request: Request, access: Viewer) -> Response:
    """Houses or inspections in ``bbox``, or clusters of them, for drawing on an ordinary canvas."""
    layer = layer_named(layer_name)
    if layer not in (HOUSES, EMERGENCY_INSPECTIONS):
        raise BadInput("只有 houses 和 emergency-inspections 图层有点。")
    wanted = _wanted(request, layer, access, besides=frozenset({"zoom"}))
    if wanted.bbox is None:
        raise BadInput("请给出 bbox：西,南,东,北。")
    return _answer(points.points_in_view(access.session, layer, wanted, access.actor.scope, zoom=_zoom(request)))


@router.get("/houses/{code}", summary="一栋房屋的要点")
def house(code: str, access: Viewer) -> Response:
    """What the popup of a house says, by rights."""
    return _answer(queries.house_facts(access.session, access.actor, code))


@router.get("/zones", summary="一个事件的影响范围", dependencies=[READS_ADDRESS])
def zones(request: Request, access: Viewer) -> Response:
    """Present zones of the event as GeoJSON for drawing."""
    wanted = _wanted(request, layer_named("zones"), access)
    return _geojson(outlines.features(access.session, layer_named("zones"), wanted, access.actor.scope))


@router.get("/standing-areas", summary="灾害易发地", dependencies=[READS_ADDRESS])
def standing_areas(request: Request, access: Viewer) -> Response:
    """Standing risk areas as GeoJSON for drawing, with what is known of each; telephones masked."""
    wanted = _wanted(request, layer_named("standing-areas"), access)
    found = outlines.features(access.session, layer_named("standing-areas"), wanted, access.actor.scope)
    ids = [feature["properties"]["zone_id"] for feature in found]
    language = language_of(request, access.person)
    details, people = details_of(access.session, ids), persons_of(access.session, ids)
    for feature in found:
        known = details.get(feature["properties"]["zone_id"])
        feature["properties"] |= {
            name: getattr(known, name, None) for name in ("place", "measures", "route", "shelter")
        }
        feature["properties"]["people"] = [
            {"id": one.id, "duty": translate(one.duty_label, language), "name": one.name, "phone": one.phone_masked}
            for one in people.get(feature["properties"]["zone_id"], ())
        ]
    return _geojson(found)


@router.get("/lines", summary="河流、道路")
def map_lines(access: Viewer, kinds: str, zoom: str, bbox: str) -> Response:
    """Rivers and roads of a view as GeoJSON, for orientation; the finer the nearer."""
    wanted = [kind for kind in kinds.split(",") if kind]
    if not wanted or any(kind not in KINDS for kind in wanted):
        raise BadInput(f"kinds 只能是 {'、'.join(KINDS)}。")
    box = _box(bbox)
    near = whole_number(zoom, most=MAX_ZOOM + 2)
    if near is None:
        raise BadInput(f"zoom 应为 0 到 {MAX_ZOOM + 2} 的整数，现在是“{zoom[:40]}”。")
    return _geojson(lines_in_view(access.session, box, kinds=wanted, zoom=near))


def _box(said: str) -> tuple[float, float, float, float]:
    """West, south, east, north; BadInput when it is none."""
    try:
        west, south, east, north = (float(part) for part in said.split(","))
    except ValueError:
        raise BadInput("bbox 应是 西,南,东,北 四个经纬度。") from None
    if not (-540 <= west <= east <= 540 and -90 <= south <= north <= 90):
        raise BadInput("bbox 应是 西,南,东,北 四个经纬度。")
    return west, south, east, north


def _wanted(request: Request, layer: Layer, access: Access, besides: frozenset[str] = frozenset()) -> Filter:
    values: dict[str, object] = {}
    for name in request.query_params:
        if name in besides:
            continue
        values[name] = ",".join(value for value in request.query_params.getlist(name) if value)
    return settled(access.session, parse_filter(values, layer=layer, actor=access.actor), access.actor)


def _zoom(request: Request) -> int:
    given = request.query_params.get("zoom", "")
    zoom = whole_number(given, most=MAX_ZOOM + 2)
    if zoom is None:
        raise BadInput(f"zoom 应为 0 到 {MAX_ZOOM + 2} 的整数，现在是“{given[:40]}”。")
    return zoom


def _moment() -> str:
    return now().isoformat(timespec="seconds")


def _answer(content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(jsonable_encoder(content))


def _geojson(features: list[dict[str, Any]]) -> Response:
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, default=str)
    return Response(text, media_type="application/geo+json")
