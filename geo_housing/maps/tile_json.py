"""TileJSON 3: what a map program must know before it asks for tiles. Pure."""

from typing import Any

from geo_housing.layers.columns import Layer
from geo_housing.maps.clusters import figures
from geo_housing.maps.tile_address import MAX_ZOOM
from geo_housing.maps.tiles import CLUSTER_NAMES, tile_columns

Bounds = tuple[float, float, float, float]
# Coordinates get no finer: a tile of this zoom has units of some 3 cm.
DEEPEST = 16
_KINDS = {"int": "Number", "float": "Number", "bool": "Boolean"}


def document(layer: Layer, *, address: str, bounds: Bounds | None) -> dict[str, Any]:
    """The document of ``layer``, whose tiles lie at ``address`` (a template with {z}, {x}, {y})."""
    vector_layers = [
        {
            "id": layer.name,
            "description": layer.label,
            "fields": {column.name: _KINDS.get(column.kind, "String") for column in tile_columns(layer)},
        }
    ]
    if layer.name in CLUSTER_NAMES:
        vector_layers.append(
            {
                "id": CLUSTER_NAMES[layer.name],
                "description": f"{layer.label}（聚合）",
                "fields": dict.fromkeys(figures(layer), "Number"),
            }
        )
    found: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": layer.name,
        "description": layer.label,
        "scheme": "xyz",
        "tiles": [address],
        "minzoom": 0,
        "maxzoom": min(DEEPEST, MAX_ZOOM),
        "vector_layers": vector_layers,
    }
    if bounds is not None:
        west, south, east, north = bounds
        found["bounds"] = list(bounds)
        found["center"] = [round((west + east) / 2, 6), round((south + north) / 2, 6), 10]
    return found
