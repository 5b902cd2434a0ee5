"""GeoJSON by RFC 7946, made by PostGIS feature by feature."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select
from sqlalchemy import literal as value_of
from sqlalchemy.orm import Session

from geo_housing.exports.copying import copied_texts
from geo_housing.exports.features import feature_text
from geo_housing.exports.service import Export, metadata_json, rows_to_write
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.filters import EVERYTHING, Filter
from geo_housing.layers.queries import CRS84_SRID, page_statement, rows_of
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.scope import AreaScope


def _feature_of(rows: FromClause, columns: Sequence[Column]) -> ColumnElement[str]:
    """The text of a Feature from ``rows``, which have ``_id`` and ``_geom`` beside the columns."""
    values = {column.name: rows.c[column.name] for column in columns}
    return feature_text(columns, values, feature_id=rows.c["_id"], geometry=rows.c["_geom"])


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
    """Id and geometry of a feature: relabelled 4326, because a crs member is forbidden (D5)."""
    geom = func.ST_SetSRID(layer.geometry, CRS84_SRID)
    return layer.feature_id.label("_id"), (geom if layer.is_points else func.ST_ForcePolygonCCW(geom)).label("_geom")


def _statement(export: Export) -> Select[Any]:
    return select(_feature_of(rows_to_write(export, *_identity(export.layer)).subquery("rows"), export.columns))


def collection(connection: Connection, export: Export) -> Iterator[bytes]:
    """A FeatureCollection; its metadata is a foreign member that stands before the features."""
    yield (
        f'{{"type":"FeatureCollection","name":"{export.layer.name}","geo_housing":{metadata_json(export)},"features":[\n'
    ).encode()
    separator = b""
    for feature in copied_texts(connection, _statement(export)):
        yield separator + feature
        separator = b",\n"
    yield b"\n]}\n"


def lines(connection: Connection, export: Export) -> Iterator[bytes]:
    """One feature a line; the format has no place for metadata, it goes beside the file."""
    for feature in copied_texts(connection, _statement(export)):
        yield feature + b"\n"
