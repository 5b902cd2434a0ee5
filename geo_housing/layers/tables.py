"""The tables that layers are made of, as plain tables: conditions on them fit ORM queries and tiles alike."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Text,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from geo_housing.areas.models import Area
from geo_housing.hazards.models import HazardEvent, HazardZone, HazardZonePiece, ZoneArea, ZoneRevision
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.layers.columns import Column, Join, Kind
from geo_housing.scope import AreaScope

HOUSE: FromClause = House.__table__
HOUSEHOLD: FromClause = Household.__table__
LINK: FromClause = HouseHousehold.__table__
AREA: FromClause = Area.__table__
EVENT: FromClause = HazardEvent.__table__
ZONE: FromClause = HazardZone.__table__
PIECE: FromClause = HazardZonePiece.__table__
ZONE_AREA: FromClause = ZoneArea.__table__
REVISION: FromClause = ZoneRevision.__table__
INSPECTION: FromClause = EmergencyInspection.__table__


def plain(name: str, label: str, kind: Kind, column: ColumnElement[Any], **more: Any) -> Column:
    """A column that stands in the layer's own tables, so that ``where`` may name it."""
    return Column(name, label, kind, column, test=column, **more)


def in_range(column: ColumnElement[Any], scope: AreaScope) -> ColumnElement[bool] | None:
    """Rows whose code lies in ``scope``; None when that is everything."""
    return and_(column >= scope.lo, column < scope.hi) if scope.prefix else None


def overlapping(column: ColumnElement[Any], scope: AreaScope) -> ColumnElement[bool] | None:
    """Rows whose code lies in ``scope`` or above it: an event of the county concerns its townships."""
    inside = in_range(column, scope)
    above = [scope.prefix[:length] for length in (2, 4, 6, 9, 12) if length < len(scope.prefix)]
    return inside if inside is None else or_(inside, column.in_(above))


def area_join(name: str, level: str, code: ColumnElement[Any]) -> Join:
    """The division of ``level`` with ``code``, where there is one; whichever join is taken calls itself ``name``."""
    area = AREA.alias(name)
    one = and_(area.c.code == code, area.c.level == level)
    as_json = cast(func.to_json(area.c.name), Text).label("json")
    # OFFSET 0: names are escaped once a division. In quotes, so that it is a bigint as it stands: an offset that must first be
    # converted or bound keeps everything around it from running in parallel.
    every = (
        select(area.c.code, area.c.name, as_json)
        .where(area.c.level == level)
        .offset(literal_column("'0'"))
        .subquery(name)
    )
    return Join(area, one, every, every.c.code == code)


def area_column(name: str, label: str, join: str, **more: Any) -> Column:
    """The name of the division that ``join`` (see ``area_join``) finds."""
    value, as_json = (literal_column(f"{join}.{part}", Text) for part in ("name", "json"))
    return Column(name, label, "text", value, json=as_json, needs=frozenset({join}), **more)


def area_name(level: str, code: ColumnElement[Any]) -> ColumnElement[Any]:
    """The division's name without a join, for conditions."""
    area = AREA.alias()
    return select(area.c.name).where(area.c.code == code, area.c.level == level).scalar_subquery()


def family_join(first: ColumnElement[Any]) -> Join:
    """The household recorded first (the one a ledger row names), whose number the house keeps as ``first``."""
    family = HOUSEHOLD.alias("family")
    on = family.c.id == first
    return Join(family, on, family, on)
