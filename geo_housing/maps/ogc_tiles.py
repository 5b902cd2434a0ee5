"""OGC API Tiles: the map's vector tiles as QGIS, GDAL and other programs look for them below ``/ogc``."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from geo_housing.errors import NotFound
from geo_housing.layers.catalogue import layer_named
from geo_housing.layers.columns import Layer
from geo_housing.maps.router import MVT, Viewer, answer_tile
from geo_housing.maps.tile_address import Tile
from geo_housing.maps.tile_json import DEEPEST

WEB_MERCATOR_QUAD = "WebMercatorQuad"
_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_HALF_M = 20037508.3427892
# Pixels of 0.28 mm, 256 to a tile, as the standard counts scales.
_SCALE_OF_ALL = 559082264.028717
_PIXELS = 256

router = APIRouter(prefix="/ogc", tags=["ogc"])


@router.get("/tileMatrixSets")
def tile_matrix_sets(request: Request, access: Viewer) -> Response:
    """The one grid of tiles that there is."""
    return JSONResponse({"tileMatrixSets": [{"id": WEB_MERCATOR_QUAD, "uri": _URI, "links": [_grid_link(request)]}]})


@router.get("/tileMatrixSets/{grid}")
def tile_matrix_set(grid: str, access: Viewer) -> Response:
    """The grid, level by level."""
    _known(grid)
    levels = [_level(zoom) for zoom in range(DEEPEST + 1)]
    return JSONResponse({"id": grid, "uri": _URI, "crs": _CRS, "orderedAxes": ["X", "Y"], "tileMatrices": levels})


@router.get("/collections/{layer_name}/tiles")
def tile_sets(layer_name: str, request: Request, access: Viewer) -> Response:
    """In which grids a layer has tiles."""
    layer = layer_named(layer_name)
    here = f"{_base(request)}/collections/{layer.name}/tiles"
    only = _tile_set(layer) | {"links": [_link("self", f"{here}/{WEB_MERCATOR_QUAD}"), _grid_link(request)]}
    return JSONResponse({"links": [_link("self", here)], "tilesets": [only]})


@router.get("/collections/{layer_name}/tiles/{grid}")
def tile_set(layer_name: str, grid: str, request: Request, access: Viewer) -> Response:
    """Where the tiles of a layer lie."""
    layer = layer_named(layer_name)
    _known(grid)
    here = f"{_base(request)}/collections/{layer.name}/tiles"
    template = f"{here}/{grid}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    links = [
        _link("self", f"{here}/{grid}"),
        _link("item", template, MVT) | {"templated": True},
        _grid_link(request),
    ]
    return JSONResponse(_tile_set(layer) | {"links": links})


@router.get("/collections/{layer_name}/tiles/{grid}/{zoom}/{row}/{column}")
def tile(layer_name: str, grid: str, zoom: int, row: int, column: int, request: Request, access: Viewer) -> Response:
    """One vector tile, the same as below ``/tiles``; filters stand in the address likewise."""
    layer = layer_named(layer_name)
    _known(grid)
    return answer_tile(request, access, layer, Tile(zoom, column, row))


def _known(grid: str) -> None:
    if grid != WEB_MERCATOR_QUAD:
        raise NotFound(f"没有瓦片方案“{grid[:40]}”，可用的是 {WEB_MERCATOR_QUAD}。")


def _tile_set(layer: Layer) -> dict[str, Any]:
    return {"title": layer.label, "dataType": "vector", "crs": _CRS, "tileMatrixSetURI": _URI}


def _level(zoom: int) -> dict[str, Any]:
    tiles = 2**zoom
    return {
        "id": str(zoom),
        "scaleDenominator": _SCALE_OF_ALL / tiles,
        "cellSize": 2 * _HALF_M / _PIXELS / tiles,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-_HALF_M, _HALF_M],
        "tileWidth": _PIXELS,
        "tileHeight": _PIXELS,
        "matrixWidth": tiles,
        "matrixHeight": tiles,
    }


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/ogc"


def _link(rel: str, href: str, kind: str = "application/json") -> dict[str, Any]:
    return {"rel": rel, "href": href, "type": kind}


def _grid_link(request: Request) -> dict[str, Any]:
    return _link(_SCHEME, f"{_base(request)}/tileMatrixSets/{WEB_MERCATOR_QUAD}")
