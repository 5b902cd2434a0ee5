"""The toy county with varied facts, an event and inspections, for tests that only read it; raw facts to compare."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import shapely

from geo_housing.db import Database
from geo_housing.hazards.service import add_standing_areas, end_standing_area
from geo_housing.hazards.sources import zones_of_drawing
from geo_housing.response.service import respond
from geo_housing.response.zones.loading import Given, load_drawing
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.toy import ToyDatabase

# Whatever a clerk may type: each of these once broke some writer of CSV, JSON or Excel.
NASTY = (
    "\\",
    "\\N",
    '"',
    "'",
    "甲\n乙",
    "\r\n",
    ",",
    "=1+1",
    "  空  ",
    "\t",
    "\\\\n",
    "<b>&amp;",
    "NULL",
    "true",
    "0012",
)


@pytest.fixture(scope="module")
def varied(clone_toy: Callable[[str], TestDatabase], test_cluster: TestCluster) -> Iterator[ToyDatabase]:
    """The toy county in which no two houses are alike."""
    names = clone_toy(f"varied_{uuid.uuid4().hex[:12]}")
    with psycopg.connect(names.admin_url.replace("+psycopg", "")) as connection:
        vary(connection)
    found = ToyDatabase(names, Database(names.service_url, pool_size=4, stream_pool_size=2), test_cluster.settings)
    yield found
    found.database.close()
    test_cluster.drop(names.name)


def vary(connection: psycopg.Connection, texts: Sequence[str] = NASTY) -> None:
    """Facts by the house's number, every third unknown; one house has ended."""
    connection.execute("""
        UPDATE house SET
            built_year = CASE WHEN id % 3 > 0 THEN 1960 + id % 60 END,
            storeys = CASE WHEN id % 4 > 0 THEN id % 4 END,
            area_m2 = CASE WHEN id % 5 > 0 THEN 40 + id % 7 * 12.5 END,
            structure = (ARRAY['brick_wood','rc',NULL,'earth_wood'])[1 + id % 4],
            occupancy = (ARRAY['resident',NULL,'empty','seasonal'])[1 + id % 4],
            occupancy_checked_on = CASE id % 3 WHEN 0 THEN CURRENT_DATE - 10 WHEN 1 THEN CURRENT_DATE - 1000 END,
            renovation = CASE WHEN grade IN ('C', 'D') THEN (ARRAY['started','listed','unplanned'])[1 + id % 3] ELSE renovation END,
            renovation_year = CASE WHEN grade IN ('C', 'D') AND id % 3 < 2 AND id % 4 > 0 THEN 2023 + id % 4 END,
            suspected_on = CASE WHEN id % 6 = 0 THEN DATE '2026-05-01' END
    """)
    for number, text in enumerate(texts):
        connection.execute(
            "UPDATE house SET settlement = %s, remark = %s WHERE id = (SELECT id FROM house ORDER BY id OFFSET %s LIMIT 1)",
            (text or None, f"备注{text}备注", number),
        )
    connection.execute(
        "UPDATE house SET ended_on = DATE '2026-01-01', ended_reason = 'demolished' WHERE code = '东四-0'"
    )


@dataclass(frozen=True)
class Disasters:
    """Ids of the events, and of the standing risk areas that still hold, in ``varied``."""

    events: list[int]
    standing: list[int]


@pytest.fixture(scope="module")
def disasters(varied: ToyDatabase) -> Disasters:
    """Two events with a revision and inspections in every state, and three standing risk areas, of which one has ended."""
    actor = varied.actor()

    def boxes(*corners: tuple[float, float, float, float]) -> dict[str, Any]:
        shapes = [shapely.box(120 + west, 45 + south, 120 + east, 45 + north) for west, south, east, north in corners]
        return shapely.geometry.mapping(shapely.GeometryCollection(shapes))

    with varied.transaction() as session:
        flood = load_drawing(session, actor, boxes((0.001, 0.001, 0.02, 0.005)), Given(name="一号洪水", kind="flood"))
        gale = load_drawing(session, actor, boxes((0.0, 0.0, 0.01, 0.02), (0.02, 0.0, 0.025, 0.02)), Given(level="red"))
        events = [flood.zoned.event_id, gale.zoned.event_id]
        for event in events:
            respond(session, actor, event)
        wider = boxes((0.001, 0.001, 0.03, 0.005), (0.03, 0.012, 0.04, 0.02))
        load_drawing(session, actor, wider, Given(event=events[0]))
        slopes = [(0.0, 0.0, 0.012, 0.01), (0.018, 0.005, 0.03, 0.015), (0.03, 0.0, 0.04, 0.02)]
        standing = [
            added
            for slope in slopes
            for added in add_standing_areas(session, actor, zones_of_drawing(boxes(slope)), kind="geological")
        ]
        end_standing_area(session, actor, standing[2], reason="已治理")
    with psycopg.connect(varied.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute("""
            UPDATE emergency_inspection SET
                state = (ARRAY['open', 'in_progress', 'done', 'withdrawn'])[1 + id % 4],
                result = CASE WHEN id % 4 = 2 THEN (ARRAY['no_visible_hazard', 'suspected'])[1 + id / 4 % 2] END,
                due_at = now() + make_interval(hours => (id % 5 * 24 - 48)::int)
        """)
    return Disasters(events, standing[:2])


@pytest.fixture
def raw(varied: ToyDatabase) -> Iterator[psycopg.Connection]:
    """The same database past all policies, to know what there is."""
    with psycopg.connect(varied.names.admin_url.replace("+psycopg", "")) as connection:
        yield connection
