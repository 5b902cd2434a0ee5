"""What a condition on rows says, as a small tree: comparisons, and how they are joined. Pure: knows neither columns nor SQL."""

from dataclasses import dataclass
from datetime import date, datetime

Value = str | int | float | bool | date | datetime


@dataclass(frozen=True)
class Comparison:
    """``name op value``; op is one of = <> < <= > >=."""

    name: str
    op: str
    value: Value


@dataclass(frozen=True)
class Like:
    """``name LIKE pattern``: % any characters, _ one, \\ before either takes it literally."""

    name: str
    pattern: str


@dataclass(frozen=True)
class OneOf:
    """``name IN (values)``."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Between:
    """``name BETWEEN low AND high``, both ends included."""

    name: str
    low: Value
    high: Value


@dataclass(frozen=True)
class IsNull:
    """``name IS NULL``."""

    name: str


@dataclass(frozen=True)
class Intersects:
    """``S_INTERSECTS(name, geometry)`` with the geometry as WKT, lon lat."""

    name: str
    wkt: str


@dataclass(frozen=True)
class Not:
    """Negation; like SQL it leaves unknown unknown."""

    item: "Condition"


@dataclass(frozen=True)
class Both:
    """All of ``items``."""

    items: tuple["Condition", ...]


@dataclass(frozen=True)
class Either:
    """Any of ``items``."""

    items: tuple["Condition", ...]


Condition = Comparison | Like | OneOf | Between | IsNull | Intersects | Not | Both | Either
