"""The text of a GeoJSON Feature, put together by PostgreSQL out of its columns.

Not ST_AsGeoJSON(record), which has no id before PostGIS 3.5, and not row_to_json: it asks the catalogue for the type of
each column of each row again and needs twice the time. What stands in a word list is a constant text already.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func
from sqlalchemy import literal as value_of

from geo_housing.layers.columns import Column

DECIMALS = 7
NULL = value_of("null", Text)


def feature_text(
    columns: Sequence[Column],
    values: Mapping[str, ColumnElement[Any]],
    *,
    feature_id: ColumnElement[Any],
    geometry: ColumnElement[Any],
) -> ColumnElement[str]:
    """``values`` (by name of column) and ``geometry`` (in 4326) as the text of one Feature."""
    pieces = [
        _constant('{"type":"Feature","id":'),
        _json(feature_id),
        _constant(',"geometry":'),
        # Options 0: no crs and bbox members; the outer ring counter-clockwise as RFC 7946 wants it.
        func.coalesce(func.ST_AsGeoJSON(geometry, DECIMALS, 0), NULL),
        _constant(',"properties":{'),
        *_properties(columns, values),
        _constant("}}"),
    ]
    return reduce(lambda left, right: left.concat(right), pieces)


def _properties(columns: Sequence[Column], values: Mapping[str, ColumnElement[Any]]) -> Iterator[ColumnElement[str]]:
    comma = ""
    for column in columns:
        key, value = f"{comma}{json.dumps(column.name)}:", values[column.name]
        comma = ","
        if column.kind == "bool":
            known = {True: f"{key}true", False: f"{key}false"}
            yield case(*((value.is_(is_so), text) for is_so, text in known.items()), else_=f"{key}null")
        elif column.kind == "text" and column.words is not None:
            known_words = {word: f"{key}{json.dumps(word)}" for word in column.words}
            # A word that the list does not know is written out, too: nothing is left out silently.
            yield case(known_words, value=value, else_=_constant(key).concat(_json(value)))
        else:
            yield _constant(key)
            # A whole number is its own JSON; everything else may need quotes, escapes, or the ISO form.
            yield func.coalesce(cast(value, Text), NULL) if column.kind == "int" else _json(value)


def _constant(text: str) -> ColumnElement[str]:
    return value_of(text, Text)


def _json(value: ColumnElement[Any]) -> ColumnElement[str]:
    return func.coalesce(cast(func.to_json(value), Text), NULL)
