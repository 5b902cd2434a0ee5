"""The map, composed by Folium: base map, borders, panes, layer control, and where the houses come in (D17).

The page holds no house: ``HousesLayer`` only reserves their place, web/static/map/page.js fills it with vector tiles or
circles. Folium's own scripts and styles lie on other hosts; ours are served by us (D18), so its map is used without them.
What the browser modules expect to find is ``window.ghMap``: ``map``, ``layers`` (villages, townships, houses; null where
there are none) and ``config`` (maps/browser_config.py).
"""

from collections.abc import Sequence
from typing import Any

import folium
from branca.element import Figure, MacroElement
from folium.map import CustomPane, Layer
from jinja2 import Template

from geo_housing.maps.base_layers import base_layers
from geo_housing.maps.map_content import Composed, MapContent
from geo_housing.maps.outlines import Division

# From below to above; Leaflet's own: tiles 200, overlays 400, markers 600, tooltips 650, popups 700.
PANES = {
    "gh-areas": 390,
    "gh-lines": 405,
    "gh-standing": 410,
    "gh-zones": 420,
    "gh-houses": 450,
    "gh-labels": 460,
    "gh-draw": 470,
}
# Panes that the pointer goes through: what lies in them is found by position.
STILL = ("gh-houses", "gh-labels", "gh-lines")
BORDER = {"color": "#7d8896", "weight": 0.7, "fillOpacity": 0, "fillColor": "#fff"}
TOWNSHIP_BORDER = {"color": "#3d4a57", "weight": 1.6, "fillOpacity": 0, "interactive": False}


class HouseMap(folium.Map):
    """Folium's map without the links to other hosts, and filling whatever holds it."""

    default_js: list[tuple[str, str]] = []
    default_css: list[tuple[str, str]] = []
    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }}, zoom: {{ this.options.zoom|tojson }}, minZoom: 3, maxZoom: 20,
            zoomControl: false, attributionControl: false, zoomSnap: 1, worldCopyJump: false,
        });
        L.control.scale({imperial: false, position: "bottomleft"}).addTo({{ this.get_name() }});
        {% endmacro %}
        """
    )


class HousesLayer(Layer):
    """The place of houses in the layer control; the browser draws them into the pane ``gh-houses``."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.layerGroup([], {pane: "gh-houses"});
        {% endmacro %}
        """
    )

    def __init__(self, name: str) -> None:
        super().__init__(name=name, overlay=True, control=True, show=True)
        self._name = "Houses"


class Handover(MacroElement):
    """Gives map, layers and configuration to the browser modules."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        // What Leaflet calls it shows until the page's own modules are there.
        for (const toggle of document.querySelectorAll(".leaflet-control-layers-toggle"))
            toggle.title = {{ this.switch_label|tojson }};
        window.ghMap = {
            map: {{ this.map_name }},
            layers: { {%- for key, name in this.layers.items() %}{{ key }}: {{ name or "null" }}, {% endfor -%} },
            config: {{ this.config|tojson }},
        };
        {% endmacro %}
        """
    )

    def __init__(self, map_name: str, layers: dict[str, str | None], config: dict[str, Any], switch_label: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # untyped in branca
        self._name = "Handover"
        self.map_name = map_name
        self.layers = layers
        self.config = config
        self.switch_label = switch_label


# Where a map without any division looks: the middle of China.
NOWHERE = ((35.0, 104.0), 4)


def compose(content: MapContent) -> Composed:
    """The map as Folium writes it."""
    location, zoom = NOWHERE
    if content.bounds is not None:
        west, south, east, north = content.bounds
        location, zoom = ((south + north) / 2, (west + east) / 2), 10
    figure = Figure()
    chart = HouseMap(location=location, tiles=None, zoom_start=zoom)
    figure.add_child(chart)
    for name, z_index in PANES.items():
        chart.add_child(CustomPane(name, z_index=z_index, pointer_events=name not in STILL))
    for layer in base_layers(content.base_map):
        chart.add_child(layer)
    villages = _outlines(content.villages, content.labels["villages"], BORDER)
    townships = _outlines(content.townships, content.labels["townships"], TOWNSHIP_BORDER)
    houses = HousesLayer(content.labels["houses"])
    for ours in (villages, townships, houses):
        if ours is not None:
            chart.add_child(ours)
    chart.add_child(folium.LayerControl(position="topright", collapsed=True))
    names = {"villages": villages, "townships": townships, "houses": houses}
    layers = {key: None if layer is None else layer.get_name() for key, layer in names.items()}
    chart.add_child(Handover(chart.get_name(), layers, content.config, content.labels["switch"]))
    figure.render()
    return Composed(figure.html.render(), figure.script.render())


def _outlines(divisions: Sequence[Division], label: str, style: dict[str, Any]) -> folium.GeoJson | None:
    if not divisions:
        return None
    collection = {"type": "FeatureCollection", "features": [division.feature() for division in divisions]}
    return folium.GeoJson(
        collection, name=label, style_function=lambda _: style, smooth_factor=1, embed=True, pane="gh-areas"
    )
