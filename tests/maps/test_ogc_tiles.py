"""OGC API Tiles: a program that knows the landing page only finds every layer's tiles, and they are the map's."""

from collections.abc import Iterable
from typing import Any

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient

from geo_housing.layers.catalogue import LAYERS
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

TILE = {"tileMatrix": "10", "tileRow": "368", "tileCol": "853"}


@pytest.fixture
def client(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("planner", COUNTY))


def followed(client: TestClient, document: dict[str, Any], rel: str) -> Any:
    answer = client.get(hrefs(document["links"], rel)[0])
    assert answer.status_code == 200, answer.text
    return answer.json()


def hrefs(links: Iterable[dict[str, Any]], rel: str) -> list[str]:
    return [link["href"] for link in links if link["rel"].rpartition("/")[2] == rel]


def test_every_layers_tiles_are_found_from_the_landing_page(client: TestClient) -> None:
    landing = client.get("/ogc/").json()
    grid = followed(client, followed(client, landing, "tiling-schemes")["tileMatrixSets"][0], "tiling-scheme")
    assert [level["matrixWidth"] for level in grid["tileMatrices"][:3]] == [1, 2, 4]
    collections = followed(client, landing, "data")["collections"]
    assert {one["id"] for one in collections} == set(LAYERS)
    for collection in collections:
        only = followed(client, collection, "tilesets-vector")["tilesets"][0]
        template = hrefs(followed(client, only, "self")["links"], "item")[0]
        tile = client.get(template.format(**TILE))
        same = client.get(f"/tiles/{collection['id']}/10/853/368.mvt")
        assert tile.status_code == 200 and tile.content == same.content and tile.headers["etag"] == same.headers["etag"]
        if collection["id"] == "houses":
            assert sum(len(layer["features"]) for layer in mapbox_vector_tile.decode(tile.content).values()) > 0


def test_filters_hold_and_what_is_not_there_is_said(client: TestClient) -> None:
    address = "/ogc/collections/houses/tiles/WebMercatorQuad/10/368/853"
    assert client.get(f"{address}?risk=D").content == client.get("/tiles/houses/10/853/368.mvt?risk=D").content
    for missing in (
        address.replace("WebMercatorQuad", "WorldCRS84Quad"),
        address.replace("/10/", "/2/"),
        "/ogc/collections/x/tiles",
    ):
        assert client.get(missing).status_code == 404, missing
