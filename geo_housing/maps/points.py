"""Houses, inspections or clusters of what is in view, for browsers without WebGL: the same counts as the tiles."""

import math
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing.geometry import TILE_DEPTH
from geo_housing.layers.columns import Layer
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.queries import joined
from geo_housing.layers.spatial import key_ranges
from geo_housing.layers.tables import HOUSE
from geo_housing.maps.clusters import clusters
from geo_housing.maps.tiles import MOST_FEATURES, tile_columns
from geo_housing.scope import AreaScope

# Leaflet's tiles are 256 pixels wide: two steps down are the 64 pixels that clusters stand apart.
CLUSTER_STEPS = 2


def points_in_view(session: Session, layer: Layer, wanted: Filter, scope: AreaScope, *, zoom: int) -> dict[str, Any]:
    """``{kind: "houses" or "clusters", items}``: single points up to the number that a tile may hold."""
    assert wanted.bbox is not None, "the caller asks for a view"
    where = (condition(wanted, layer=layer, scope=scope), HOUSE.c.tile_key.is_not(None))
    few = select(HOUSE.c.id).select_from(layer.source).where(*where).limit(MOST_FEATURES + 1).subquery()
    found = session.execute(select(func.count()).select_from(few)).scalar_one()
    if found <= MOST_FEATURES:
        columns = tile_columns(layer)
        rows = session.execute(
            select(
                *(column.value.label(column.name) for column in columns),
                func.ST_X(HOUSE.c.geom).label("lon"),
                func.ST_Y(HOUSE.c.geom).label("lat"),
            )
            .select_from(joined(layer, columns, bulk=False))
            .where(*where)
        ).mappings()
        return {"kind": "houses", "items": [_stated(row) for row in rows]}
    depth = min(zoom + CLUSTER_STEPS, TILE_DEPTH)
    found_clusters = clusters(layer, key_ranges(wanted.bbox), depth, wanted, scope)
    rows = session.execute(select(found_clusters)).mappings()
    return {"kind": "clusters", "items": [_placed(dict(row)) for row in rows]}


def _stated(row: Any) -> dict[str, Any]:
    """As in tiles: what is not stated is left out."""
    return {name: value for name, value in row.items() if value is not None}


def _placed(row: dict[str, Any]) -> dict[str, Any]:
    x, y = float(row.pop("x")), float(row.pop("y"))
    del row["cell"]
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y))))
    return {**row, "lon": round(x * 360 - 180, 6), "lat": round(lat, 6)}
