"""Reading tiles in tests, and saying independently of the product which tile a point belongs to."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import mapbox_vector_tile
import numpy as np
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.geometry import tile_key
from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.filters import EVERYTHING, Filter
from geo_housing.maps.tile_address import Tile
from geo_housing.maps.tiles import TileAsked, tile_bytes
from geo_housing.scope import EVERYWHERE, AreaScope
from tests.fixtures.toy import ToyDatabase

Point = tuple[float, float]
EXTENT = 4096


def client_of(toy: ToyDatabase, role: str, area: str) -> TestClient:
    """Somebody of ``role`` signed in; the same one for all tests that only read a database."""
    if (role, area) not in toy.known:
        toy.known[role, area] = toy.browser(toy.member(role, area))
    return toy.known[role, area]


def tile_of(point: Point, z: int) -> tuple[int, int]:
    """Column and row by the textbook formula."""
    lon, lat = point
    n = 2**z
    x = math.floor((lon + 180.0) / 360.0 * n)
    y = math.floor((1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0 * n)
    return min(max(x, 0), n - 1), min(max(y, 0), n - 1)


def decoded(data: bytes) -> dict[str, list[dict[str, Any]]]:
    """Features by layer, y downwards as in the tile."""
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True}) if data else {}
    return {name: layer["features"] for name, layer in layers.items()}


def read(
    session: Session,
    tile: tuple[int, int, int],
    wanted: Filter = EVERYTHING,
    scope: AreaScope = EVERYWHERE,
    layer: str = "houses",
) -> dict[str, list[dict[str, Any]]]:
    """One tile, decoded."""
    return decoded(tile_bytes(session, LAYERS[layer], TileAsked(Tile(*tile), wanted, scope)))


def houses_in(tile: dict[str, list[dict[str, Any]]]) -> int:
    """Single houses and those of clusters together."""
    single = len(tile.get("houses", []))
    return single + sum(cluster["properties"]["houses"] for cluster in tile.get("house_clusters", []))


def around(points: Iterable[Point], z: int) -> set[tuple[int, int, int]]:
    """The tiles of ``points`` and their neighbours."""
    n = 2**z
    return {
        (z, x + dx, y + dy)
        for x, y in (tile_of(point, z) for point in points)
        for dx in (-1, 0, 1)
        for dy in (-1, 0, 1)
        if 0 <= x + dx < n and 0 <= y + dy < n
    }


def expected(points: Sequence[Point], z: int) -> Counter[tuple[int, int, int]]:
    """How many of ``points`` lie in which tile."""
    return Counter((z, *tile_of(point, z)) for point in points)


def add_houses(session: Session, points: Sequence[Point], *, area: str, **facts: Any) -> None:
    """Houses at ``points`` as the register would hold them."""
    if not points:
        return
    lon, lat = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    columns = {"renovation": "not_needed", "grade": None, **facts}
    rows = [
        {"code": f"{area}-{n:07d}", "area": area, "lon": x, "lat": y, "key": int(key), **columns}
        for n, (x, y, key) in enumerate(zip(lon.tolist(), lat.tolist(), tile_key(lon, lat), strict=True))
    ]
    session.execute(
        text(
            "INSERT INTO house (code, scope_code, village_code, location_state, geom, tile_key, renovation, grade,"
            " grade_basis) VALUES (:code, :area, :area, 'located', ST_SetSRID(ST_MakePoint(:lon, :lat), 4490), :key,"
            " :renovation, CAST(:grade AS text), CASE WHEN CAST(:grade AS text) IS NULL THEN NULL ELSE 'legacy' END)"
        ),
        rows,
    )


def located(session: Session) -> list[Point]:
    """Every located house that the session may see."""
    rows = session.execute(
        text("SELECT ST_X(geom), ST_Y(geom) FROM house WHERE tile_key IS NOT NULL AND ended_on IS NULL")
    )
    return [(row[0], row[1]) for row in rows]
