from shapely import MultiPolygon, box

from geo_housing.hazards.queries import affected_by_geometry
from geo_housing.layers.filters import EVERYTHING
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.queries import count_rows
from geo_housing.scope import EVERYWHERE
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import EAST, WEST


def test_holds_the_houses_that_its_picture_shows(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction() as session:
        counts = count_rows(session, HOUSES, EVERYTHING, EVERYWHERE)
    assert (counts.rows, counts.located) == (43, 42)


def test_a_township_sees_its_own_half(toy_worker: ToyDatabase) -> None:
    seen = {}
    for area in (WEST, EAST):
        with toy_worker.transaction(area) as session:
            seen[area] = count_rows(session, HOUSES, EVERYTHING, EVERYWHERE).rows
    assert seen == {WEST: 22, EAST: 21}


def test_a_zone_over_one_village_concerns_its_houses(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction() as session:
        found = affected_by_geometry(session, MultiPolygon([box(120.0, 45.0, 120.0099, 45.0099)]))
    assert found.houses == 6
    assert found.by_risk == {"A": 1, "B": 1, "C": 1, "D": 1, "suspected": 1, "none": 1}
