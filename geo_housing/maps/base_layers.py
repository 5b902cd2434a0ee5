"""The base map as layers of Folium; apart from base_map.py, because Folium brings pandas with it."""

import folium

from geo_housing.maps.base_map import DEEPEST, FOLDER_ADDRESS, TIANDITU, TIANDITU_LAYERS, attribution
from geo_housing.settings import BaseMap


def base_layers(base_map: BaseMap) -> list[folium.TileLayer]:
    """Folium's layers of the base map that the county has set; none is an ordinary answer."""
    told = attribution(base_map)
    if base_map.kind == "tianditu":
        return [
            _layer(TIANDITU.format(layer=layer, key=base_map.tianditu_key), name, told, over=over, hosts="01234567")
            for layer, name, over in TIANDITU_LAYERS
        ]
    if base_map.kind == "url" and base_map.url:
        return [_layer(base_map.url, "底图", told)]
    if base_map.kind == "folder":
        return [_layer(FOLDER_ADDRESS, "底图", told)]
    return []


def _layer(address: str, name: str, told: str, *, over: bool = False, hosts: str = "abc") -> folium.TileLayer:
    return folium.TileLayer(
        address,
        name=name,
        attr=told or " ",
        overlay=over,
        control=True,
        max_zoom=22,
        max_native_zoom=DEEPEST,
        subdomains=hosts,
        # The second base layer is there to be chosen, not to be loaded.
        show=name != "天地图·影像",
    )
