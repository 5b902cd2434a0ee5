"""Every way out of a layer as a list of ids, each read by whoever reads such answers."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pyogrio
from fastapi.testclient import TestClient

from geo_housing.exports.formats import FORMATS
from geo_housing.layers.catalogue import LAYERS
from tests.maps.tiling import decoded, tile_of

# The column that tells rows apart, as it is called in files, in a Shapefile, and on the sheet for people.
IDS = {
    "houses": ("house_code", "house_code", "房屋编号"),
    "emergency-inspections": ("inspection_id", "insp_id", "编号"),
    "zones": ("zone_id", "zone_id", "编号"),
    "standing-areas": ("zone_id", "zone_id", "编号"),
    "villages": ("code", "code", "区划代码"),
    "townships": ("code", "code", "区划代码"),
    "village-statistics": ("unit", "unit", "统计单元"),
}
CORNERS = ((119.99, 45.03), (120.05, 44.99))

Query = dict[str, str]


def listed(client: TestClient, layer: str, query: Query) -> list[str]:
    """The list of the API, page by page; the first page tells how many there are."""
    ids: list[str] = []
    told = None
    cursor = None
    while told is None or cursor is not None:
        more = {"limit": "17", "matched": "1"} | ({"cursor": cursor} if cursor else {})
        answer = client.get(f"/api/v1/{layer}", params={**query, **more})
        assert answer.status_code == 200, answer.text
        ids += [str(row[IDS[layer][0]]) for row in answer.json()["items"]]
        told, cursor = answer.json()["matched"], answer.json()["next"]
    assert told == len(ids)
    return sorted(ids)


def filed(client: TestClient, layer: str, query: Query, ending: str, folder: Path) -> list[str]:
    """A file; its header tells how many rows it holds."""
    answer = client.get(f"/api/v1/{layer}.{ending}", params=query)
    assert answer.status_code == 200, answer.text
    path = folder / f"file.{ending}"
    path.write_bytes(answer.content)
    ids = [str(value) for value in _READERS[ending](path, layer)]
    assert int(answer.headers["x-geo-housing-rows"]) == len(ids), ending
    return sorted(ids)


def _geojson(path: Path, layer: str) -> list[Any]:
    found = json.loads(path.read_text("utf-8"))
    assert found["geo_housing"]["rows"] == len(found["features"])
    return [feature["id"] for feature in found["features"]]


def _lines(path: Path, layer: str) -> list[Any]:
    return [json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()]


def _csv(path: Path, layer: str) -> list[Any]:
    return [row[IDS[layer][0]] for row in csv.DictReader(io.StringIO(path.read_text("utf-8"), newline=""))]


def _xlsx(path: Path, layer: str) -> list[Any]:
    rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    place = next(rows).index(IDS[layer][2])
    return [row[place] for row in rows]


def _parquet(path: Path, layer: str) -> list[Any]:
    return list(pq.read_table(path, columns=[IDS[layer][0]]).column(0).to_pylist())


def _gdal(path: Path, layer: str) -> list[Any]:
    return list(pyogrio.read_dataframe(path, columns=[IDS[layer][0]], read_geometry=False)[IDS[layer][0]])


def _shapefile(path: Path, layer: str) -> list[Any]:
    name = IDS[layer][1]
    return list(pyogrio.read_dataframe(f"/vsizip/{path}", columns=[name], read_geometry=False)[name])


_READERS: dict[str, Callable[[Path, str], list[Any]]] = {
    "geojson": _geojson,
    "geojsonl": _lines,
    "csv": _csv,
    "xlsx": _xlsx,
    "gpkg": _gdal,
    "fgb": _gdal,
    "parquet": _parquet,
    "zip": _shapefile,
}
assert _READERS.keys() == FORMATS.keys()


def of_ogc(client: TestClient, layer: str, query: Query) -> list[str]:
    """OGC API Features, by the links to the next page; the first page tells how many there are."""
    ids: list[str] = []
    asked = {("filter" if name == "where" else name): value for name, value in query.items()}
    answer = client.get(f"/ogc/collections/{layer}/items", params={**asked, "limit": "13"})
    told = answer.json().get("numberMatched")
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["numberReturned"] == len(page["features"])
        ids += [str(feature["id"]) for feature in page["features"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        answer = client.get(following[0])
    assert told == len(ids)
    return sorted(ids)


def of_tiles(client: TestClient, layer: str, query: Query, z: int) -> list[str]:
    """All tiles of a zoom: each point in one of them, an outline in each that it touches."""
    (west, north), (east, south) = (tile_of(corner, z) for corner in CORNERS)
    ids: list[str] = []
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            answer = client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt", params=query)
            assert answer.status_code == 200, answer.text
            found = decoded(answer.content)
            assert set(found) <= {layer}, "few rows are never gathered in clusters"
            ids += [str(one["properties"][IDS[layer][0]]) for rows in found.values() for one in rows]
    return sorted(ids if LAYERS[layer].is_points else set(ids))
