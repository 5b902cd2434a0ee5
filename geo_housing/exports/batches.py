"""Rows as Arrow batches, for the GIS formats."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from sqlalchemy import func

from geo_housing.exports.ledger import SEPARATOR
from geo_housing.exports.reading import Reading
from geo_housing.exports.service import Export, geometry_of, rows_to_write
from geo_housing.layers.columns import Column

GEOMETRY = "geometry"
_TYPES = {
    "text": pa.string(),
    "words": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="Asia/Shanghai"),
    "bool": pa.bool_(),
}


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of a column."""
    return _TYPES[column.kind]


def row_batches(reading: Reading, export: Export, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """All rows of the export as batches of ``schema``: its columns in order, then the geometry as WKB."""
    statement = rows_to_write(export, func.ST_AsBinary(geometry_of(export)).label("_wkb"))
    for part in reading.parts(statement, export.rows):
        columns: list[tuple[Any, ...]] = list(zip(*part, strict=True))
        columns[-1] = tuple(None if wkb is None else bytes(wkb) for wkb in columns[-1])
        arrays = [
            pa.array(_fitting(values, field.type), type=field.type)
            for values, field in zip(columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def schema_of(export: Export, names: dict[str, str] | None = None) -> pa.Schema:
    """Schema of the batches; ``names`` renames columns. The geometry comes last."""
    fields = [pa.field((names or {}).get(c.name, c.name), arrow_type(c)) for c in export.columns]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])


def _fitting(values: tuple[Any, ...], kind: pa.DataType) -> tuple[Any, ...]:
    """Values as the format takes them: what it can only hold as text becomes text."""
    if not pa.types.is_string(kind):
        return values
    return tuple(value if value is None or isinstance(value, str) else _text(value) for value in values)


def _text(value: Any) -> str:
    return SEPARATOR.join(value) if isinstance(value, list) else str(value)
