"""Reading divisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from sqlalchemy import bindparam, case, exists, func, select, text
from sqlalchemy.orm import Session

from geo_housing.areas.models import Area, AreaAlias
from geo_housing.db import Actor
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
    present = _STORED.where(Area.level == level, Area.valid_to.is_(None)).order_by(Area.code)
    return [_stored(row) for row in session.execute(present)]


def stored_area(session: Session, code: str) -> StoredArea | None:
    """One division with its outline, ended ones too; None when the actor sees none such."""
    row = session.execute(_STORED.where(Area.code == code)).one_or_none()
    return None if row is None else _stored(row)


_STORED = select(
    Area.code, Area.level, Area.name, Area.parent_code, Area.source_code, func.ST_AsBinary(Area.geom).label("geom")
)


def _stored(row: Any) -> StoredArea:
    geom = None if row.geom is None else shapely.from_wkb(bytes(row.geom))
    return StoredArea(row.code, row.level, row.name, row.parent_code, row.source_code, geom)


@dataclass(frozen=True)
class EndedArea:
    """A division that is no more; its code is never given out again."""

    code: str
    level: str
    name: str
    source_code: str | None
    ended_on: date
    successor: str | None
    successor_name: str | None


def ended_areas(session: Session, level: str | None = None) -> list[EndedArea]:
    """Abolished divisions in code order, all levels or one."""
    heir = Area.__table__.alias("heir")
    wanted = (
        select(
            Area.code,
            Area.level,
            Area.name,
            Area.source_code,
            Area.valid_to,
            Area.successor_code,
            heir.c.name.label("to"),
        )
        .outerjoin(heir, heir.c.code == Area.successor_code)
        .where(Area.valid_to.is_not(None))
        .order_by(Area.code)
    )
    if level is not None:
        wanted = wanted.where(Area.level == level)
    return [EndedArea(*row) for row in session.execute(wanted)]


def _successors(session: Session) -> dict[str, str]:
    wanted = select(Area.code, Area.successor_code.label("heir"))
    rows = session.execute(wanted.where(Area.valid_to.is_not(None), Area.successor_code.is_not(None)))
    return {row.code: row.heir for row in rows}


def _chain(code: str, successors: Mapping[str, str]) -> list[str]:
    """Ends, because only a present division takes another over, and what is taken back has no successor any more."""
    chain = []
    while code in successors:
        code = successors[code]
        chain.append(code)
    return chain


def heirs_of(session: Session, code: str) -> list[str]:
    """Who took an abolished division over, who took that one over, and so on; empty for a present one."""
    return _chain(code, _successors(session))


def present_heirs(session: Session) -> dict[str, str]:
    """The present division that the code of an abolished one means now, where there is one."""
    successors = _successors(session)
    present = {area.code for area in area_names(session)} if successors else set()
    last = {code: _chain(code, successors)[-1] for code in successors}
    return {code: heir for code, heir in last.items() if heir in present}


@dataclass(frozen=True)
class Alias:
    """Another name of a division."""

    code: str
    area_name: str
    name: str


def aliases(session: Session, code: str | None = None) -> list[Alias]:
    """Other names of all present divisions, or of one."""
    wanted = (
        select(AreaAlias.area_code, Area.name, AreaAlias.name.label("alias"))
        .join(Area, Area.code == AreaAlias.area_code)
        .where(Area.valid_to.is_(None))
        .order_by(AreaAlias.area_code, AreaAlias.name)
    )
    if code is not None:
        wanted = wanted.where(AreaAlias.area_code == code)
    return [Alias(*row) for row in session.execute(wanted)]


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


def names_of(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names by code of those divisions that the actor may see."""
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(sorted(set(codes)))))
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
    found: str | None = session.execute(select(_COUNTY_NAME)).scalar_one()
    return found


def maker_of(session: Session, actor: Actor) -> str:
    """Who made a paper or file, as a bureau writes it: a person's name; of the command line the county, for whom it was made.

    Who signed in to the machine's operating system is nobody of the bureau; the journal alone names them.
    """
    if actor.label:
        return actor.label
    kind, _, name = actor.name.partition(":")
    if kind == "cli":
        county = county_name(session)
        return f"{county}（命令行）" if county else "命令行"
    return name or actor.name


@dataclass(frozen=True)
class Surroundings:
    """What stands around every page: the county, the name of the actor's own area, whether there is a demo."""

    county: str | None
    area: str | None
    has_demo: bool


# Every page asks for it: one statement, put together once.
_COUNTY_NAME = (
    select(case((func.count() == 1, func.min(Area.name))))
    .where(Area.level == "county", Area.valid_to.is_(None))
    .scalar_subquery()
)
_SURROUNDINGS = select(
    _COUNTY_NAME.label("county"),
    select(Area.name).where(Area.code == bindparam("code")).scalar_subquery().label("area"),
    exists().where(Area.is_demo).label("has_demo"),
)


def surroundings(session: Session, code: str) -> Surroundings:
    """For the frame of a page of somebody whose grant is for ``code``."""
    row = session.execute(_SURROUNDINGS, {"code": code}).one()
    return Surroundings(row.county, row.area, row.has_demo)


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


def names_beyond(session: Session) -> list[AreaName]:
    """Divisions of the actor's county that the actor does not work for, under every name they have; none for a county itself."""
    rows = session.execute(text("SELECT code, level, name FROM divisions_beyond() ORDER BY code"))
    return [AreaName(row.code, row.level, row.name, None) for row in rows]
