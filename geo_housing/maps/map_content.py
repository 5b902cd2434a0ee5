"""What goes into a map and what comes out of it; light, while folium_page.py, which composes it, loads Folium and pandas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo_housing.maps.outlines import Division
from geo_housing.settings import BaseMap, Language
from geo_housing.translation import translate


@dataclass(frozen=True)
class Composed:
    """Folium's parts of the page: the element, and the script that must run after Leaflet."""

    html: str
    script: str


@dataclass(frozen=True)
class MapContent:
    """What goes into a map; ``bounds`` is where it looks at first."""

    base_map: BaseMap
    townships: Sequence[Division]
    villages: Sequence[Division]
    bounds: tuple[float, float, float, float] | None
    config: dict[str, Any]
    labels: dict[str, str]


def layer_labels(language: Language) -> dict[str, str]:
    """Names in the layer control, and its own."""
    labels = {"villages": "村界", "townships": "乡镇界", "houses": "农房", "switch": "底图与边界"}
    return {name: translate(label, language) for name, label in labels.items()}
