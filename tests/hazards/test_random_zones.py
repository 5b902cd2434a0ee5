"""影响分析 of lattice zones in the database against brute force over all houses, as county and as township."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point
from sqlalchemy import text

from geo_housing.cells import INSIDE_TOLERANCE
from geo_housing.db import Database
from geo_housing.geometry import tile_key
from geo_housing.hazards.queries import affected_by_geometry
from tests.fixtures.toy import ToyDatabase
from tests.lattice import SIDE, at, zones
from tests.toy_county.county import COUNTY, EAST, WEST

ORIGIN, STEP = (120.0, 45.0), 0.0045
AREAS = ("", COUNTY, WEST, EAST, f"{WEST}201")


@dataclass(frozen=True)
class Known:
    """A house as the brute force sees it."""

    point: Point
    scope: str
    risk: str
    households: int
    people: int


@pytest.fixture(scope="module")
def lattice_toy(clone_toy, test_cluster, worker_id: str) -> Iterator[tuple[ToyDatabase, list[Known]]]:
    names = clone_toy(f"lattice_{worker_id}")
    toy = ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)
    places = [at(x / 2, y / 2, origin=ORIGIN, step=STEP) for x in range(2 * SIDE + 1) for y in range(2 * SIDE + 1)]
    lon, lat = (np.array([place[axis] for place in places]) for axis in (0, 1))
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO house (code, scope_code, village_code, declared_code, geom, tile_key, location_state,"
                " households, people)"
                " SELECT 'L-' || n, v, v, v, ST_SetSRID(ST_MakePoint(lon, lat), 4490), key, 'located', n % 3, n % 5"
                " FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:key AS bigint[])) WITH ORDINALITY"
                " AS p (lon, lat, key, n)"
                " CROSS JOIN LATERAL (SELECT CASE WHEN lon < 120.02 THEN :west ELSE :east END || '201' AS v) a"
            ),
            {"lon": lon.tolist(), "lat": lat.tolist(), "key": tile_key(lon, lat).tolist(), "west": WEST, "east": EAST},
        )
    with toy.transaction() as session:
        rows = session.execute(
            text(
                "SELECT ST_AsBinary(geom) AS geom, scope_code, risk, households, people FROM house WHERE geom IS NOT NULL"
            )
        ).all()
    known = [Known(shapely.from_wkb(bytes(r.geom)), r.scope_code, r.risk, r.households, r.people) for r in rows]
    yield toy, known
    toy.database.close()
    test_cluster.drop(names.name)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zone=zones(origin=ORIGIN, step=STEP), area=st.sampled_from(AREAS))
def test_the_database_finds_what_brute_force_finds(
    lattice_toy: tuple[ToyDatabase, list[Known]], zone: MultiPolygon, area: str
) -> None:
    toy, known = lattice_toy
    inside = [
        house
        for house in known
        if house.scope.startswith(area) and shapely.dwithin(zone, house.point, INSIDE_TOLERANCE)
    ]
    with toy.transaction(area) as session:
        found = affected_by_geometry(session, zone)
    assert found.houses == len(inside)
    assert found.households == sum(house.households for house in inside)
    assert found.people == sum(house.people for house in inside)
    assert {code: n for code, n in found.by_risk.items() if n} == counted(house.risk for house in inside)
    by_area = {entry.code: entry.houses for entry in found.areas if entry.houses}
    assert by_area == counted(house.scope for house in inside)


def counted(values) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found
