"""OGC API Features, core, for QGIS and GDAL: the same layers, rights and filter as everywhere."""

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.clock import now
from geo_housing.errors import BadInput, NotFound
from geo_housing.exports import ogc_documents as documents
from geo_housing.exports.asked import MOST_ROWS, Cursor, limit_of, query_values
from geo_housing.exports.geojson import feature_page, single_feature
from geo_housing.exports.service import EXPORT, journalled_page
from geo_housing.layers.catalogue import LAYERS, layer_named
from geo_housing.layers.columns import Layer
from geo_housing.layers.filters import Filter, settled
from geo_housing.layers.parsing import parse_filter
from geo_housing.layers.queries import count_rows
from geo_housing.layers.tables import AREA, in_range
from geo_housing.scope import AreaScope

router = APIRouter(prefix="/ogc", tags=["ogc"])

Taker = Annotated[Access, requires(EXPORT)]
# GDAL names the reference system of the answer; datetime belongs to the core, where features without a temporal
# extent match any time (OGC 17-069r4, 7.15.4).
_OWN = frozenset(
    {"limit", "cursor", "filter", "filter-lang", "filter-crs", "bbox-crs", "crs", "datetime", "f", "purpose"}
)


@router.get("")
@router.get("/")
def landing_page(request: Request, access: Taker) -> Response:
    """Where everything begins."""
    return JSONResponse(documents.landing(_base(request)))


@router.get("/conformance")
def conformance(access: Taker) -> Response:
    """Which parts of the standard hold."""
    return JSONResponse({"conformsTo": list(documents.CONFORMANCE)})


@router.get("/api")
def api_definition(request: Request, access: Taker) -> Response:
    """The OpenAPI definition."""
    return JSONResponse(documents.api(_base(request)), media_type=documents.OPENAPI)


@router.get("/collections")
def collections(request: Request, access: Taker) -> Response:
    """All layers."""
    base = _base(request)
    extent = _extent(access.session, access.actor.scope)
    return JSONResponse(
        {
            "links": [documents.link("self", f"{base}/collections")],
            "collections": [documents.collection(base, layer, extent) for layer in LAYERS.values()],
        }
    )


@router.get("/collections/{layer_name}")
def collection(layer_name: str, request: Request, access: Taker) -> Response:
    """One layer."""
    layer = layer_named(layer_name)
    return JSONResponse(documents.collection(_base(request), layer, _extent(access.session, access.actor.scope)))


@router.get("/collections/{layer_name}/queryables")
def queryables(layer_name: str, request: Request, access: Taker) -> Response:
    """What a filter may name."""
    return JSONResponse(documents.queryables(_base(request), layer_named(layer_name)), media_type=documents.SCHEMA)


@router.get("/collections/{layer_name}/items")
def items(layer_name: str, request: Request, access: Taker) -> Response:
    """One page of features with a link to the next; the first page tells how many there are in all."""
    layer = layer_named(layer_name)
    wanted = settled(access.session, _wanted(request, layer, access), access.actor)
    after = Cursor.read(request.query_params.get("cursor")).after
    limit = limit_of(request.query_params, default=MOST_ROWS)
    columns = layer.visible(access.actor, "map", to_file=True)
    scope = access.actor.scope
    features, next_after = feature_page(access.session, layer, columns, wanted, scope, limit=limit, after=after)
    head: dict[str, Any] = {"type": "FeatureCollection", "timeStamp": now().isoformat(timespec="seconds")}
    head |= {"numberReturned": len(features), "links": _page_links(request, Cursor(next_after).text())}
    if after is None:
        counts = count_rows(access.session, layer, wanted, scope)
        head["numberMatched"] = counts.located if layer.is_points else counts.rows
    journalled_page(
        access.session,
        access.actor,
        layer,
        wanted,
        columns,
        format="ogc",
        rows=len(features),
        purpose=request.query_params.get("purpose"),
    )
    text = f'{json.dumps(head, ensure_ascii=False)[:-1]},"features":[{",".join(features)}]}}'
    return Response(text, media_type=documents.GEOJSON)


@router.get("/collections/{layer_name}/items/{feature_id}")
def item(layer_name: str, feature_id: str, request: Request, access: Taker) -> Response:
    """One feature by its id."""
    layer = layer_named(layer_name)
    parse_filter({}, layer=layer, actor=access.actor)  # whether the layer is for this actor at all
    columns = layer.visible(access.actor, "map", to_file=True)
    feature = single_feature(access.session, layer, columns, access.actor.scope, feature_id)
    if feature is None:
        raise NotFound(f"{layer.label}图层里没有“{feature_id}”，或不在您的管辖范围内。")
    journalled_page(access.session, access.actor, layer, Filter(), columns, format="ogc", rows=1)
    links = [documents.link("self", str(request.url), documents.GEOJSON)]
    return Response(f'{feature[:-1]},"links":{json.dumps(links)}}}', media_type=documents.GEOJSON)


def _wanted(request: Request, layer: Layer, access: Access) -> Filter:
    params = request.query_params
    for name, accepted in (
        ("filter-lang", documents.FILTER_LANGUAGES),
        ("filter-crs", (documents.CRS84,)),
        ("bbox-crs", (documents.CRS84,)),
        ("crs", (documents.CRS84,)),
        ("f", ("json", "geojson")),
    ):
        if params.get(name, accepted[0]) not in accepted:
            raise BadInput(f"{name} 只支持 {'、'.join(accepted)}。")
    values = query_values(params, besides=_OWN)
    if "where" in values or "within" in values:
        raise BadInput("这里请用 filter=…（CQL2 文本）代替 where 和 within。")
    if filter_text := params.get("filter"):
        values["where"] = filter_text
    return parse_filter(values, layer=layer, actor=access.actor)


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/") + "/ogc"


def _page_links(request: Request, following: str | None) -> list[documents.Document]:
    links = [documents.link("self", str(request.url), documents.GEOJSON)]
    if following is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        address = f"{_base(request).removesuffix('/ogc')}{request.url.path}?{urlencode([*kept, ('cursor', following)])}"
        links.append(documents.link("next", address, documents.GEOJSON))
    return links


def _extent(session: Session, scope: AreaScope) -> tuple[float, float, float, float] | None:
    """Bounds of the loaded outlines within ``scope``: few rows, unlike the houses."""
    box = func.ST_Extent(AREA.c.geom)
    statement = select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    inside = in_range(AREA.c.code, scope)
    row = session.execute(statement.where(inside) if inside is not None else statement).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])
