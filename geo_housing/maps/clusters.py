"""Houses and inspections counted by cells of the tile quadtree.

Houses come from the grid of counts where it can answer, else from the register itself. Every answer has ``cell``, ``x`` and
``y`` (the middle of what was counted, as fractions of the world's width from the west and the north), and its figures.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy import literal as value_of

from geo_housing.geometry import TILE_DEPTH
from geo_housing.houses.models import HouseGrid, HouseGridDelta
from geo_housing.layers.columns import Layer
from geo_housing.layers.filters import EVERYTHING, Filter, condition
from geo_housing.layers.hazard_layers import EMERGENCY_INSPECTIONS
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.tables import HOUSE, INSPECTION, in_range
from geo_housing.maps.tile_address import place_depth
from geo_housing.scope import AreaScope
from geo_housing.words import INSPECTION_STATE, RENOVATION, RISK

GRID: FromClause = HouseGrid.__table__
GRID_DELTA: FromClause = HouseGridDelta.__table__
GRID_DEPTH = 16
# What the grid is keyed by; every other filter is counted from the houses.
GRID_FILTERS = frozenset({"area", "risk", "renovation"})

Ranges = Sequence[tuple[int, int]]


def grid_answers(wanted: Filter) -> bool:
    """Whether the grid of counts can answer ``wanted``."""
    asked = {field.name for field in fields(wanted) if getattr(wanted, field.name) != getattr(EVERYTHING, field.name)}
    return asked <= GRID_FILTERS


def within(column: ColumnElement[int], ranges: Ranges, *, shift: int = 0) -> ColumnElement[bool]:
    """Keys (or cells, keys without their last ``shift`` bits) in any of the half-open ranges."""
    return or_(*(and_(column >= _big(lo >> shift), column < _big(hi >> shift)) for lo, hi in ranges))


def clusters(layer: Layer, ranges: Ranges, depth: int, wanted: Filter, scope: AreaScope) -> Subquery:
    """What ``layer`` holds of ``wanted`` in the ranges of tile keys, by cells at ``depth``; a row a cell that has any.

    The ranges must end at borders of cells at ``depth``, or ``wanted`` have a box of its own.
    """
    if layer is EMERGENCY_INSPECTIONS:
        return _inspection_clusters(ranges, depth, wanted, scope)
    return _house_clusters(ranges, depth, wanted, scope)


def figures(layer: Layer) -> tuple[str, ...]:
    """Names of the figures of a cluster of ``layer``; none for layers that are never put together."""
    if layer is HOUSES:
        risks = (f"risk_{code.lower()}" for code in RISK)
        return ("houses", *risks, *(f"renovation_{code}" for code in RENOVATION))
    if layer is EMERGENCY_INSPECTIONS:
        return ("inspections", "overdue", *(f"state_{state}" for state in INSPECTION_STATE))
    return ()


def mercator(lon: ColumnElement[Any], lat: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Degrees as fractions of the world's width, from the west and from the north: the formula of the tile keys."""
    y = (1.0 - func.asinh(func.tan(func.radians(lat)), type_=Double) / func.pi(type_=Double)) / 2.0
    return (lon + 180.0) / 360.0, y


def _inspection_clusters(ranges: Ranges, depth: int, wanted: Filter, scope: AreaScope) -> Subquery:
    layer = EMERGENCY_INSPECTIONS
    overdue = layer.column("overdue")
    assert overdue is not None, "the layer has it"
    lon, lat = func.avg(func.ST_X(HOUSE.c.geom, type_=Double)), func.avg(func.ST_Y(HOUSE.c.geom, type_=Double))
    x, y = mercator(lon, lat)
    of_state = [func.count().filter(INSPECTION.c.state == state).label(f"state_{state}") for state in INSPECTION_STATE]
    cell = coarser(HOUSE.c.tile_key, TILE_DEPTH - depth).label("cell")
    return (
        select(
            cell,
            x.label("x"),
            y.label("y"),
            func.count().label("inspections"),
            func.count().filter(overdue.value).label("overdue"),
            *of_state,
        )
        .select_from(layer.source)
        .where(within(HOUSE.c.tile_key, ranges), condition(wanted, layer=layer, scope=scope))
        .group_by(cell)
    ).subquery("clusters")


