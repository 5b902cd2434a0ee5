"""Reading layers: counts, pages, and the statements that files are streamed from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, FromClause, Select, func, select, tuple_
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.errors import BadInput
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.filters import Filter, condition
from geo_housing.scope import AreaScope

CRS84_SRID = 4326
# More rows than this are joined with their families by sorting all of them once.
BULK_ROWS = 50_000


@dataclass(frozen=True)
class Counts:
    """Rows of a filter, and how many of them have a geometry."""

    rows: int
    located: int

    @property
    def unlocated(self) -> int:
        """Rows without a geometry: not in GIS files, but in ledgers."""
        return self.rows - self.located


def count_rows(connection: Connection | Session, layer: Layer, wanted: Filter, scope: AreaScope) -> Counts:
    """How many rows a filter has; every other way out gives exactly these."""
    row = connection.execute(
        select(func.count(), func.count(layer.geometry))
        .select_from(layer.source)
        .where(condition(wanted, layer=layer, scope=scope))
    ).one()
    return Counts(row[0], row[1])


def uncertain_beside(connection: Connection | Session, layer: Layer, wanted: Filter, scope: AreaScope) -> int:
    """Houses (栋) of uncertain place that the event of a filter concerns beside those that the filter means."""
    if "uncertain" not in layer.filters or wanted.event is None or wanted.uncertain:
        return 0
    return count_rows(connection, layer, replace(wanted, uncertain=True), scope).rows


def longitudes(
    connection: Connection | Session, layer: Layer, wanted: Filter, scope: AreaScope
) -> tuple[float, float] | None:
    """The west and the east end of the rows of a filter, in degrees; None when no row has a place."""
    if layer.is_points:
        west = func.min(func.ST_X(layer.geometry, type_=Double))
        east = func.max(func.ST_X(layer.geometry, type_=Double))
    else:
        west = func.min(func.ST_XMin(layer.geometry, type_=Double))
        east = func.max(func.ST_XMax(layer.geometry, type_=Double))
    row = connection.execute(
        select(west, east).select_from(layer.source).where(condition(wanted, layer=layer, scope=scope))
    ).one()
    return None if row[0] is None else (row[0], row[1])


def joined(layer: Layer, columns: Sequence[Column], *, bulk: bool) -> FromClause:
    """The layer's tables with the joins that ``columns`` need."""
    source = layer.source
    for name in sorted({need for column in columns for need in column.needs}):
        join = layer.joins[name]
        source = source.outerjoin(join.bulk, join.on_bulk) if bulk else source.outerjoin(join.single, join.on_single)
    return source


def rows_of(
    layer: Layer, columns: Sequence[Column], wanted: Filter, scope: AreaScope, *, bulk: bool = False
) -> Select[Any]:
    """All rows of a filter with ``columns`` under their names; more columns may be added by the caller."""
    return (
        select(*(column.value.label(column.name) for column in columns))
        .select_from(joined(layer, columns, bulk=bulk))
        .where(condition(wanted, layer=layer, scope=scope))
    )


@dataclass(frozen=True)
class Page:
    """Some rows in keyset order; ``next_after`` continues after them, None at the end."""

    rows: list[dict[str, Any]]
    next_after: tuple[str, str] | None


def page_statement(
    layer: Layer,
    columns: Sequence[Column],
    wanted: Filter,
    scope: AreaScope,
    *,
    limit: int,
    after: tuple[str, str] | None = None,
    extra: Sequence[ColumnElement[Any]] = (),
    only_located: bool = False,
) -> Select[Any]:
    """One row more than ``limit`` after ``after`` in the order (area, key), an index order that a scope narrows."""
    statement = rows_of(layer, columns, wanted, scope).add_columns(
        *extra, layer.scope_column.label("_scope"), layer.key.label("_key")
    )
    if only_located:
        statement = statement.where(layer.geometry.is_not(None))
    if after is not None:
        place = tuple_(value_of(after[0], layer.scope_column.type), value_of(_key(layer, after[1]), layer.key.type))
        statement = statement.where(tuple_(layer.scope_column, layer.key) > place)
    return statement.order_by(layer.scope_column, layer.key).limit(limit + 1)


def page(
    session: Session,
    layer: Layer,
    columns: Sequence[Column],
    wanted: Filter,
    scope: AreaScope,
    *,
    limit: int,
    after: tuple[str, str] | None = None,
) -> Page:
    """At most ``limit`` rows after ``after``, with the place to go on from."""
    statement = page_statement(layer, columns, wanted, scope, limit=limit, after=after)
    found = [dict(row) for row in session.execute(statement).mappings()]
    places = [(str(row.pop("_scope")), str(row.pop("_key"))) for row in found]
    return Page(found[:limit], places[limit - 1] if len(found) > limit else None)


def _key(layer: Layer, text: str) -> Any:
    """The key as its own type; BadInput when a cursor was tampered with."""
    try:
        return layer.key.type.python_type(text)
    except ValueError:
        raise BadInput("cursor 不对：请原样使用上一页返回的 next。") from None
