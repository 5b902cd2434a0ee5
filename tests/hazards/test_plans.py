"""Spatial searches keep their index for the least privileged user (D6): row level security lets no GiST condition through."""

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from geo_housing.geometry import tile_key
from geo_housing.hazards import overlay
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import EAST, WEST


@pytest.fixture
def grown(toy: ToyDatabase) -> ToyDatabase:
    """The toy county with so many houses that the planner would not rather read them all."""
    rng = np.random.default_rng(7)
    lon, lat = 120 + rng.random(20_000) * 0.04, 45 + rng.random(20_000) * 0.02
    values = {
        "lon": lon.tolist(),
        "lat": lat.tolist(),
        "key": tile_key(lon, lat).tolist(),
        "scope": [f"{WEST if x < 120.02 else EAST}20{1 + i % 4}" for i, x in enumerate(lon)],
    }
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO house (code, scope_code, location_state, geom, tile_key)"
                " SELECT 'G' || n, scope, 'located', ST_SetSRID(ST_MakePoint(lon, lat), 4490), key"
                " FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:key AS bigint[]),"
                "   CAST(:scope AS text[])) WITH ORDINALITY AS g (lon, lat, key, scope, n)"
            ),
            values,
        )
        session.execute(text("SELECT register_analyze()"))
    return toy


def plan(toy: ToyDatabase, area: str, parts: tuple[str, ...], wanted: str, values: dict[str, object]) -> str:
    scope = AreaScope(area)
    with toy.transaction(area) as session:
        rows = session.execute(
            text(f"EXPLAIN (COSTS OFF) WITH {', '.join(parts)} SELECT count(*) FROM {wanted}"),
            {**values, "scope_lo": scope.lo, "scope_hi": scope.hi, "stale_before": "2026-01-01"},
        )
        return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize("area", [WEST, f"{WEST}201"])
def test_the_overlay_of_an_event_goes_by_ranges_of_the_tile_key(grown: ToyDatabase, area: str) -> None:
    found = plan(
        grown, area, (overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT, overlay.INSIDE), "inside", {"event": 1}
    )
    assert "ix_house_tile_key" in found
    assert "Index Cond: ((tile_key >= p.lo) AND (tile_key < p.hi)" in found.replace("h_1.", "")
    assert "Seq Scan on house" not in found


def test_the_overlay_of_a_drawing_goes_by_ranges_of_the_tile_key(grown: ToyDatabase) -> None:
    drawn = shapely.MultiPolygon([shapely.box(120.001, 45.001, 120.009, 45.009)])
    parts = (overlay.PIECES_OF_DRAWING, overlay.TOUCHED_BY_DRAWING, overlay.INSIDE)
    found = plan(grown, WEST, parts, "inside", overlay.values_of_drawing(drawn))
    assert "ix_house_tile_key" in found
    assert "Seq Scan on house" not in found


def test_uncertain_houses_are_found_by_a_partial_index(grown: ToyDatabase) -> None:
    found = plan(
        grown,
        WEST,
        (overlay.PIECES_OF_EVENT, overlay.TOUCHED_BY_EVENT, overlay.INSIDE, overlay.CANDIDATES),
        "candidate",
        {"event": 1},
    )
    assert "Seq Scan on house" not in found
