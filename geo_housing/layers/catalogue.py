"""The one catalogue of layers: what pages, tiles, API, files and OGC clients can see of the register.

Names and values are those of the contract; ID number and phone are in no layer.
"""

from geo_housing.errors import NotFound
from geo_housing.layers.columns import Layer
from geo_housing.layers.division_layers import TOWNSHIPS, VILLAGES
from geo_housing.layers.hazard_layers import EMERGENCY_INSPECTIONS, STANDING_AREAS, ZONES
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.statistics_layer import VILLAGE_STATISTICS

LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (HOUSES, VILLAGES, TOWNSHIPS, ZONES, EMERGENCY_INSPECTIONS, STANDING_AREAS, VILLAGE_STATISTICS)
}


def layer_named(name: str) -> Layer:
    """The layer of that name; NotFound says which there are."""
    if name not in LAYERS:
        raise NotFound(f"没有“{name}”图层，可用的有：{'、'.join(LAYERS)}。")
    return LAYERS[name]
