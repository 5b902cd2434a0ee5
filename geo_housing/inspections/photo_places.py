"""How far from where it should have been taken a photo was taken, in metres; NULL where nobody can say."""

from sqlalchemy import ColumnElement, Double, SQLColumnExpression, case, func, or_, select

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.areas.models import Area
from geo_housing.geometry import HOUSE_SRID
from geo_housing.houses.models import House

Degrees = SQLColumnExpression[float | None]


def away_from_house(lon: Degrees, lat: Degrees) -> ColumnElement[float | None]:
    """From the point of the house that the query joins."""
    return _metres(House.geom, _point(lon, lat))


def away_from_area(code: SQLColumnExpression[str], lon: Degrees, lat: Degrees) -> ColumnElement[float | None]:
    """From the outline of the division, or of the nearest one above it that has an outline; nothing within it."""
    point = _point(lon, lat)
    levels = (VILLAGE_DIGITS, TOWNSHIP_DIGITS, COUNTY_DIGITS)
    return (
        # A distance over the globe costs a hundred times what being inside costs, and nearly all are.
        select(case((func.ST_Intersects(Area.geom, point), None), else_=_metres(Area.geom, point)))
        .where(Area.geom.is_not(None), Area.valid_to.is_(None), lon.is_not(None))
        .where(or_(*(Area.code == func.left(code, digits) for digits in levels)))
        .order_by(func.length(Area.code).desc())
        .limit(1)
        .correlate_except(Area)
        .scalar_subquery()
    )


def _point(lon: Degrees, lat: Degrees) -> ColumnElement[object]:
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), HOUSE_SRID)


def _metres(geom: SQLColumnExpression[object], point: ColumnElement[object]) -> ColumnElement[float | None]:
    return func.ST_Distance(func.geography(geom), func.geography(point), type_=Double)
