"""Zones chosen by code: whole counties, townships, villages, with or without an outline."""

from collections.abc import Sequence

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS, county_of, township_of
from geo_housing.areas.models import Area
from geo_housing.errors import BadInput
from geo_housing.hazards.sources import ZoneDraft, ZoneSource
from geo_housing.words import AREA_CODE_LENGTH


def zones_of_divisions(session: Session, codes: Sequence[str]) -> ZoneSource:
    """One zone for each chosen division; one that lies in another chosen one adds nothing. BadInput for unknown ones."""
    wanted = sorted(set(codes))
    if not wanted:
        raise BadInput("请至少选择一个乡镇或村。")
    kept = [code for n, code in enumerate(wanted) if not any(code.startswith(other) for other in wanted[:n])]
    rows = session.execute(
        select(Area.code, Area.name, func.ST_AsBinary(Area.geom).label("geom")).where(
            Area.code.in_(kept), Area.valid_to.is_(None)
        )
    ).all()
    missing = sorted(set(kept) - {row.code for row in rows})
    if missing:
        raise BadInput(f"没有这些区划，或不在您的管辖范围内：{'、'.join(missing[:10])}。请核对代码。")
    zones = [
        ZoneDraft(None if row.geom is None else shapely.from_wkb(bytes(row.geom)), row.name, whole_area=row.code)
        for row in sorted(rows, key=lambda row: str(row.code))
    ]
    return ZoneSource(tuple(zones), (), "EPSG:4490")


def is_wider(code: str, value: str) -> bool:
    """Whether a division stands for a code of a message that means a part of it which is not loaded."""
    return value.startswith(code) and bool(value[len(code) :].strip("0"))


def is_division(session: Session, value: str) -> bool:
    """Whether a code of which nobody says whose it is is that of a loaded county, township or village itself."""
    if len(value) < COUNTY_DIGITS or county_of(value).endswith("00"):
        return False
    return any(not is_wider(code, value) for code in divisions_of_geocode(session, value))


def divisions_of_geocode(session: Session, value: str) -> list[str]:
    """The loaded divisions that a 6, 9 or 12 digit code of a message means; none if nothing of it is loaded.

    Most specific first: the village, the township, else the county around it (some codes end below the county with a
    number that is no division); a code of a league or region means its loaded counties.
    """
    digits = "".join(char for char in value if char.isdigit())
    if len(digits) not in (COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS) or digits != value.strip():
        return []
    county = county_of(digits)
    if county.endswith("00"):
        prefix = county[:2] if county.endswith("0000") else county[:4]
        return list(
            session.scalars(
                select(Area.code)
                .where(Area.level == "county", Area.valid_to.is_(None), Area.code.startswith(prefix))
                .order_by(Area.code)
            )
        )
    wanted = list(dict.fromkeys([digits, township_of(digits), county]))
    known = set(session.scalars(select(Area.code).where(Area.code.in_(wanted), Area.valid_to.is_(None))))
    lengths = tuple(AREA_CODE_LENGTH.values())
    return next(([code] for code in wanted if code in known and len(code) in lengths), [])
