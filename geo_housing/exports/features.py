"""The text of a GeoJSON Feature, put together by PostgreSQL out of its columns.

Not ST_AsGeoJSON(record), which has no id before PostGIS 3.5, and not row_to_json: it asks the catalogue for the type of
each column of each row again and needs twice the time. What stands in a word list is a constant text already.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Double, Text, case, cast, func
from sqlalchemy import literal as value_of

from geo_housing.layers.columns import Column

DECIMALS = 7
NULL = value_of("null", Text)
INFINITE = cast(value_of("Infinity", Text), Double)

Piece = str | ColumnElement[str]


def feature_text(
    columns: Sequence[Column],
    values: Mapping[str, ColumnElement[Any]],
    *,
    feature_id: ColumnElement[Any],
    geometry: ColumnElement[str],
    ready: Mapping[str, ColumnElement[str]] | None = None,
) -> ColumnElement[str]:
    """``values`` (by name of column) and ``geometry`` (``point_text`` or ``area_text``) as the text of one Feature.

    ``ready`` holds values that are JSON already; NULL stays null.
    """
    pieces: list[Piece] = [
        '{"type":"Feature","id":',
        _json(feature_id),
        ',"geometry":',
        func.coalesce(geometry, NULL),
        ',"properties":{',
        *_properties(columns, values, ready or {}),
        "}}",
    ]
    return reduce(lambda left, right: left.concat(right), _folded(pieces))


def point_text(geometry: ColumnElement[Any]) -> ColumnElement[str]:
    """A point with its coordinates as they are stored (every door rounds to 7 decimals); NULL without a point.

    Less than half of what ST_AsGeoJSON costs, which copies the point and rounds again.
    """
    x, y = (cast(part(geometry, type_=Double), Text) for part in (func.ST_X, func.ST_Y))
    texts = (_constant('{"type":"Point","coordinates":['), x, _constant(","), y, _constant("]}"))
    return reduce(lambda left, right: left.concat(right), texts)


def area_text(geometry: ColumnElement[Any]) -> ColumnElement[str]:
    """An outline as RFC 7946 wants it: outer rings counter-clockwise, no crs and bbox members; NULL without one."""
    return func.ST_AsGeoJSON(func.ST_ForcePolygonCCW(geometry), DECIMALS, 0, type_=Text)


def _properties(
    columns: Sequence[Column], values: Mapping[str, ColumnElement[Any]], ready: Mapping[str, ColumnElement[str]]
) -> Iterator[Piece]:
    comma = ""
    for column in columns:
        key, value = f"{comma}{json.dumps(column.name)}:", values[column.name]
        comma = ","
        if column.kind == "bool":
            known = {True: f"{key}true", False: f"{key}false"}
            yield case(*((value.is_(is_so), text) for is_so, text in known.items()), else_=f"{key}null")
        elif column.kind == "text" and column.words is not None:
            known_words = ((value == word, f"{key}{json.dumps(word)}") for word in column.words)
            # Asked first: of most houses most of these say nothing. A word that the list does not know is written out, too:
            # nothing is left out silently.
            yield case((value.is_(None), f"{key}null"), *known_words, else_=_constant(key).concat(_json(value)))
        else:
            yield key
            yield _other(column, value, ready.get(column.name))


def _other(column: Column, value: ColumnElement[Any], ready: ColumnElement[str] | None) -> ColumnElement[str]:
    if ready is not None:
        return func.coalesce(ready, NULL)
    # A number is its own JSON, but for what is none (NaN) or has no end; everything else may need quotes, escapes, or the ISO form.
    if column.kind == "float":
        return case((func.abs(value) < INFINITE, cast(value, Text)), else_=_json(value))
    return func.coalesce(cast(value, Text), NULL) if column.kind == "int" else _json(value)


def _folded(pieces: Sequence[Piece]) -> Iterator[ColumnElement[str]]:
    """Constants that stand side by side are one."""
    for is_constant, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        if is_constant:
            yield _constant("".join(str(piece) for piece in run))
        else:
            yield from (piece for piece in run if not isinstance(piece, str))


def _constant(text: str) -> ColumnElement[str]:
    return value_of(text, Text)


def _json(value: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(cast(func.to_json(value), Text), NULL)
