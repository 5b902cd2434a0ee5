"""Outlines for drawing: divisions with their names, zones, standing areas; simplified, because nobody measures them here."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, Double, Text, cast, false, func, or_, select
from sqlalchemy.orm import Session

from geo_housing.geometry import HOUSE_SRID
from geo_housing.layers.catalogue import layer_named
from geo_housing.layers.columns import Layer
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.queries import CRS84_SRID, joined
from geo_housing.layers.tables import AREA, in_range
from geo_housing.scope import EVERYWHERE, AreaScope

# West, south, east, north, in degrees.
Box = tuple[float, float, float, float]
DECIMALS = 5
# Some 20 m: less than a pixel where outlines are looked at as a whole.
TOLERANCE = 0.0002
ZONE_TOLERANCE = 0.00005
# West, south, east, north of the country: where nothing is loaded yet.
COUNTRY = (73.5, 18.0, 135.1, 53.6)


def bounds(session: Session, scope: AreaScope) -> Box | None:
    """West, south, east, north of the loaded outlines within ``scope``; None without any."""
    box = func.ST_Extent(AREA.c.geom)
    edges = [edge(box, type_=Double) for edge in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
    inside = in_range(AREA.c.code, scope)
    row = session.execute(select(*edges).where(*([inside] if inside is not None else []))).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def zone_bounds(session: Session, events: Iterable[int], scope: AreaScope) -> Box | None:
    """West, south, east, north of these events' zones as far as ``scope`` sees them; None without any."""
    layer = layer_named("zones")
    box = func.ST_Extent(layer.geometry)
    edges = [edge(box, type_=Double) for edge in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
    of_events = or_(false(), *(condition(Filter(event=event), layer=layer, scope=scope) for event in events))
    row = session.execute(select(*edges).select_from(layer.source).where(of_events)).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def area_to_look_at(session: Session, scope: AreaScope) -> Box:
    """Where a map begins that has no place of its own: the outlines of ``scope``, else all that are loaded."""
    return bounds(session, scope) or bounds(session, EVERYWHERE) or COUNTRY


def features(session: Session, layer: Layer, wanted: Filter, scope: AreaScope) -> list[dict[str, Any]]:
    """Features of a layer of zones with all its properties."""
    columns = [column for column in layer.columns if column.permission is None]
    rows = session.execute(
        select(
            *(column.value.label(column.name) for column in columns),
            _geojson(_simplified(layer.geometry, ZONE_TOLERANCE)).label("_geometry"),
        )
        .select_from(joined(layer, columns, bulk=False))
        .where(condition(wanted, layer=layer, scope=scope), layer.geometry.is_not(None))
        .order_by(layer.key)
    ).mappings()
    found = []
    for row in rows:
        properties = dict(row)
        geometry = json.loads(properties.pop("_geometry"))
        properties = {name: _plain(value) for name, value in properties.items()}
        found.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return found


@dataclass(frozen=True)
class Division:
    """A division to draw: outline as GeoJSON, and the point where its name stands."""

    code: str
    name: str
    parent_name: str | None
    label_lon: float
    label_lat: float
    geometry: dict[str, Any]

    def feature(self) -> dict[str, Any]:
        """The division as a GeoJSON feature with the names that web/static/map/villages.js expects."""
        properties = {
            "code": self.code,
            "name": self.name,
            "township": self.parent_name,
            "label_lon": self.label_lon,
            "label_lat": self.label_lat,
        }
        return {"type": "Feature", "geometry": self.geometry, "properties": properties}


def divisions(session: Session, level: str, scope: AreaScope) -> list[Division]:
    """Present divisions of ``level`` within ``scope`` that have an outline."""
    area, parent = AREA.alias("division"), AREA.alias("parent")
    label = func.ST_PointOnSurface(area.c.geom)
    inside = in_range(area.c.code, scope)
    rows = session.execute(
        select(
            area.c.code,
            area.c.name,
            parent.c.name.label("parent_name"),
            func.ST_X(label, type_=Double).label("lon"),
            func.ST_Y(label, type_=Double).label("lat"),
            _geojson(_simplified(area.c.geom, TOLERANCE)).label("geometry"),
        )
        .select_from(area.outerjoin(parent, parent.c.code == area.c.parent_code))
        .where(area.c.level == level, area.c.valid_to.is_(None), area.c.geom.is_not(None))
        .where(*([inside] if inside is not None else []))
        .order_by(area.c.code)
    )
    return [
        Division(row.code, row.name, row.parent_name, round(row.lon, 6), round(row.lat, 6), json.loads(row.geometry))
        for row in rows
    ]


def _simplified(geometry: ColumnElement[Any], tolerance: float) -> ColumnElement[Any]:
    # In the coverage of neighbours each border is simplified from both sides alike: the same points, the same result.
    return func.coalesce(
        func.ST_SimplifyPreserveTopology(geometry, tolerance), geometry, type_=Geometry("GEOMETRY", srid=HOUSE_SRID)
    )


def _geojson(geometry: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.ST_AsGeoJSON(func.ST_SetSRID(geometry, CRS84_SRID), DECIMALS, 0), Text)


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if hasattr(value, "hour") else value
