"""The documents of OGC API Features that tell a client what there is: landing page, collections, queryables, API."""

from typing import Any

from geo_housing.exports.asked import MOST_ROWS
from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.columns import Column, Layer

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/{part}"
    for part in (
        "ogcapi-features-1/1.0/conf/core",
        "ogcapi-features-1/1.0/conf/geojson",
        "ogcapi-features-1/1.0/conf/oas30",
        "ogcapi-features-3/1.0/conf/queryables",
        "ogcapi-features-3/1.0/conf/filter",
        "ogcapi-features-3/1.0/conf/features-filter",
        "cql2/1.0/conf/cql2-text",
        "cql2/1.0/conf/basic-cql2",
        # The tiles themselves are the map's.
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
        "ogcapi-tiles-1/1.0/conf/geodata-tilesets",
        "ogcapi-tiles-1/1.0/conf/mvt",
    )
)
# cql-text is what the draft was called: GDAL looks for this name and otherwise fetches everything and filters by itself.
FILTER_LANGUAGES = ("cql2-text", "cql-text")
# The filter's own words that an items request takes beside bbox and filter.
LIST_PARAMETERS = (
    "area",
    "grade",
    "risk",
    "renovation",
    "renovation_year",
    "occupancy",
    "structure",
    "location",
    "state",
    "event",
    "zone",
)
_JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "words": {"type": "array", "items": {"type": "string"}},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "bool": {"type": "boolean"},
}

Document = dict[str, Any]


def link(rel: str, href: str, kind: str = "application/json", title: str | None = None) -> Document:
    """One link."""
    return {"rel": rel, "href": href, "type": kind} | ({"title": title} if title else {})


def landing(base: str) -> Document:
    """The landing page; ``base`` is the address of /ogc."""
    return {
        "title": "农村住房安全管理平台",
        "description": "农房、区划、影响范围、应急排查图层（OGC API Features，经纬度 CRS84）",
        "links": [
            link("self", base, title="本页"),
            link("service-desc", f"{base}/api", OPENAPI, "API 定义"),
            link("conformance", f"{base}/conformance", title="符合的规范"),
            link("data", f"{base}/collections", title="图层"),
            link(f"{OGC_REL}/tiling-schemes", f"{base}/tileMatrixSets", title="瓦片方案"),
        ],
    }


def collection(base: str, layer: Layer, extent: tuple[float, float, float, float] | None) -> Document:
    """One collection; ``extent`` is that of the divisions that the user may see."""
    here = f"{base}/collections/{layer.name}"
    document: Document = {
        "id": layer.name,
        "title": layer.label,
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": [
            link("self", here),
            link("items", f"{here}/items", GEOJSON, layer.label),
            link(f"{OGC_REL}/queryables", f"{here}/queryables", SCHEMA, "可筛选字段"),
            link(f"{OGC_REL}/tilesets-vector", f"{here}/tiles", title="矢量瓦片"),
        ],
    }
    if extent is not None:
        document["extent"] = {"spatial": {"bbox": [list(extent)], "crs": CRS84}}
    return document


def queryables(base: str, layer: Layer) -> Document:
    """The columns that ``filter`` may name, as JSON Schema."""
    properties: Document = {
        "geometry": {"title": "几何", "format": "geometry-point" if layer.is_points else "geometry-multipolygon"}
    }
    properties |= {column.name: _queryable(column) for column in layer.columns if column.filterable}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{layer.name}/queryables",
        "type": "object",
        "title": layer.label,
        "properties": properties,
        "additionalProperties": False,
    }


def _queryable(column: Column) -> Document:
    schema = {"title": column.label} | _JSON_TYPES[column.kind]
    if column.words is not None and not column.words.extensible:
        schema["enum"] = list(column.words)
    return schema


def api(base: str) -> Document:
    """The OpenAPI definition; clients read the page size from the schema of ``limit`` (GDAL asks 10 without it)."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "农村住房安全管理平台 OGC API Features", "version": "1.0"},
        "servers": [{"url": base}],
        "paths": _paths(),
        "components": {"parameters": _parameters()},
    }


def _parameters() -> Document:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": MOST_ROWS}
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    parameters: Document = {
        "limit": _parameter("limit", limit),
        "bbox": _parameter("bbox", box) | {"style": "form", "explode": False},
        "filter": _parameter("filter", {"type": "string"}),
        "filter-lang": _parameter(
            "filter-lang", {"type": "string", "enum": list(FILTER_LANGUAGES), "default": "cql2-text"}
        ),
        "datetime": _parameter("datetime", {"type": "string"}),
        "cursor": _parameter("cursor", {"type": "string"}),
    }
    return parameters | {name: _parameter(name, {"type": "string"}) for name in LIST_PARAMETERS}


def _parameter(name: str, schema: Document) -> Document:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _paths() -> Document:
    paths: Document = {
        path: _get(kind, [])
        for path, kind in (
            ("/", "application/json"),
            ("/conformance", "application/json"),
            ("/collections", "application/json"),
            ("/api", OPENAPI),
        )
    }
    for layer in LAYERS.values():
        here = f"/collections/{layer.name}"
        names = ["limit", "bbox", "datetime", "filter", "filter-lang", "cursor"]
        names += [name for name in LIST_PARAMETERS if name in layer.filters]
        references = [{"$ref": f"#/components/parameters/{name}"} for name in names]
        feature_id = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
        paths[here] = _get("application/json", [])
        paths[f"{here}/queryables"] = _get(SCHEMA, [])
        paths[f"{here}/items"] = _get(GEOJSON, references)
        paths[f"{here}/items/{{featureId}}"] = _get(GEOJSON, [feature_id])
    return paths


def _get(kind: str, parameters: list[Document]) -> Document:
    return {"get": {"parameters": parameters, "responses": {"200": {"description": "OK", "content": {kind: {}}}}}}
