"""Spatial searches of a township user go by tile_key: row level security leaves no other index usable (D6, D11, D15).

Each search runs as the application does it; the statements it sent are then explained in the same transaction, over as
many houses as make the planner think.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from shapely import MultiPolygon, box
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from geo_housing.db import Database
from geo_housing.geometry import tile_key
from geo_housing.hazards.queries import affected_by_geometry
from geo_housing.layers.filters import Filter
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.queries import count_rows, page
from geo_housing.layers.spatial import Box
from geo_housing.maps.queries import view_counts
from geo_housing.maps.tile_address import Tile
from geo_housing.maps.tiles import TileAsked, tile_bytes
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.toy_county.county import EAST, WEST

HOUSES_MORE = 30_000
ZONE = MultiPolygon([box(120.001, 45.001, 120.003, 45.002)])
BOX = Box(120.001, 45.001, 120.003, 45.002)
SCOPE = AreaScope(WEST)
INDEX = "ix_house_tile_key"

SEARCHES: dict[str, Callable[[Session, Any], Any]] = {
    "overlay of a drawing": lambda session, actor: affected_by_geometry(session, ZONE),
    "rows in a box": lambda session, actor: page(
        session, HOUSES, HOUSES.columns[:4], Filter(bbox=BOX), SCOPE, limit=50
    ),
    "count in a box": lambda session, actor: count_rows(session, HOUSES, Filter(bbox=BOX), SCOPE),
    "count in a polygon": lambda session, actor: count_rows(session, HOUSES, Filter(within=ZONE), SCOPE),
    "figures of the view": lambda session, actor: view_counts(session, Filter(bbox=BOX), SCOPE),
    "tile": lambda session, actor: tile_bytes(session, HOUSES, TileAsked(Tile(17, 109229, 47144), Filter(), SCOPE)),
}


@pytest.fixture(scope="module")
def crowded(clone_toy: Any, test_cluster: Any, worker_id: str) -> Iterator[ToyDatabase]:
    """The toy county with 30,000 more houses spread over both townships."""
    names = clone_toy(f"crowded_{worker_id}")
    toy = ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)
    numbers = np.arange(HOUSES_MORE)
    lon, lat = 120 + (numbers % 200 + 0.5) * 0.0002, 45 + (numbers // 200 + 0.5) * 0.02 / (HOUSES_MORE / 200)
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO house (code, scope_code, village_code, declared_code, geom, tile_key, location_state)"
                " SELECT 'P-' || n, v, v, v, ST_SetSRID(ST_MakePoint(lon, lat), 4490), key, 'located'"
                " FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:key AS bigint[])) WITH ORDINALITY"
                " AS p (lon, lat, key, n)"
                " CROSS JOIN LATERAL (SELECT CASE WHEN lon < 120.02 THEN :west ELSE :east END || '201' AS v) a"
            ),
            {"lon": lon.tolist(), "lat": lat.tolist(), "key": tile_key(lon, lat).tolist(), "west": WEST, "east": EAST},
        )
        session.execute(text("SELECT register_analyze()"))
    yield toy
    toy.database.close()
    test_cluster.drop(names.name)


@contextmanager
def overheard(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are sent meanwhile, with their values."""
    said: list[tuple[str, Any]] = []

    def hear(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        said.append((statement, values))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("name", SEARCHES)
def test_search_goes_by_tile_key(crowded: ToyDatabase, name: str) -> None:
    with crowded.transaction(WEST) as session:
        with overheard(session) as said:
            SEARCHES[name](session, crowded.actor(WEST))
        spatial = [(sql, values) for sql, values in said if re.search(r"\bhouse\b", sql) and "tile_key" in sql]
        assert spatial, f"no statement about houses: {[sql[:80] for sql, _ in said]}"
        for sql, values in spatial:
            cursor = session.connection().connection.cursor()
            plan = "\n".join(row[0] for row in cursor.execute(f"EXPLAIN {sql}", values).fetchall())
            assert INDEX in plan and re.search(rf"{INDEX}.*\n\s+Index Cond: .*tile_key", plan), plan
            assert "Seq Scan on house " not in plan, plan


def test_a_gist_index_on_points_would_not_help(toy_worker: ToyDatabase) -> None:
    """Why there is none: && is not leakproof, so behind the policy it can only filter what a scan has found."""
    with toy_worker.transaction(WEST) as session:
        leakproof = session.execute(
            text(
                "SELECT bool_or(p.proleakproof) FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode WHERE o.oprname = '&&'"
                " AND o.oprleft = 'geometry'::regtype"
            )
        ).scalar_one()
        leaks = session.execute(
            text(
                "SELECT bool_and(p.proleakproof) FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode"
                " WHERE o.oprname IN ('>=', '<', '=') AND o.oprleft = 'bigint'::regtype AND o.oprright = 'bigint'::regtype"
            )
        ).scalar_one()
    assert (leakproof, leaks) == (False, True)
