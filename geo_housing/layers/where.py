"""A CQL2 tree as a condition over the public columns of a layer; values are always bound, never pasted."""

import operator
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, DateTime, Double, Text, and_, false, not_, or_
from sqlalchemy import literal as value_of

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.condition import Between, Both, Condition, Either, Intersects, IsNull, Like, Not, OneOf, Value
from geo_housing.layers.spatial import area_meets, house_in_polygon, parse_polygon

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
GEOMETRY_NAMES = ("geometry", "geom")


def where_condition(layer: Layer, tree: Condition) -> ColumnElement[bool]:
    """``tree`` over ``layer``; BadInput for a name that is not everybody's to see, or a value that does not fit."""
    if isinstance(tree, Both):
        return and_(*(where_condition(layer, item) for item in tree.items))
    if isinstance(tree, Either):
        return or_(*(where_condition(layer, item) for item in tree.items))
    if isinstance(tree, Not):
        return not_(where_condition(layer, tree.item))
    if isinstance(tree, Intersects):
        return _intersects(layer, tree)
    column = _column(layer, tree.name)
    test: Any = column.test
    if isinstance(tree, IsNull):
        is_null: ColumnElement[bool] = test.is_(None)
        return is_null
    if isinstance(tree, Like):
        if column.kind != "text" or column.words is not None:
            raise BadInput(f"条件（where）里“{column.name}”不能用 LIKE，只有文字字段可以。")
        return test.like(value_of(tree.pattern, Text), escape="\\")  # type: ignore[no-any-return] # a comparison
    if isinstance(tree, OneOf):
        return or_(*(test == bound(column, value) for value in tree.values)) if tree.values else false()
    if isinstance(tree, Between):
        return and_(test >= bound(column, tree.low), test <= bound(column, tree.high))
    if column.kind == "bool" and tree.op not in ("=", "<>"):
        raise BadInput(f"条件（where）里“{column.name}”是是/否字段，只能用 = 或 <>。")
    return _OPERATORS[tree.op](test, bound(column, tree.value))  # type: ignore[no-any-return] # a comparison


def _column(layer: Layer, name: str) -> Column:
    column = layer.column(name)
    if column is None or not column.filterable:
        names = "、".join(c.name for c in layer.columns if c.filterable)
        raise BadInput(f"条件（where）里的字段“{name}”在{layer.label}图层中没有或不能筛选，可用的有：{names}。")
    return column


def _intersects(layer: Layer, tree: Intersects) -> ColumnElement[bool]:
    if tree.name not in GEOMETRY_NAMES:
        raise BadInput(f"S_INTERSECTS 的第一项应为 geometry，不是“{tree.name}”。")
    polygon = parse_polygon(tree.wkt)
    return house_in_polygon(polygon) if layer.is_points else area_meets(layer.geometry, polygon)


def bound(column: Column, value: Value) -> ColumnElement[Any]:
    """``value`` as a bound parameter of the column's kind; BadInput when it is of another kind."""
    if column.kind in ("int", "float"):
        return _number(column, value)
    if column.kind == "bool":
        if isinstance(value, bool):
            return value_of(value, Boolean)
        raise _misfit(column, value, "TRUE 或 FALSE")
    if column.kind == "date":
        return value_of(_day(column, value), Date)
    if column.kind == "datetime":
        return value_of(_moment(column, value), DateTime(timezone=True))
    if not isinstance(value, str):
        raise _misfit(column, value, "单引号里的文字")
    return value_of(_word(column, value), Text)


def _word(column: Column, text: str) -> str:
    """Labels are accepted beside code words; an extensible list may hold words that we do not know."""
    if column.words is None:
        return text
    try:
        return column.words.code(text)
    except BadInput:
        if column.words.extensible:
            return text
        raise


def _number(column: Column, value: Value) -> ColumnElement[Any]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _misfit(column, value, "数字")
    # The column's own type would round or overflow: 1990.5 is no smallint.
    if isinstance(value, int) and abs(value) < 2**63:
        return value_of(value, BigInteger)
    return value_of(float(value), Double)


def _day(column: Column, value: Value) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise _misfit(column, value, "日期，如 DATE('2024-05-01')") from None
    if isinstance(value, datetime) or not isinstance(value, date):
        raise _misfit(column, value, "日期，如 DATE('2024-05-01')")
    return value


def _moment(column: Column, value: Value) -> datetime:
    """A moment; a day means its beginning, a time without zone is Beijing time."""
    hint = "时间，如 TIMESTAMP('2024-05-01T08:00:00+08:00')"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise _misfit(column, value, hint) from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=BEIJING)
    if isinstance(value, date):
        return datetime.combine(value, time(), BEIJING)
    raise _misfit(column, value, hint)


def _misfit(column: Column, value: object, wanted: str) -> BadInput:
    return BadInput(f"条件（where）里“{column.name}”（{column.label}）的值“{value}”不合适：应为{wanted}。")
