"""Reading divisions."""

from collections.abc import Collection
from dataclasses import dataclass

import shapely
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo_housing.areas.models import Area
from geo_housing.words import AREA_CODE_LENGTH


@dataclass(frozen=True)
class StoredArea:
    """A division as stored; ``geom`` is lon/lat degrees or None."""

    code: str
    level: str
    name: str
    parent_code: str | None
    source_code: str | None
    geom: shapely.MultiPolygon | None


@dataclass(frozen=True)
class AreaName:
    """Code and name of a division, for headings, selects and lists."""

    code: str
    level: str
    name: str
    parent_code: str | None


def stored_areas(session: Session, level: str) -> list[StoredArea]:
    """All divisions of ``level`` that the actor may see, with outlines."""
    rows = session.execute(
        select(
            Area.code,
            Area.level,
            Area.name,
            Area.parent_code,
            Area.source_code,
            func.ST_AsBinary(Area.geom).label("geom"),
        )
        .where(Area.level == level, Area.valid_to.is_(None))
        .order_by(Area.code)
    )
    return [
        StoredArea(
            row.code,
            row.level,
            row.name,
            row.parent_code,
            row.source_code,
            None if row.geom is None else shapely.from_wkb(bytes(row.geom)),
        )
        for row in rows
    ]


def area_names(session: Session, level: str | None = None) -> list[AreaName]:
    """Present divisions in code order, all levels or one."""
    wanted = select(Area.code, Area.level, Area.name, Area.parent_code).where(Area.valid_to.is_(None))
    if level is not None:
        wanted = wanted.where(Area.level == level)
    return [AreaName(*row) for row in session.execute(wanted.order_by(Area.code))]


def has_areas(session: Session) -> bool:
    """Whether any division is loaded."""
    return session.execute(select(Area.code).limit(1)).first() is not None


def area_exists(session: Session, code: str) -> bool:
    """Whether ``code`` is a present division that the actor may see."""
    return session.execute(select(Area.code).where(Area.code == code, Area.valid_to.is_(None))).first() is not None


def name_of_area(session: Session, code: str) -> str | None:
    """Name of a division, None when it is not known to the actor."""
    return session.execute(select(Area.name).where(Area.code == code)).scalar_one_or_none()


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Names by code of those divisions that the actor may see."""
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(sorted(codes))))
    return {row.code: row.name for row in rows}


def has_demo(session: Session) -> bool:
    """Whether the actor sees the demo county."""
    return session.execute(select(Area.code).where(Area.is_demo).limit(1)).first() is not None


@dataclass(frozen=True)
class DemoState:
    """Whether divisions or houses of the demo, and whether real ones are loaded anywhere."""

    has_demo: bool
    has_real: bool


def demo_state_unscoped(session: Session) -> DemoState:
    """What is loaded in the whole database, also where the actor sees nothing: the two never mix (D18)."""
    return DemoState(*session.execute(text("SELECT has_demo, has_real FROM demo_state()")).one())


def county_name(session: Session) -> str | None:
    """Name of the county the actor works in, for the top bar; None when none or several are loaded."""
    names = session.scalars(select(Area.name).where(Area.level == "county", Area.valid_to.is_(None)).limit(2)).all()
    return names[0] if len(names) == 1 else None


COVERING = text(
    """
    SELECT DISTINCT ON (q.n) q.n, c.area_code
    FROM unnest(CAST(:numbers AS int[]), CAST(:keys AS bigint[]), CAST(:lons AS float8[]), CAST(:lats AS float8[]))
         AS q (n, key, lon, lat)
    JOIN area_cell c ON c.cell = q.key >> 20 AND length(c.area_code) = :length
    WHERE c.geom IS NULL OR ST_DWithin(c.geom, ST_SetSRID(ST_MakePoint(q.lon, q.lat), 4490), 1e-9)
    ORDER BY q.n, c.area_code
    """
)


def areas_covering(
    session: Session, level: str, keys: list[int], lons: list[float], lats: list[float]
) -> dict[int, str]:
    """For each point (by position) the lowest code of ``level`` whose outline covers it; uncovered ones are missing."""
    rows = session.execute(
        COVERING,
        {
            "numbers": list(range(len(keys))),
            "keys": keys,
            "lons": lons,
            "lats": lats,
            "length": AREA_CODE_LENGTH[level],
        },
    )
    return {row.n: row.area_code for row in rows}
