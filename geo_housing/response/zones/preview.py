"""What is being drawn on the map, as one valid zone: nothing is stored, the last one wins in the browser."""

from collections.abc import Mapping
from typing import Any

import shapely
from shapely import MultiPolygon

from geo_housing.errors import BadInput, TooLarge
from geo_housing.geometry import as_multipolygon
from geo_housing.hazards.sources import zones_of_drawing

MOST_VERTICES = 200_000


def drawn(geometry: Mapping[str, Any], *, buffer_m: float | None) -> MultiPolygon:
    """The union of the shapes; BadInput when none of them has an area, TooLarge over MOST_VERTICES."""
    source = zones_of_drawing(geometry, buffer_m=buffer_m)
    shapes = [zone.geom for zone in source.zones if zone.geom is not None]
    if not shapes:
        sentence = source.faults[0].sentence if source.faults else "还没有画出图形。"
        raise BadInput(sentence, faults=source.faults)
    if sum(shapely.get_num_coordinates(shape) for shape in shapes) > MOST_VERTICES:
        raise TooLarge("图形的顶点太多，无法即时分析；请先新建事件再看影响分析。")
    return shapes[0] if len(shapes) == 1 else as_multipolygon(shapely.union_all(shapes))
