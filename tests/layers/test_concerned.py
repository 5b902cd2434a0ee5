"""Every figure of 影响分析 opens exactly the houses that it counts: the filter against the analysis."""

import uuid
from collections.abc import Callable, Iterator

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_housing.db import Database
from geo_housing.errors import BadInput
from geo_housing.hazards.queries import affected
from geo_housing.layers.filters import settled
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.parsing import parse_filter
from geo_housing.layers.queries import count_rows
from geo_housing.response.zones.loading import Given, load_divisions, load_drawing
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.hazards.test_chosen_divisions import DOUBTFUL
from tests.houses.ledgers import load
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

CODES = [COUNTY, WEST, EAST, f"{WEST}001", *(code for code, _, _ in VILLAGES.values())]
# Borders of the villages, the houses' own coordinates, and places between them.
EDGES = st.sampled_from([-0.006, 0.0, 0.002, 0.005, 0.008, 0.01, 0.0123, 0.02, 0.0271, 0.04])
SPANS = st.tuples(EDGES, EDGES).filter(lambda span: span[0] < span[1])
BOXES = st.tuples(SPANS, SPANS).map(
    lambda b: shapely.box(120 + b[0][0], 45 + b[1][0] / 2, 120 + b[0][1], 45 + b[1][1] / 2)
)
ZONES = st.one_of(
    st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True), st.lists(BOXES, min_size=1, max_size=2)
)


@pytest.fixture(scope="module")
def doubtful(clone_toy: Callable[[str], TestDatabase], test_cluster: TestCluster) -> Iterator[ToyDatabase]:
    """The toy county with houses of every kind of doubt about where they stand."""
    names = clone_toy(f"doubtful_{uuid.uuid4().hex[:12]}")
    found = ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)
    load(found, DOUBTFUL)
    yield found
    found.database.close()
    test_cluster.drop(names.name)


@settings(max_examples=examples(16), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zones=ZONES)
def test_the_filter_of_a_figure_counts_what_the_figure_says(doubtful: ToyDatabase, zones: list[object]) -> None:
    actor = doubtful.actor()
    with doubtful.transaction() as session:
        if isinstance(zones[0], str):
            loaded = load_divisions(session, actor, [str(zone) for zone in zones], Given(kind="flood"))
        else:
            loaded = load_drawing(session, actor, shapely.geometry.mapping(shapely.GeometryCollection(zones)), Given())
        event = loaded.zoned.event_id
        found = affected(session, event)

        def rows(**asked: str) -> int:
            wanted = parse_filter({"event": str(event), **asked}, layer=HOUSES, actor=actor)
            return count_rows(session, HOUSES, settled(session, wanted, actor), actor.scope).rows

        assert rows() == found.houses
        assert rows(uncertain="1") == found.uncertain
        assert {risk: rows(risk=risk) for risk in found.by_risk} == found.by_risk
        assert {code: rows(structure=code) for code in found.by_structure} == found.by_structure
        assert rows(occupancy="lived_in") == found.lived_in
        for area in found.areas:
            own = {"area": area.code} if len(area.code) == 12 else {"where": f"area_code = '{area.code}'"}
            assert (rows(**own), rows(**own, uncertain="1")) == (area.houses, area.uncertain)
            assert {risk: rows(**own, risk=risk) for risk in area.by_risk} == area.by_risk


@pytest.mark.parametrize("asked", [{"uncertain": "1"}, {"uncertain": "也许", "event": "1"}])
def test_uncertain_houses_are_those_of_an_event(toy_worker: ToyDatabase, asked: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        parse_filter(asked, layer=HOUSES, actor=toy_worker.actor())
