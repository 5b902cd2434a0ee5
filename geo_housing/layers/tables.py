"""The tables that layers are made of, as plain tables: conditions on them fit ORM queries and tiles alike."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, or_, select, true

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


def area_join(area: FromClause, level: str, code: ColumnElement[Any]) -> Join:
    """The division of ``level`` with ``code``, where there is one."""
    on = and_(area.c.code == code, area.c.level == level)
    return Join(area, on, area, on)


def area_name(level: str, code: ColumnElement[Any]) -> ColumnElement[Any]:
    """The division's name without a join, for conditions."""
    area = AREA.alias()
    return select(area.c.name).where(area.c.code == code, area.c.level == level).scalar_subquery()


def families() -> Select[Any]:
    """Households that live in a house, with what a ledger says about them."""
    return (
        select(
            LINK.c.house_id,
            HOUSEHOLD.c.head,
            HOUSEHOLD.c.persons,
            HOUSEHOLD.c.categories,
            HOUSEHOLD.c.monitoring,
            HOUSEHOLD.c.traits,
        )
        .join_from(LINK, HOUSEHOLD, HOUSEHOLD.c.id == LINK.c.household_id)
        .where(LINK.c.relation == "lives", LINK.c.to_on.is_(None))
    )


def family_join(house_id: ColumnElement[Any]) -> Join:
    """The household recorded first (the one a ledger row names): all joined at once, or looked up house by house."""
    earlier = LINK.alias("earlier")
    is_first = ~exists().where(
        earlier.c.house_id == LINK.c.house_id,
        earlier.c.relation == "lives",
        earlier.c.to_on.is_(None),
        earlier.c.household_id < LINK.c.household_id,
    )
    # Not DISTINCT ON: its sort cannot be shared, and each of the parallel workers would do all of it again.
    every = families().where(is_first).subquery("family")
    one = families().where(LINK.c.house_id == house_id).order_by(HOUSEHOLD.c.id).limit(1).lateral("family")
    return Join(one, true(), every, every.c.house_id == house_id)