def _house_clusters(ranges: Ranges, depth: int, wanted: Filter, scope: AreaScope) -> Subquery:
    from_grid = grid_answers(wanted) and depth <= GRID_DEPTH
    fine = place_depth(depth, GRID_DEPTH if from_grid else TILE_DEPTH)
    counted = (_from_grid if from_grid else _from_houses)(ranges, fine, wanted, scope).subquery("counted")
    houses, place = counted.c.houses, counted.c.place
    total = func.sum(houses)

    def middle(offset: int) -> ColumnElement[Any]:
        return func.sum(houses * (_every_other_bit(place, fine, offset) + 0.5), type_=Double) / total / 2.0**fine

    of_class = [
        func.coalesce(func.sum(houses).filter(column == code), 0).cast(Integer).label(f"{name}_{code.lower()}")
        for name, column, codes in (
            ("risk", counted.c.risk, RISK),
            ("renovation", counted.c.renovation, RENOVATION),
        )
        for code in codes
    ]
    cell = coarser(place, fine - depth).label("cell")
    return (
        select(
            cell, middle(0).label("x"), middle(1).label("y"), total.cast(Integer).label("houses"), *of_class
        ).group_by(cell)
    ).subquery("clusters")


def _from_grid(ranges: Ranges, depth: int, wanted: Filter, scope: AreaScope) -> Select[Any]:
    """The grid and what has not been folded into it yet."""
    parts = []
    for table in (GRID, GRID_DELTA):
        asked: list[ColumnElement[bool]] = [within(table.c.cell, ranges, shift=2 * (TILE_DEPTH - GRID_DEPTH))]
        inside = in_range(table.c.scope_code, scope.narrowed(wanted.area))
        asked += [inside] if inside is not None else []
        asked += [table.c.risk.in_(wanted.risk)] if wanted.risk else []
        asked += [table.c.renovation.in_(wanted.renovation)] if wanted.renovation else []
        place = coarser(table.c.cell, GRID_DEPTH - depth).label("place")
        parts.append(select(place, table.c.risk, table.c.renovation, table.c.houses).where(*asked))
    both = union_all(*parts).subquery("both")
    houses = func.sum(both.c.houses)
    return (
        select(both.c.place, both.c.risk, both.c.renovation, houses.label("houses"))
        .group_by(both.c.place, both.c.risk, both.c.renovation)
        .having(houses != 0)
    )


def _from_houses(ranges: Ranges, depth: int, wanted: Filter, scope: AreaScope) -> Select[Any]:
    h = HOUSE.c
    place = coarser(h.tile_key, TILE_DEPTH - depth).label("place")
    return (
        select(place, h.risk, h.renovation, func.count().label("houses"))
        .where(within(h.tile_key, ranges), condition(wanted, scope=scope))
        .group_by(place, h.risk, h.renovation)
    )


def _every_other_bit(key: ColumnElement[int], depth: int, offset: int) -> ColumnElement[Any]:
    """Column (offset 0) or row (1) of a quadkey number of ``depth`` levels."""
    number = _big(0)
    for level in range(depth):
        bit = _right(key, 2 * level + offset).op("&")(_big(1))
        number = number.op("|")(bit.op("<<")(value_of(level, Integer)))
    return number.cast(Double)


def coarser(key: ColumnElement[int], levels: int) -> ColumnElement[int]:
    """The quadkey number ``levels`` above ``key``."""
    return _right(key, 2 * levels)


def _right(key: ColumnElement[int], bits: int) -> ColumnElement[int]:
    return key.op(">>", return_type=BigInteger())(value_of(bits, Integer))


def _big(value: int) -> ColumnElement[int]:
    return value_of(value, BigInteger)
