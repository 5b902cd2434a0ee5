"""Vector tiles, made by PostGIS.

Points are found by half-open ranges of ``tile_key``, so a house is in exactly one tile of a zoom; their place in the tile
is worked out here and kept inside it, because ST_AsMVTGeom drops what lies on its edge or shows it twice (D15).
Polygons cross tiles; they go through ST_AsMVTGeom with a small overlap.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, Integer, LargeBinary, Select, Text, and_, func, literal_column, select
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.geometry import HOUSE_SRID
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.filters import Filter, condition
from geo_housing.layers.hazard_layers import EMERGENCY_INSPECTIONS
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.queries import joined
from geo_housing.layers.tables import HOUSE
from geo_housing.maps.clusters import clusters, figures, grid_answers, mercator, within
from geo_housing.maps.tile_address import EXTENT, Tile
from geo_housing.scope import AreaScope

# More features than this are put together.
MOST_FEATURES = 8_000
# Up to here a house brings all its properties, beyond only what the map draws and names it by: some 400 kB a tile.
MOST_WITH_ALL = 5_000
# A tile that long codes make larger is put together, too.
MOST_BYTES = 480_000
MERCATOR = 3857
HALF_WORLD_M = 20037508.342789244
# How far polygons reach over the tile's edge, so that outlines meet without a gap.
OVERLAP = 64
# Below this zoom the grid is asked first: it holds the answer, while the houses would have to be counted.
GRID_FIRST_BELOW = 14
HOUSE_COLUMNS = (
    "house_code area_code township village declared_village structure built_year storeys rooms area_m2 occupancy"
    " grade grade_basis graded_on risk renovation measure"
).split()
DRAWN_COLUMNS = "house_code grade grade_basis risk renovation".split()
INSPECTION_COLUMNS = (
    "inspection_id event event_name mode house_code area_code township village risk state overdue uncertain"
    " result damage"
).split()
# Names of the layers of clusters within the tile.
CLUSTER_NAMES = {HOUSES.name: "house_clusters", EMERGENCY_INSPECTIONS.name: "inspection_clusters"}
_NAMES = {HOUSES.name: HOUSE_COLUMNS, EMERGENCY_INSPECTIONS.name: INSPECTION_COLUMNS}


@dataclass(frozen=True)
class TileAsked:
    """A tile of a layer under a filter, for somebody's area."""

    tile: Tile
    wanted: Filter
    scope: AreaScope


def tile_bytes(session: Session, layer: Layer, asked: TileAsked) -> bytes:
    """The tile; no bytes where there is nothing."""
    if layer is HOUSES:
        return _houses_tile(session, asked)
    if layer is EMERGENCY_INSPECTIONS:
        return _inspections_tile(session, asked)
    return _outlines_tile(session, layer, asked)


def tile_columns(layer: Layer) -> tuple[Column, ...]:
    """Properties of the features in tiles: nothing of a family, no lists, nothing that must be counted first."""
    names = _NAMES.get(layer.name)
    return tuple(
        column
        for column in layer.columns
        if column.permission is None
        and "counts" not in column.needs
        and column.kind != "words"
        and (not column.ledger if names is None else column.name in names)
    )


def _houses_tile(session: Session, asked: TileAsked) -> bytes:
    together = None
    if grid_answers(asked.wanted) and asked.tile.z < GRID_FIRST_BELOW:
        together, houses = _clusters_tile(session, HOUSES, asked)
    else:
        houses = _counted(session, HOUSES, asked)
    if houses <= MOST_FEATURES:
        single = _house_features(session, asked, houses)
        if len(single) <= MOST_BYTES:
            return single
    return _clusters_tile(session, HOUSES, asked)[0] if together is None else together


def _counted(session: Session, layer: Layer, asked: TileAsked) -> int:
    """Points in the tile, counted no further than needed."""
    inside = select(value_of(1, Integer)).select_from(layer.source).where(_in_tile(layer, asked))
    few = inside.limit(MOST_FEATURES + 1).subquery("inside")
    return session.execute(select(func.count()).select_from(few)).scalar_one()


def _in_tile(layer: Layer, asked: TileAsked) -> ColumnElement[bool]:
    return and_(within(HOUSE.c.tile_key, [asked.tile.keys]), condition(asked.wanted, layer=layer, scope=asked.scope))


