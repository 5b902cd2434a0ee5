"""A drawn zone and divisions without outline: a house without a point that is declared there may stand in it."""

import uuid
from collections.abc import Callable, Iterator

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.db import Database
from geo_housing.hazards.queries import affected
from geo_housing.hazards.received import open_events
from geo_housing.response.service import respond
from geo_housing.response.zones.loading import Given, load_drawing
from geo_housing.scope import AreaScope
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load, query
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

CODES = [COUNTY, WEST, EAST, f"{WEST}001", *(code for code, _, _ in VILLAGES.values())]
SLIVER, NEAR = 0.0002, 0.05
# A house of the committee without outline, and one that is known of its township alone.
WITHOUT_POINT = [
    {"房屋编号": "居-1", "乡镇": "西山镇", "行政村": "西街居委会", "户主姓名": "丙", "家庭人口": 2},
    {"房屋编号": "镇-1", "乡镇": "西山镇", "户主姓名": "丁", "家庭人口": 3},
]


def drawn(west: float, south: float, east: float, north: float) -> dict[str, object]:
    return shapely.geometry.mapping(shapely.box(west, south, east, north))


@pytest.mark.parametrize("outlined", ["villages", "nothing"])
def test_no_house_is_left_out_where_only_villages_have_outlines(toy: ToyDatabase, outlined: str) -> None:
    load(toy, WITHOUT_POINT)
    with toy.transaction() as session:
        session.execute(text(f"UPDATE area SET geom = NULL WHERE level <> 'village' OR {outlined == 'nothing'}"))
    with toy.transaction() as session:
        event = load_drawing(session, toy.actor(), drawn(119.9, 44.9, 120.1, 45.1), Given(kind="flood", level="red"))
        counted = affected(session, event.zoned.event_id)
        done = respond(session, toy.actor(), event.zoned.event_id)
    everything = query(toy, "SELECT count(*) AS n FROM house WHERE ended_on IS NULL")[0].n
    assert done.opened == counted.houses + counted.uncertain == everything


def test_a_zone_in_one_township_does_not_ask_for_the_unplaced_houses_of_another(toy: ToyDatabase) -> None:
    load(toy, WITHOUT_POINT)
    with toy.transaction() as session:
        session.execute(text("UPDATE area SET geom = NULL WHERE level <> 'village'"))
    with toy.transaction() as session:
        event = load_drawing(session, toy.actor(), drawn(120.031, 45.001, 120.039, 45.009), Given(kind="flood"))
    touched = query(toy, "SELECT area_code FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id WHERE z.event_id = :e", e=event.zoned.event_id)  # fmt: skip
    assert {row.area_code for row in touched} == {COUNTY, EAST, VILLAGES["东二"][0]}


@pytest.fixture(scope="module")
def bare(clone_toy: Callable[[str], TestDatabase], test_cluster: TestCluster) -> Iterator[ToyDatabase]:
    """A toy county of one's own whose outlines come and go."""
    names = clone_toy(f"bare_{uuid.uuid4().hex[:12]}")
    found = ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)
    yield found
    found.database.close()
    test_cluster.drop(names.name)


def expected(zone: shapely.Geometry, outlines: dict[str, shapely.Geometry], asked: set[str]) -> set[str]:
    """The rule, division by division."""
    gap = zone.difference(shapely.union_all(list(outlines.values()))).buffer(-SLIVER)
    found = set()
    for code in asked:
        around = [one for one in outlines if code.startswith(one)]
        if around:
            is_touched = zone.distance(outlines[max(around, key=len)]) < 1e-9
        else:
            holding = [
                one for one in CODES if code.startswith(one) and any(other.startswith(one) for other in outlines)
            ]
            if holding:
                known = [shape for other, shape in outlines.items() if other.startswith(max(holding, key=len))]
                hull = shapely.union_all(known).convex_hull
                is_touched = min(map(zone.distance, known)) < 1e-9 or (not gap.is_empty and hull.distance(gap) <= NEAR)
            else:
                is_touched = True
        if is_touched:
            found.add(code)
    return found


GRID = st.integers(-3, 43).map(lambda steps: steps / 1000)
# Zones also far beyond the county, and thinner than a sliver.
FAR = st.sampled_from([-0.09, -0.004, 0.0, 0.0101, 0.0199, 0.02, 0.021, 0.045, 0.11])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    has=st.sets(st.sampled_from(CODES)),
    west=GRID | FAR,
    south=GRID | FAR,
    wide=st.sampled_from([0.0001, 0.003, 0.011, 0.05]),
    high=st.sampled_from([0.0001, 0.003, 0.011, 0.05]),
    among=st.none() | st.sets(st.sampled_from(CODES), min_size=1),
)
def test_what_is_touched_is_what_the_rule_says(
    bare: ToyDatabase, has: set[str], west: float, south: float, wide: float, high: float, among: set[str] | None
) -> None:
    zone = shapely.box(120 + west, 45 + south, 120 + west + wide, 45 + south + high)
    with bare.transaction() as session:
        rows = session.execute(text("SELECT code, ST_AsBinary(geom) AS wkb FROM area WHERE geom IS NOT NULL")).all()
        outlines = {row.code: shapely.from_wkb(bytes(row.wkb)) for row in rows if row.code in has}
        session.execute(text("UPDATE area SET geom = NULL WHERE code <> ALL (:has)"), {"has": list(outlines)})
        found = session.scalars(
            text("SELECT code FROM divisions_touched(ARRAY[ST_GeomFromWKB(:zone, 4490)], CAST(:among AS text[]))"),
            {"zone": shapely.to_wkb(zone), "among": None if among is None else sorted(among)},
        ).all()
        session.rollback()
    assert len(found) == len(set(found))
    assert set(found) == expected(zone, outlines, set(CODES) if among is None else among)


def test_two_drawn_events_of_a_county_are_not_in_one_place_for_what_lies_nowhere(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        here = load_drawing(session, toy.actor(), drawn(120.001, 45.001, 120.009, 45.009), Given(kind="flood"))
        there = load_drawing(session, toy.actor(), drawn(120.031, 45.001, 120.039, 45.009), Given(kind="gale"))
        where = {one.id: one.codes for one in open_events(session, AreaScope(""))}
    assert where[here.zoned.event_id] == {VILLAGES["西一"][0]} and where[there.zoned.event_id] == {VILLAGES["东二"][0]}


def test_an_event_is_not_called_by_what_lies_nowhere(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE area SET geom = NULL WHERE starts_with(code, :west)"), {"west": WEST})
        made = load_drawing(session, toy.actor(), drawn(120.031, 45.001, 120.039, 45.009), Given(kind="flood"))
        name = session.scalar(text("SELECT name FROM hazard_event WHERE id = :e"), {"e": made.zoned.event_id})
    assert "东二村" in name and "西山镇" not in name, name
    touched = query(toy, "SELECT area_code FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id WHERE z.event_id = :e", e=made.zoned.event_id)  # fmt: skip
    assert WEST in {row.area_code for row in touched}, "its houses without a point are looked for all the same"
