"""The base map as layers of Folium; apart from base_map.py, because Folium brings pandas with it."""

import folium

from geo_housing.base_map import DEEPEST, attribution, layers_of
from geo_housing.settings import BaseMap


def base_layers(base_map: BaseMap) -> list[folium.TileLayer]:
    """Folium's layers of the base map that the county has set; none is an ordinary answer."""
    told = attribution(base_map)
    return [
        folium.TileLayer(
            layer.address,
            name=layer.name,
            attr=told or " ",
            overlay=layer.is_over,
            control=True,
            max_zoom=22,
            max_native_zoom=DEEPEST,
            subdomains=layer.hosts,
            # The second base layer is there to be chosen, not to be loaded.
            show=layer.is_shown,
        )
        for layer in layers_of(base_map)
    ]