def _house_features(session: Session, asked: TileAsked, houses: int) -> bytes:
    if houses == 0:
        return b""
    names = HOUSE_COLUMNS if houses <= MOST_WITH_ALL else DRAWN_COLUMNS
    columns = tuple(column for column in tile_columns(HOUSES) if column.name in names)
    return _encoded(session, _point_features(HOUSES, columns, asked), "houses")


def _point_features(layer: Layer, columns: tuple[Column, ...], asked: TileAsked) -> Select[Any]:
    place = mercator(func.ST_X(HOUSE.c.geom, type_=Double), func.ST_Y(HOUSE.c.geom, type_=Double))
    return (
        select(*(column.value.label(column.name) for column in columns), _in_tile_units(*place, asked.tile))
        .select_from(joined(layer, columns, bulk=False))
        .where(_in_tile(layer, asked))
    )


def _in_tile_units(x: ColumnElement[Any], y: ColumnElement[Any], tile: Tile) -> ColumnElement[Any]:
    """A place given in fractions of the world as a point in the tile's units, never outside it."""

    def unit(part: ColumnElement[Any], first: int) -> ColumnElement[Any]:
        exact = func.floor((part * 2.0**tile.z - float(first)) * float(EXTENT), type_=Double)
        return func.least(func.greatest(exact, 0.0), float(EXTENT - 1))

    return func.ST_MakePoint(unit(x, tile.x), unit(y, tile.y)).label("geom")


def _clusters_tile(session: Session, layer: Layer, asked: TileAsked) -> tuple[bytes, int]:
    """The tile of clusters, and how many houses or inspections they hold."""
    found = clusters(layer, [asked.tile.keys], asked.tile.cluster_depth, asked.wanted, asked.scope)
    columns = [found.c[name] for name in figures(layer)]
    tile = select(*columns, _in_tile_units(found.c.x, found.c.y, asked.tile)).subquery("tile")
    total = func.sum(tile.c[columns[0].name])
    row = session.execute(select(_mvt(CLUSTER_NAMES[layer.name]), total).select_from(tile)).one()
    return bytes(row[0] or b""), int(row[1] or 0)


def _inspections_tile(session: Session, asked: TileAsked) -> bytes:
    layer = EMERGENCY_INSPECTIONS
    found = _counted(session, layer, asked)
    if found > MOST_FEATURES:
        return _clusters_tile(session, layer, asked)[0]
    return _encoded(session, _point_features(layer, tile_columns(layer), asked), layer.name) if found else b""


def _outlines_tile(session: Session, layer: Layer, asked: TileAsked) -> bytes:
    tile = asked.tile
    world = func.ST_MakeEnvelope(-HALF_WORLD_M, -HALF_WORLD_M, HALF_WORLD_M, HALF_WORLD_M, MERCATOR)
    bounds = func.ST_TileEnvelope(tile.z, tile.x, tile.y)
    wider = func.ST_TileEnvelope(tile.z, tile.x, tile.y, world, OVERLAP / EXTENT)
    columns = tile_columns(layer)
    geom = func.ST_AsMVTGeom(func.ST_Transform(layer.geometry, MERCATOR), bounds, EXTENT, OVERLAP, True)
    features = (
        select(*(column.value.label(column.name) for column in columns), geom.label("geom"))
        .select_from(joined(layer, columns, bulk=False))
        .where(
            condition(asked.wanted, layer=layer, scope=asked.scope),
            layer.geometry.bool_op("&&")(func.ST_Transform(wider, HOUSE_SRID)),
        )
        .subquery("features")
    )
    return _encoded(session, select(features).where(features.c.geom.is_not(None)), layer.name)


def _encoded(session: Session, features: Select[Any], name: str) -> bytes:
    tile = features.subquery("tile")
    return bytes(session.execute(select(_mvt(name)).select_from(tile)).scalar_one() or b"")


def _mvt(name: str) -> ColumnElement[Any]:
    # The row itself is the argument: its columns become the properties.
    return func.ST_AsMVT(
        literal_column("tile"), value_of(name, Text), EXTENT, value_of("geom", Text), type_=LargeBinary
    )
