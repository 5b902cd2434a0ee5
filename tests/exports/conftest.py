"""The toy county with varied facts, an event and inspections, for tests that only read it; and raw facts to compare."""

import uuid
from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest

from geo_housing.db import Database
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
            renovation = CASE WHEN grade IN ('C', 'D') THEN (ARRAY['started','listed','unplanned'])[1 + id % 3] ELSE renovation END,
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


@pytest.fixture
def raw(varied: ToyDatabase) -> Iterator[psycopg.Connection]:
    """The same database past all policies, to know what there is."""
    with psycopg.connect(varied.names.admin_url.replace("+psycopg", "")) as connection:
        yield connection
