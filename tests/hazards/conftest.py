"""What several tests of zones start from."""

import numpy as np
import pytest
from sqlalchemy import text

from geo_housing.geometry import tile_key
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import EAST, VILLAGES, WEST
from tests.toy_county.county import NO_OUTLINE

CODES = [WEST, EAST, NO_OUTLINE, *(code for code, _, _ in VILLAGES.values())]


@pytest.fixture
def scattered(toy: ToyDatabase) -> ToyDatabase:
    """Houses that stand anywhere and belong anywhere, as where outlines overlap or are wrong; some without sure declaration."""
    rng = np.random.default_rng(11)
    lon, lat = 120 + rng.random(600) * 0.04, 45 + rng.random(600) * 0.02
    belongs, declared = rng.choice(CODES, 600), rng.choice(CODES, 600)
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO house (code, scope_code, declared_code, location_state, geom, tile_key)"
                " SELECT 'S' || n, scope, declared, (ARRAY['located', 'located', 'disputed'])[1 + n % 3],"
                "  ST_SetSRID(ST_MakePoint(lon, lat), 4490), key"
                " FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:key AS bigint[]), CAST(:scope AS text[]),"
                "   CAST(:declared AS text[])) WITH ORDINALITY AS g (lon, lat, key, scope, declared, n)"
            ),
            {
                "lon": lon.tolist(),
                "lat": lat.tolist(),
                "key": tile_key(lon, lat).tolist(),
                "scope": belongs.tolist(),
                "declared": declared.tolist(),
            },
        )
        session.execute(text("SELECT register_analyze()"))
    return toy
