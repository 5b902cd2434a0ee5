"""CSV with the English field names of the ledger, so that it loads again; code words, not labels."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, Select, Text, cast, func

from geo_housing.exports.copying import copied_csv
from geo_housing.exports.service import DEGREES, Export, geometry_of, rows_to_write
from geo_housing.layers.columns import Column

SEPARATOR = "、"


def ledger_columns(export: Export) -> list[tuple[str, str, ColumnElement[Any], Column]]:
    """English name, Chinese heading, value and column of each cell; projected coordinates are called x and y."""
    geom = geometry_of(export)
    projected = {
        "lon": ("x", "横坐标（东）", func.ST_X(geom, type_=Double)),
        "lat": ("y", "纵坐标（北）", func.ST_Y(geom, type_=Double)),
    }
    result: list[tuple[str, str, ColumnElement[Any], Column]] = []
    for column in export.columns:
        if column.name in projected and export.srid not in DEGREES:
            result.append((*projected[column.name], column))
        else:
            result.append((column.name, column.label, column.value, column))
    return result


def _statement(export: Export, columns: Sequence[tuple[str, str, ColumnElement[Any], Column]]) -> Select[Any]:
    cells = [_cell(value, column).label(name) for name, _, value, column in columns]
    return rows_to_write(export).with_only_columns(*cells, maintain_column_froms=True)


def _cell(value: ColumnElement[Any], column: Column) -> ColumnElement[Any]:
    """Lists as one text; truth values as true and false, which COPY would cut to a letter."""
    if column.kind == "words":
        return func.array_to_string(value, SEPARATOR)
    return cast(value, Text) if column.kind == "bool" else value


def csv(connection: Connection, export: Export) -> Iterator[bytes]:
    """The ledger as CSV in UTF-8 without BOM; metadata goes beside the file or into HTTP headers."""
    yield from copied_csv(connection, _statement(export, ledger_columns(export)))
