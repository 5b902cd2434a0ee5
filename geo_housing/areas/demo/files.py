"""The demo county as GeoJSON files (RFC 7946), one feature a line so that a change shows where it is."""

import json
from collections.abc import Sequence
from pathlib import Path

import shapely

from geo_housing.areas.demo.county import DemoArea

NOTE = "示意边界"
FILES = {"county": "demo_county.geojson", "township": "demo_townships.geojson", "village": "demo_villages.geojson"}


def write_files(areas: Sequence[DemoArea], folder: Path) -> list[Path]:
    """Write the outlines of each level into ``folder``; divisions without outline are left out (the CSV has them)."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for level, name in FILES.items():
        path = folder / name
        path.write_text(as_geojson([area for area in areas if area.level == level]), encoding="utf-8")
        written.append(path)
    return written


def as_geojson(areas: Sequence[DemoArea]) -> str:
    """One feature collection of those ``areas`` that have an outline."""
    features = ",\n".join(_feature(area, area.geom) for area in areas if area.geom is not None)
    return f'{{"type":"FeatureCollection","features":[\n{features}\n]}}\n'


def _feature(area: DemoArea, geom: shapely.Polygon) -> str:
    properties = {
        "code": area.code,
        "name": area.name,
        "level": area.level,
        "parent_code": area.parent_code,
        "note": NOTE,
    }
    ring = [list(point) for point in geom.exterior.coords]
    feature = {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
