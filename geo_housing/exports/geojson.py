"""GeoJSON by RFC 7946, made by PostGIS feature by feature."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, select
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.exports.copying import copied_texts
from geo_housing.exports.features import area_text, feature_text, point_text
from geo_housing.exports.service import Export, is_bulk, metadata_json, rows_to_write
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.filters import EVERYTHING, Filter
from geo_housing.layers.queries import page_statement, rows_of
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.scope import AreaScope


def _feature_of(rows: FromClause, columns: Sequence[Column]) -> ColumnElement[str]:
    """The text of a Feature from ``rows``, which have ``_id`` and ``_geometry`` beside the columns."""
    values = {column.name: rows.c[column.name] for column in columns}
    ready = {column.name: rows.c[_json_name(column)] for column in columns if _json_name(column) in rows.c}
    return feature_text(columns, values, feature_id=rows.c["_id"], geometry=rows.c["_geometry"], ready=ready)


def _json_name(column: Column) -> str:
    return f"_json_{column.name}"


def feature_page(
    session: Session,
    layer: Layer,
    columns: Sequence[Column],
    wanted: Filter,
    scope: AreaScope,
    *,
    limit: int,
    after: tuple[str, str] | None,
) -> tuple[list[str], tuple[str, str] | None]:
    """Texts of at most ``limit`` features in keyset order, and the place to go on from."""
    statement = page_statement(
        layer, columns, wanted, scope, limit=limit, after=after, extra=_identity(layer), only_located=layer.is_points
    )
    rows = statement.subquery("rows")
    ordered = select(_feature_of(rows, columns), rows.c["_scope"], rows.c["_key"]).order_by(
        rows.c["_scope"], rows.c["_key"]
    )
    found = session.execute(ordered).all()
    next_after = (str(found[limit - 1][1]), str(found[limit - 1][2])) if len(found) > limit else None
    return [row[0] for row in found[:limit]], next_after


def single_feature(
    session: Session, layer: Layer, columns: Sequence[Column], scope: AreaScope, feature_id: str
) -> str | None:
    """The text of one feature, None when there is none within ``scope``."""
    if layer.feature_id.type.python_type is int and whole_number(feature_id, most=MOST_BIGINT) is None:
        return None
    wanted = layer.feature_id == value_of(layer.feature_id.type.python_type(feature_id), layer.feature_id.type)
    statement = rows_of(layer, columns, EVERYTHING, scope).add_columns(*_identity(layer)).where(wanted)
    rows = statement.subquery("rows")
    return session.execute(select(_feature_of(rows, columns))).scalar_one_or_none()


def _identity(layer: Layer) -> tuple[ColumnElement[Any], ...]:
    """Id and geometry of a feature; degrees are taken as they are, because a crs member is forbidden (D5)."""
    geometry = point_text(layer.geometry) if layer.is_points else area_text(layer.geometry)
    return layer.feature_id.label("_id"), geometry.label("_geometry")


def _statement(export: Export) -> Select[Any]:
    ready = [c.json.label(_json_name(c)) for c in export.columns if c.json is not None] if is_bulk(export) else []
    rows = rows_to_write(export, *_identity(export.layer), *ready).subquery("rows")
    return select(_feature_of(rows, export.columns))


def collection(connection: Connection, export: Export) -> Iterator[bytes]:
    """A FeatureCollection; its metadata is a foreign member that stands before the features."""
    yield (
        f'{{"type":"FeatureCollection","name":"{export.layer.name}","geo_housing":{metadata_json(export)},"features":[\n'
    ).encode()
    separator = b""
    for features in _features(connection, export):
        yield separator
        yield b",\n".join(features)
        separator = b",\n"
    yield b"\n]}\n"


def lines(connection: Connection, export: Export) -> Iterator[bytes]:
    """One feature a line; the format has no place for metadata, it goes beside the file."""
    for features in _features(connection, export):
        yield b"\n".join(features)
        yield b"\n"


def _features(connection: Connection, export: Export) -> Iterator[list[memoryview]]:
    """All features, some at a time. More or fewer than were counted in the same snapshot break the file off.

    They would mean that a join has doubled or lost houses: better no file than a wrong one.
    """
    rows = 0
    for features in copied_texts(connection, _statement(export)):
        rows += len(features)
        yield features
    if rows != export.rows:
        raise RuntimeError(f"{export.layer.name}: {rows} rows were read, {export.rows} were counted")
